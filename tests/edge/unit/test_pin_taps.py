"""Badge and PIN through the deciding loop: who is asked, who is let in, and what is told of it."""

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.pin import pin_digest
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    HolderRecord,
    Record,
    RuleRecord,
)
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, AreaId, HolderId, ReaderId, RuleId, ScheduleId
from loquet_contract.wire.codec import encode
from loquet_edge.config_readers import Rc522Wiring, SimulatedWiring, WiegandWiring
from loquet_edge.drivers.ports import KeyPressed
from loquet_edge.inbox import LinkSaid
from loquet_edge.keypad.attempts import HOLDER
from loquet_edge.keypads import KEPT, KeptAttempts, has_keys
from loquet_edge.runner import ReaderPlace
from loquet_edge.seam import Wished
from loquet_edge.state_store import StateStore
from tests.edge.unit.a_scene import OTHER, READER, Scene, card
from tests.edge.unit.a_unit import CHIEF, DOOR, MEMBER, PEPPER, POINT

FRIEND = "04b1b2c3d4e5f6"
EASY = AccessPointId("easy")
PIN, WRONG, CHIEFS = "204958", "204959", "73106"
OPENS = "LOCK release 5"
WAY_IN = AccessPointRecord(POINT, DOOR, AreaId("street"), AreaId("open"), pin=True)


def holder(name: str, pin: str, **more: Any) -> HolderRecord:
    kept = pin_digest(PEPPER, HolderId(name), pin)
    return HolderRecord(HolderId(name), (RuleId("all"),), pin=kept, **more)


def scene(**how: Any) -> Scene:
    """A door that asks for badge and PIN at two readers, and for the badge alone at a third."""
    here = ReaderPlace(DOOR, POINT)
    found: list[Record] = [
        WAY_IN,
        AccessPointRecord(EASY, DOOR, AreaId("street"), AreaId("open")),
        RuleRecord(RuleId("all"), (POINT, EASY), ScheduleId("always")),
        holder("member", PIN),
        holder("chief", CHIEFS, may_lift_lockdown=True),
        HolderRecord(HolderId("friend"), (RuleId("all"),)),
        CredentialRecord(digest(PEPPER, from_uid(bytes.fromhex(FRIEND))), HolderId("friend")),
    ]
    places = {READER: here, OTHER: here, ReaderId("easy"): ReaderPlace(DOOR, EASY)}
    return Scene(more=found, places=how.pop("places", places), **how).start()


def keys(text: str, reader: ReaderId = READER) -> list[KeyPressed]:
    return [KeyPressed(reader, key, 0.0) for key in text]


def test_badge_and_pin_open_and_the_lock_moves_before_anything_is_written() -> None:
    unit = scene()
    assert unit.do(card(MEMBER)) == []
    done = unit.do(*keys(PIN + "#"))
    assert done[0] == OPENS
    assert done[1] == "access_granted"
    assert unit.last("access_granted").pin is True


def test_a_badge_alone_waits_and_is_refused_when_no_pin_comes() -> None:
    unit = scene()
    unit.do(card(MEMBER))
    assert unit.wait(9.0) == []
    assert unit.wait(1.0) == ["access_denied"]
    assert unit.last("access_denied").reason is Reason.PIN_EXPECTED
    assert unit.do(*keys(PIN + "#")) == [], "too late"


def test_the_loop_wakes_when_nobody_types() -> None:
    unit = scene()
    unit.do(card(MEMBER))
    unit.wait(9.9)
    assert unit.runner._wait() < 0.11


def test_a_wrong_pin_is_refused_and_the_badge_asked_for_again() -> None:
    unit = scene()
    unit.do(card(MEMBER))
    assert unit.do(*keys(WRONG + "#")) == ["access_denied"]
    told = unit.last("access_denied")
    assert (told.reason, told.holder) == (Reason.PIN_WRONG, "member")
    assert unit.do(*keys(PIN + "#")) == [], "no keys without a badge"
    assert OPENS in unit.do(card(MEMBER), *keys(PIN + "#"))


