"""What a unit says of itself beside its facts: believed if it is new, and only if it fits."""

from typing import Any

import pytest

from loquet_contract.ids import AreaId, BootId, DeskId, DoorId, HolderId, JournalId, LockdownId
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.events import (
    DeskEvidence,
    DeskOccupied,
    DoorClosed,
    DoorOpened,
    FireAlarm,
    JournalStarted,
    LockdownLifted,
    LockedDown,
    OpeningCause,
    UnitStarted,
)
from loquet_contract.wire.messages import Desired, DoorStatus
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_contract.wire.topics import Channel
from loquet_server.ingest.work import Message
from loquet_server.models import (
    Audit,
    DesiredState,
    DeskState,
    DoorState,
    Lockdown,
    Policy,
    Unit,
    UnitState,
)
from loquet_server.publication import Publication
from tests.server.house import SITE, START, UNIT, House, Journal

FRONT, DESK = DoorId("front"), DeskId("d1")


def status(**changes: Any) -> dict[DoorId, DoorStatus]:
    plain = {"lock": "locked", "leaf": "closed", "mode": "idle"}
    return {FRONT: DoorStatus(**(plain | changes))}


async def door(house: House) -> tuple[str, str, str, str | None]:
    state = await house.get(DoorState, FRONT)
    return state.lock, state.leaf, state.mode, state.lockdown


async def test_a_state_said_after_the_last_fact_tells_of_doors_and_desks(house: House) -> None:
    house.journal.write(UnitStarted("1.0", BootId("b1"), "config"))
    await house.take(house.journal.message())
    await house.take(house.journal.state(doors=status(leaf="open"), desks={DESK: "occupied"}))
    assert await door(house) == ("locked", "open", "normal", None)
    state = await house.get(DeskState, DESK)
    assert (state.state, state.since) == ("occupied", 0)


async def test_a_state_without_fire_ends_one_whose_re_arming_nobody_told(house: House) -> None:
    house.journal.write(FireAlarm((FRONT,)))
    house.journal.write(UnitStarted("1.0", BootId("b2"), "config"))
    await house.take(house.journal.message())
    assert await house.kinds() == ["fire_alarm"]
    await house.take(house.journal.state(doors=status(mode="fire", lock="released")))
    assert await house.kinds() == ["fire_alarm"]
    await house.take(house.journal.state(doors=status()))
    assert await door(house) == ("locked", "closed", "normal", None)
    assert (await house.get(DoorState, FRONT)).alarm is None
    assert await house.kinds() == []


async def test_a_state_from_before_the_last_fact_undoes_nothing(house: House) -> None:
    house.journal.write(DoorClosed(FRONT))
    await house.take(house.journal.message())
    old = house.journal.state(doors=status(lock="released"), desks={DESK: "free"})
    house.journal.write(DoorOpened(FRONT, OpeningCause.EXIT))
    house.journal.write(DeskOccupied(DESK, AreaId("salle"), DeskEvidence.SEAT))
    await house.take(house.journal.message(2))
    before = await door(house)
    await house.take(old)
    assert await door(house) == before
    assert (await house.get(DeskState, DESK)).state == "occupied"


async def test_a_state_of_the_journal_before_undoes_nothing(house: House) -> None:
    house.journal.write(DoorClosed(FRONT))
    await house.take(house.journal.message())
    old = house.journal.state(doors=status(lock="released"))
    new = Journal(house.unit_key, name=JournalId("j2"))
    new.write(JournalStarted("new card", previous=JournalId("j1")))
    new.write(DoorOpened(FRONT, OpeningCause.EXIT))
    house.now += 60
    await house.take(new.message())
    before = await door(house)
    await house.take(old)
    assert await door(house) == before


@pytest.mark.parametrize(
    ("said", "mode"),
    [
        ({"mode": "grant", "lock": "released"}, "normal"),
        ({"mode": "exit", "lock": "released"}, "normal"),
        ({"mode": "alarm"}, "normal"),
        ({"mode": "being_painted"}, "normal"),
        ({"mode": "schedule", "lock": "released"}, "unlocked"),
        ({"mode": "fire", "lock": "released", "lockdown": "l1"}, "fire"),
        ({"mode": "locked_down", "lockdown": "l1"}, "locked_down"),
        ({"mode": "exit", "lock": "released", "lockdown": "l1"}, "locked_down"),
    ],
)
async def test_a_state_speaks_of_modes_in_the_words_of_facts(
    house: House, said: dict[str, Any], mode: str
) -> None:
    await house.take(house.journal.state(doors=status(**said)))
    assert (await house.get(DoorState, FRONT)).mode == mode


