"""Passes, stays and exit readers at whole units: real processes that are killed and come back."""

import contextlib
import sqlite3
import time

import pytest

from loquet_contract.access.policy import (
    AccessPointRecord,
    AntiPassback,
    PassTerms,
    PeriodLength,
    PeriodRecord,
    Record,
    RuleRecord,
)
from loquet_contract.ids import AccessPointId, AreaId, PeriodId, RuleId, ScheduleId
from loquet_contract.wire import sealing
from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_edge.seam import Answered, Behind, Commanded, Moved, Status, Took, Wished
from tests.edge.unit.a_moving import moving, whole
from tests.edge.unit.a_unit import (
    CHIEF,
    DOOR,
    MEMBER,
    POINT,
    STRANGER,
    UNIT_TOML,
    Line,
    Unit,
    a_unit,
    records,
)

DAY = 86_400
WAY_OUT = AccessPointId("out")
EXIT_READER = """
[[readers]]
id = "front-out"
door = "front"
access_point = "out"
exit = true
"""


def sold(anti_passback: AntiPassback | None = None) -> list[Record]:
    """The usual policy, whose one plan takes a pass each day; no day begins within the test."""
    today = int(time.time()) - DAY // 2
    days = PeriodRecord(PeriodId("day"), PeriodLength.DAY, (today, today + DAY))
    replaced = {
        record.key: record
        for record in (
            *records(),
            days,
            RuleRecord(
                RuleId("all"), (POINT,), ScheduleId("always"), passes=PassTerms(days.period)
            ),
            AccessPointRecord(
                POINT, DOOR, AreaId("street"), AreaId("open"),
                consumes=True, anti_passback=anti_passback,
            ),
            AccessPointRecord(WAY_OUT, DOOR, AreaId("open"), AreaId("street"), exit=True),
        )
    }  # fmt: skip
    return [replaced[key] for key in sorted(replaced)]


def tell(unit: Unit, link: Line, *documents: str) -> None:
    """Say one after the other, as the link does, and wait until each was looked at."""
    for document in documents:
        link.send(Moved(document))
        link.hear(lambda message: isinstance(message, Took))


def pass_in(unit: Unit, count: int, uid: str = MEMBER) -> dict[str, object]:
    """Tap and walk in; return the grant."""
    unit.board.present_card("front-in", uid)
    unit.wait_released()
    unit.board.remove_card("front-in")
    unit.board.set_active("contact:front", True)
    unit.wait_kind("access_taken", count)
    unit.board.set_active("contact:front", False)
    unit.wait_kind("door_closed", count)
    found: dict[str, object] = unit.wait_kind("access_granted", count).body
    return found


def kept(unit: Unit, kind: str, word: str = "") -> int:
    """How many of the unit's own rows of a kind, with a word in them, would outlive a cut now."""
    query = "SELECT count(*) FROM facts WHERE generation = 0 AND key GLOB ? AND value GLOB ?"
    with contextlib.closing(sqlite3.connect(unit.config.data / "moving.db")) as db:
        found: int = db.execute(query, (f"{kind}*", f"*{word}*")).fetchone()[0]
    return found


def refused(unit: Unit, uid: str = MEMBER, count: int = 1) -> str:
    unit.board.tap("front-in", uid, 0.2)
    return str(unit.wait_kind("access_denied", count).body["reason"])


def test_a_pass_taken_offline_outlives_sigkill_and_meets_the_servers_word() -> None:
    with a_unit() as unit:
        unit.give_policy(sold(), 2)
        _, door = unit.start_two()
        link, signer = unit.link(), unit.server.signer
        assert link.hear(lambda message: isinstance(message, Behind)) == Behind(None)
        tell(
            unit, link, *whole(signer, 1, {"balance/member": [1, None], "balance/chief": [1, None]})
        )
        first = pass_in(unit, 1)
        assert first["account"] == "member"
        unit.wait(lambda: kept(unit, "spent/") == 1, "the pass is on the card")
        link.close()
        door.kill()
        door.wait()
        unit.start("--only", "door")
        unit.wait_ready(2)
        assert "account" not in pass_in(unit, 2), "the day was paid for"
        link = unit.link()
        assert link.hear(lambda message: isinstance(message, Behind)) == Behind(1)
        told = {"balance/member": [0, None], "paid/member/member": first["period"]}
        tell(unit, link, moving(signer, 2, told, base=1))
        status: Status = link.hear(lambda m: isinstance(m, Status) and m.moving_version == 2)
        assert status.moving_version == 2
        assert pass_in(unit, 3, CHIEF)["account"] == "chief"
        assert "account" not in pass_in(unit, 4)