@pytest.mark.parametrize("typed", ["1", "20495", "2049581", "123456789", CHIEFS])
def test_what_can_be_no_pin_of_hers_is_wrong_too(typed: str) -> None:
    unit = scene()
    assert unit.do(card(MEMBER), *keys(typed + "#")) == ["access_denied"]
    assert unit.last("access_denied").reason is Reason.PIN_WRONG


def test_whoever_has_no_pin_is_told_so_at_once() -> None:
    unit = scene()
    assert unit.do(card(FRIEND)) == ["access_denied"]
    assert unit.last("access_denied").reason is Reason.PIN_MISSING


def test_a_second_badge_starts_over() -> None:
    unit = scene()
    unit.do(card(MEMBER), *keys("2049"))
    assert unit.do(card(MEMBER)) == [], "the same badge again is nothing to tell"
    unit.do(*keys("2049"))
    assert unit.do(card(CHIEF)) == ["access_denied"]
    assert unit.last("access_denied").holder == "member"
    assert OPENS in unit.do(*keys(CHIEFS + "#"))
    assert unit.last("access_granted").holder == "chief"


def test_two_readers_do_not_mix() -> None:
    unit = scene()
    unit.do(card(MEMBER), card(CHIEF, reader=OTHER))
    unit.do(*keys("2049"), *keys("73106#", OTHER))
    assert unit.last("access_granted").holder == "chief"
    unit.do(*keys("58#"))
    assert unit.last("access_granted").holder == "member"


def test_keys_of_a_reader_that_nobody_knows_change_nothing() -> None:
    unit = scene()
    assert unit.do(*keys("123#", ReaderId("nowhere")), KeyPressed(READER, "F", 0.0)) == []


def test_the_light_blinks_while_the_pin_is_waited_for() -> None:
    unit = scene()
    lamp = unit.granted
    unit.do(card(MEMBER))
    seen = []
    for _ in range(4):
        seen.append(lamp.active)  # type: ignore[attr-defined]
        unit.wait(0.5)
    assert seen == [True, False, True, False]
    unit.do(*keys(WRONG + "#"))
    unit.wait(3.0)
    assert not lamp.active  # type: ignore[attr-defined]


def test_at_the_way_out_nobody_is_asked() -> None:
    unit = scene(places={READER: ReaderPlace(DOOR, POINT, True)}, exit="reader")
    assert OPENS in unit.do(card(FRIEND))


def test_a_reader_without_keys_keeps_nobody_waiting(caplog: pytest.LogCaptureFixture) -> None:
    unit = scene(places={READER: ReaderPlace(DOOR, POINT, keys=False)})
    assert unit.do(card(MEMBER)) == ["access_denied"]
    assert unit.last("access_denied").reason is Reason.PIN_EXPECTED
    assert "has no keys" in caplog.text


def test_which_readers_may_have_keys() -> None:
    wired = WiegandWiring(1, 2)
    assert has_keys(SimulatedWiring()) and has_keys(replace(wired, keypad="4bit"))
    assert not has_keys(wired) and not has_keys(Rc522Wiring())


# ---- attempts -----------------------------------------------------------------------------


def spend(unit: Scene, reader: ReaderId = READER) -> list[Reason]:
    """Type wrong PINs until nothing is asked any more; return the refusals."""
    found = []
    for _ in range(HOLDER.most + 2):
        unit.do(card(MEMBER, reader=reader), *keys(WRONG + "#", reader))
        found.append(unit.last("access_denied").reason)
    return found


def test_attempts_run_out_also_for_the_right_pin_and_come_back() -> None:
    unit = scene()
    wrong = [Reason.PIN_WRONG] * HOLDER.most
    assert spend(unit) == [*wrong, Reason.PIN_BLOCKED, Reason.PIN_BLOCKED]
    assert unit.do(card(MEMBER), *keys(PIN + "#")) == ["access_denied"]
    unit.wait(HOLDER.seconds)
    assert OPENS in unit.do(card(MEMBER), *keys(PIN + "#"))