@pytest.mark.parametrize(
    "odd",
    [
        {"challenge": "c" * 200},
        {"boot": BootId("b\0")},
        {"policy_digest": "d" * 65},
        {"policy_version": 2**31},
        {"desired_version": -1},
        {"backlog": 2**60},
        {"utc": -1},
        {"doors": status(lockdown="l" * 65)},
    ],
)
async def test_an_odd_state_is_refused_and_stops_nobody(house: House, odd: dict[str, Any]) -> None:
    house.journal.write(DoorClosed(FRONT))
    result = await house.take(house.journal.state(**odd), house.journal.message())
    assert (result.entries, result.refused) == (1, 1)
    assert await house.kinds() == ["malformed_message"]
    assert (await house.get(UnitState, UNIT)).challenge is None


async def test_a_door_dated_by_a_far_state_keeps_its_date(house: House) -> None:
    await house.take(house.journal.state(doors=status(), utc=2**52))
    assert await house.get(DoorState, FRONT) is None


# ---- lockdowns lifted on the spot ----------------------------------------------------------


def wishes(house: House, publications: list[Publication]) -> list[Desired]:
    verifier = Verifier(house.keys.signing.public)
    return [
        decode_text(Desired, verifier.payload(Purpose.DESIRED, each.payload))
        for each in publications
        if each.topic.endswith(f"/{UNIT}/desired") and each.retain
    ]


async def test_a_lockdown_lifted_on_the_spot_is_wished_no_more(house: House) -> None:
    async with house.database.with_transaction() as session:
        for name, place in (("l1", "front"), ("l2", "quiet")):
            session.add(
                Lockdown(id=name, site=SITE, door=place, actor="Léa", reason="test", since=START)
            )
        session.add(DesiredState(unit=UNIT, version=7, document="", created_at=START))
    house.journal.write(LockedDown(FRONT, LockdownId("l1")))
    first = await house.take(house.journal.message())
    assert wishes(house, first.publications) == []
    house.journal.write(LockdownLifted(FRONT, LockdownId("l1"), HolderId("h1")))
    lifted = await house.take(house.journal.message(2))
    (wish,) = wishes(house, lifted.publications)
    assert (wish.version, list(wish.lockdowns)) == (8, ["quiet"])
    [kept] = await house.all(Audit)
    assert (kept.action, kept.subject, kept.actor) == ("door:lockdown:lift", FRONT, "member h1")
    assert kept.detail == {"lockdown": "l1", "unit": UNIT}
    row = await house.get(DesiredState, UNIT)
    assert row.version == 8
    assert row.document in {each.payload for each in lifted.publications}
    house.journal.write(LockdownLifted(FRONT, LockdownId("l1")))
    again = await house.take(house.journal.message(3))
    assert wishes(house, again.publications) == []
    assert len(await house.all(Audit)) == 1


async def versions(house: House) -> dict[int, int | None]:
    return {each.version: each.enforced_at for each in await house.all(Policy)}


async def test_a_unit_confirms_the_versions_that_it_enforces(house: House) -> None:
    async with house.database.with_transaction() as session:
        for number in (1, 2, 3, 4):
            session.add(
                Policy(
                    unit=UNIT, version=number, base=None, manifest="", digest=f"d{number}",
                    content=b"", records=0, created_at=START,
                )
            )  # fmt: skip
    await house.take(house.journal.state(policy_version=2, policy_digest="d2", moving_version=7))
    first = int(house.now * 1000)
    row = await house.get(UnitState, UNIT)
    assert (row.policy_version, row.moving_version) == (2, 7)
    assert await versions(house) == {1: first, 2: first, 3: None, 4: None}
    house.now += 5
    await house.take(house.journal.state(policy_version=2, policy_digest="d2"))
    assert await versions(house) == {1: first, 2: first, 3: None, 4: None}
    await house.take(house.journal.state(policy_version=3, policy_digest="another"))
    assert (await versions(house))[3] is None, "not the one that we made"
    await house.take(house.journal.state(policy_version=4, policy_digest="d4"))
    assert (await versions(house))[4] == first + 5000


async def test_what_is_left_of_a_unit_at_the_broker_raises_no_alarm(house: House) -> None:
    state = house.journal.state()
    nothing = [Message(house.journal.topic(each), b"") for each in (Channel.STATE, Channel.ONLINE)]
    await house.take(state, *nothing)
    assert await house.kinds() == [], "the server itself takes a replaced box's words off it"
    async with house.database.with_transaction() as session:
        unit = await session.get(Unit, UNIT)
        assert unit is not None
        unit.revoked_at = START
    retained = Message(state.topic, state.payload, retained=True)
    await house.take(retained, *nothing)
    assert await house.kinds() == [], "the broker tells it at each start"
    await house.take(state)
    assert await house.kinds() == ["foreign_message"], "it speaks, though it is shut out"