def test_a_stay_and_its_end_outlive_sigkill() -> None:
    with a_unit(UNIT_TOML + EXIT_READER) as unit:
        unit.give_policy(sold(AntiPassback.HARD), 2)
        _, door = unit.start_two()
        link = unit.link()
        tell(unit, link, *whole(unit.server.signer, 1, {"balance/member": [9, None]}))
        pass_in(unit, 1)
        unit.wait(lambda: kept(unit, "stay/", "open") == 1, "the stay is on the card")
        link.close()
        for started in (2, 3):
            door.kill()
            door.wait()
            door = unit.start("--only", "door")
            unit.wait_ready(started)
            assert refused(unit, count=started - 1) == "already_inside"
        unit.board.tap("front-out", MEMBER, 0.2)
        unit.wait_released()
        unit.board.set_active("contact:front", True)
        unit.wait_kind("access_taken", 2)
        unit.board.set_active("contact:front", False)
        unit.wait_kind("door_closed", 2)
        unit.wait(lambda: kept(unit, "stay/", "street") == 1, "its end is on the card")
        door.kill()
        door.wait()
        unit.start("--only", "door")
        unit.wait_ready(4)
        pass_in(unit, 3)


@pytest.mark.parametrize("exit", ["unseen", "reader"])
def test_a_reader_at_the_way_out_works_with_no_policy_and_in_a_lockdown(exit: str) -> None:
    text = UNIT_TOML.replace('exit = "button"\nexit_line = 23', f'exit = "{exit}"')
    with a_unit(text + EXIT_READER) as unit:
        (unit.config.data / "policy.db").unlink()
        unit.start_two()
        link = unit.link()
        link.send(Wished(unit.server.desired(1, "ld1")))
        unit.wait_kind("locked_down")
        unit.board.tap("front-in", MEMBER, 0.2)
        assert unit.wait_kind("access_denied").body["reason"] == "no_policy"
        unit.board.tap("front-out", STRANGER, 0.2)
        unit.wait_released()
        unit.board.set_active("contact:front", True)
        assert unit.wait_kind("door_opened").body["cause"] == "exit"
        assert unit.kinds("exit_requested", "access_granted") == ["exit_requested"]


def test_a_badge_in_enrolment_mode_is_told_and_only_the_server_can_read_it() -> None:
    with a_unit() as unit:
        unit.start_two()
        link = unit.link()
        order = {"what": What.ENROL, "door": None, "access_point": POINT, "seconds": 60}
        link.send(Commanded(unit.server.command(link.status(), "c1", **order)))
        said = link.hear(lambda message: isinstance(message, Answered))
        assert said.outcome is Outcome.PERFORMED
        unit.board.tap("front-in", STRANGER, 0.2)
        told = unit.wait_kind("credential_presented").body
        assert STRANGER not in str(told)
        number = sealing.open_sealed(unit.server.seal_key, told["sealed"], SEALED_NUMBER_CONTEXT)
        assert number == b"uid4:" + STRANGER.encode()
        assert (told["access_point"], told["command"]) == (POINT, "c1")
        assert not unit.released()
        pass_in(unit, 1)


def test_all_that_moves_by_the_ten_thousand_holds_up_no_tap() -> None:
    """Parts come one by one, and a badge between two of them does not wait for the last."""
    with a_unit() as unit:
        unit.start_two()
        link, signer = unit.link(), unit.server.signer
        parts = [
            {f"balance/h{number:021d}": [number, None] for number in range(start, start + 500)}
            for start in range(0, 10_000, 500)
        ]
        documents = whole(signer, 1, *parts)
        tell(unit, link, *documents[:10])
        unit.board.present_card("front-in", MEMBER)
        unit.wait_released()
        tell(unit, link, *documents[10:])
        link.hear(lambda message: isinstance(message, Status) and message.moving_version == 1)