def test_without_attempts_the_badge_still_opens_where_it_is_enough() -> None:
    unit = scene()
    spend(unit)
    assert OPENS in unit.do(card(MEMBER, reader="easy"))
    unit.wait(60.0)
    assert OPENS in unit.do(card(CHIEF), *keys(CHIEFS + "#")), "nor is anybody else hindered"


def test_attempts_begun_at_two_readers_are_no_more_than_at_one() -> None:
    unit = scene()
    for _ in range(HOLDER.most - 1):
        unit.do(card(MEMBER), *keys(WRONG + "#"))
    unit.do(card(MEMBER), card(MEMBER, reader=OTHER))
    unit.do(*keys(WRONG + "#"), *keys(PIN + "#", OTHER))
    assert unit.last("access_denied").reason is Reason.PIN_BLOCKED


def test_attempts_survive_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "door.db"
    unit = scene()
    reasons: list[Reason] = []
    for _ in range(HOLDER.most + 1):
        store = StateStore(path)
        unit.parts.attempts = KeptAttempts(store)  # a unit that restarts between any two taps
        unit.do(card(MEMBER), *keys(WRONG + "#"))
        reasons.append(unit.last("access_denied").reason)
        store.close()
    assert reasons == [Reason.PIN_WRONG] * HOLDER.most + [Reason.PIN_BLOCKED]
    assert WRONG not in path.read_bytes().decode("latin-1")


def test_a_new_pin_is_a_new_start() -> None:
    unit = scene()
    spend(unit)
    record = holder("member", "5550192")
    unit.policy.records[record.key] = record
    assert OPENS in unit.do(card(MEMBER), *keys("5550192#"))


def test_attempts_that_cannot_be_read_count_as_none(caplog: pytest.LogCaptureFixture) -> None:
    class Spoilt:
        def get(self, name: str) -> str | None:
            return "{" if name == KEPT else None

        def put(self, name: str, value: str) -> None:
            raise AssertionError("nothing was wrong yet")

    unit = scene()
    unit.parts.attempts = KeptAttempts(Spoilt())
    assert "counted anew" in caplog.text
    assert OPENS in unit.do(card(MEMBER), *keys(PIN + "#"))


# ---- lockdown, and what is told --------------------------------------------------------------


def test_whoever_lifts_a_lockdown_proves_it_with_the_pin() -> None:
    unit = scene()
    unit.do(LinkSaid(Wished(unit.server.desired(1, "l1"))))
    unit.do(card(MEMBER))
    assert unit.last("access_denied").reason is Reason.LOCKED_DOWN, "nobody types for nothing"
    assert unit.do(card(CHIEF)) == []
    done = unit.do(*keys(CHIEFS + "#"))
    assert done.index("lockdown_lifted") < done.index(OPENS)


def test_no_digit_of_a_pin_is_in_any_fact_log_or_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    notes: dict[str, str] = {}

    class Notes:
        def get(self, name: str) -> str | None:
            return notes.get(name)

        def put(self, name: str, value: str) -> None:
            notes[name] = value

    unit = scene()
    unit.parts.attempts = KeptAttempts(Notes())
    presses = [*keys(WRONG + "#"), *keys(PIN + "#")]
    unit.do(card(MEMBER), *presses[:7], card(MEMBER), *presses[7:])
    told = [encode(each) for each in unit.diary.facts]
    told += [caplog.text, json.dumps(notes), *map(repr, unit.diary.facts), *map(repr, presses)]
    told += [repr(unit.runner._taps._keypads._keypads), repr(unit.sent)]
    assert any("pin_wrong" in each for each in told) and notes
    for each in told:
        assert WRONG not in each and PIN not in each
