"""What facts change: starts, alarms that last together, clocks that leap, and odd facts."""

from typing import Any

import pytest

from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    BootId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    LockdownId,
    ReaderId,
    RuleId,
)
from loquet_contract.wire.events import (
    AccessGranted,
    AccessTaken,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DeskUnknown,
    DoorClosed,
    DoorForcedOpen,
    DoorHeldOpen,
    DoorOpened,
    DoorReleased,
    DoorRelocked,
    ExitStuck,
    ExitStuckEnded,
    FireAlarm,
    FireRearmed,
    LockedDown,
    LockFault,
    LockFaultEnded,
    MessageRefused,
    OpeningCause,
    PolicyApplied,
    ReaderLost,
    ReleaseCause,
    RelockCause,
    UnitStarted,
)
from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.models import DeskHour, DeskState, DoorState, Entry, Incident, Passage
from tests.server.house import START, House

FRONT, QUIET = DoorId("front"), DoorId("quiet")
STARTED = UnitStarted("1.0", BootId("b2"), "config")
DESK, AREA = DeskId("d1"), AreaId("salle")
OCCUPIED = DeskOccupied(DESK, AREA, DeskEvidence.SEAT)
FREED = DeskFreed(DESK, AREA, DeskEvidence.HOLD_ENDED)


async def told(house: House, *facts: Any, at: int = START) -> None:
    """Have ingest take these facts, in one batch."""
    first = house.journal.sequence + 1
    for fact in facts:
        house.journal.write(fact, at)
    await house.take(house.journal.message(first))


async def door(house: House, name: str = "front") -> tuple[str, str, str, str | None]:
    state = await house.get(DoorState, name)
    return state.leaf, state.lock, state.mode, state.alarm


# ---- starts -------------------------------------------------------------------------------


async def test_a_start_ends_what_its_unit_does_not_tell_again(house: House) -> None:
    await told(
        house,
        DoorForcedOpen(FRONT),
        DoorReleased(FRONT, ReleaseCause.SCHEDULE),
        LockFault(FRONT, "no answer"),
        LockedDown(QUIET, LockdownId("l1")),
        ReaderLost(ReaderId("r1"), "silent"),
    )
    assert await house.kinds() == ["door_forced_open", "lock_fault", "reader_lost"]
    await told(house, STARTED)
    assert await house.kinds() == []
    assert await door(house) == ("closed", "locked", "normal", None)
    state = await house.get(DoorState, "quiet")
    assert (state.mode, state.lockdown) == ("normal", None)
    assert await house.get(DoorState, "far") is None


async def test_what_a_unit_finds_when_it_starts_is_told_after_the_start(house: House) -> None:
    await told(house, DoorClosed(FRONT), LockFault(FRONT, "no answer"))
    await told(
        house,
        STARTED,
        DoorOpened(FRONT, OpeningCause.FOUND_OPEN),
        LockFault(FRONT, "no answer"),
        LockedDown(FRONT, LockdownId("l1")),
    )
    assert await door(house) == ("open", "locked", "locked_down", "lock_fault")
    faults = await house.all(Incident)
    assert [(each.ended_at, each.count) for each in faults] == [(None, 2)], "the same, back again"


async def test_a_fire_that_nobody_re_armed_lasts_through_a_start(house: House) -> None:
    await told(house, FireAlarm((FRONT,)), DoorReleased(FRONT, ReleaseCause.FIRE))
    await told(house, STARTED, DoorReleased(FRONT, ReleaseCause.FIRE))
    assert await door(house) == ("closed", "released", "fire", "fire_alarm")
    assert await house.kinds() == ["fire_alarm"]


# ---- alarms -------------------------------------------------------------------------------


async def test_a_fire_shows_at_its_doors_until_it_is_re_armed(house: House) -> None:
    await told(house, FireAlarm((FRONT, QUIET)), DoorReleased(FRONT, ReleaseCause.FIRE))
    assert (await door(house))[1:] == ("released", "fire", "fire_alarm")
    assert (await door(house, "quiet"))[2:] == ("fire", "fire_alarm")
    assert await house.kinds() == ["fire_alarm"]
    await told(house, DoorRelocked(FRONT, RelockCause.REARM), FireRearmed((FRONT, QUIET)))
    assert (await door(house))[1:] == ("locked", "normal", None)
    assert (await door(house, "quiet"))[2:] == ("normal", None)
    assert await house.kinds() == []


@pytest.mark.parametrize("apart", [True, False])
async def test_an_alarm_behind_a_fire_is_shown_and_ended_after_it(
    house: House, apart: bool
) -> None:
    """Each in a transaction of its own, and all in one."""
    facts = [DoorForcedOpen(FRONT), FireAlarm((FRONT,)), FireRearmed((FRONT,))]
    for group in [[each] for each in facts] if apart else [facts]:
        await told(house, *group)
    assert (await door(house))[3] == "door_forced_open"
    await told(house, FireAlarm((FRONT,)), DoorClosed(FRONT))
    assert await house.kinds() == ["fire_alarm"]
    await told(house, FireRearmed((FRONT,)))
    assert (await door(house))[3] is None
    assert await house.kinds() == []


async def test_of_two_alarms_the_one_that_lasts_is_shown(house: House) -> None:
    await told(house, ExitStuck(FRONT))
    await told(house, LockFault(FRONT, "no answer"))
    await told(house, LockFaultEnded(FRONT))
    assert (await door(house))[3] == "exit_stuck"
    await told(house, DoorHeldOpen(FRONT))
    await told(house, ExitStuckEnded(FRONT))
    assert (await door(house))[3] == "door_held_open"
    assert await house.kinds() == ["door_held_open"]


async def test_a_door_locked_down_stays_so_when_a_fire_is_re_armed(house: House) -> None:
    await told(house, LockedDown(FRONT, LockdownId("l1")), FireAlarm((FRONT,)))
    await told(house, DoorRelocked(FRONT, RelockCause.REARM), FireRearmed((FRONT,)))
    assert (await door(house))[2] == "locked_down"


async def test_a_unit_that_invents_doors_opens_one_incident(house: House) -> None:
    invented = [DoorClosed(DoorId(f"door{at}")) for at in range(30)]
    purposes = [MessageRefused(f"purpose{at}", "invented") for at in range(30)]
    await told(house, DoorForcedOpen(FRONT), *invented, *purposes)
    assert await house.kinds() == ["door_forced_open", "foreign_fact", "message_refused"]
    counts = {each.kind: each.count for each in await house.all(Incident)}
    assert counts == {"door_forced_open": 1, "foreign_fact": 30, "message_refused": 30}


# ---- clocks and desks ---------------------------------------------------------------------


async def occupied_seconds(house: House) -> int:
    return sum(row.occupied_seconds for row in await house.all(DeskHour))


@pytest.mark.parametrize("trusted", [(True, False), (False, True), (False, False)])
async def test_an_untrusted_clock_fills_no_hours(house: House, trusted: tuple[bool, bool]) -> None:
    first, last = (START if good else 60_000 for good in trusted)
    house.journal.write(OCCUPIED, first, trusted=trusted[0])
    house.journal.write(FREED, last + HOUR_MS, trusted=trusted[1])
    await house.take(house.journal.message())
    assert await occupied_seconds(house) == 0
    assert all(row.hour_utc > START - DAY_MS for row in await house.all(DeskHour))
    state = await house.get(DeskState, "d1")
    assert (state.state, state.since > 0) == ("free", trusted[1])


async def test_a_clock_that_leaps_fills_no_hours(house: House) -> None:
    await told(house, OCCUPIED)
    await told(house, FREED, at=START + DAY_MS + 1)
    await told(house, OCCUPIED, at=START + 2 * DAY_MS)
    await told(house, FREED, at=START + 2 * DAY_MS - HOUR_MS)
    assert await occupied_seconds(house) == 0
    await told(house, OCCUPIED, at=START + 3 * DAY_MS)
    await told(house, FREED, at=START + 3 * DAY_MS + HOUR_MS)
    assert await occupied_seconds(house) == 3600


async def test_a_power_cut_ends_an_occupation_that_nobody_saw_end(house: House) -> None:
    await told(house, OCCUPIED)
    await told(house, STARTED, OCCUPIED, at=START + 5 * HOUR_MS)
    state = await house.get(DeskState, "d1")
    assert (state.state, state.since) == ("occupied", START + 5 * HOUR_MS)
    await told(house, FREED, at=START + 6 * HOUR_MS)
    assert await occupied_seconds(house) == 3600


@pytest.mark.parametrize("evidence", [DeskEvidence.STARTED, DeskEvidence.SILENT])
async def test_an_end_that_nobody_saw_fills_no_hours(house: House, evidence: DeskEvidence) -> None:
    await told(house, OCCUPIED)
    await told(house, DeskUnknown(DESK, AREA, evidence), at=START + HOUR_MS)
    assert await occupied_seconds(house) == 0
    assert (await house.get(DeskState, "d1")).state == "unknown"


@pytest.mark.parametrize("utc", [2**52, START + 400 * DAY_MS])
async def test_a_fact_from_the_far_future_is_kept_and_not_projected(house: House, utc: int) -> None:
    house.journal.write(DoorOpened(FRONT, OpeningCause.EXIT), utc)
    house.journal.write(granted(), utc)
    house.journal.write(DoorClosed(FRONT))
    await house.take(house.journal.message())
    assert len(await house.all(Entry)) == 3
    assert await house.all(Passage) == []
    assert (await house.get(DoorState, "front")).changed_at == START
    (incident,) = await house.all(Incident)
    assert (incident.kind, incident.count, incident.last_at) == ("fact_unreadable", 2, START)


# ---- odd facts ----------------------------------------------------------------------------


def granted(**odd: Any) -> AccessGranted:
    plain: dict[str, Any] = {
        "door": FRONT, "access_point": AccessPointId("in"), "grant": GrantId("g1"),
        "holder": HolderId("h1"), "credential": CredentialDigest("digest"), "rule": RuleId("r1"),
        "policy_version": 1,
    }  # fmt: skip
    return AccessGranted(**(plain | odd))


@pytest.mark.parametrize(
    "odd",
    [
        granted(grant="g\0"),
        granted(holder="h" * 65),
        granted(credential=""),
        granted(access_point="é" * 60),
        granted(policy_version=2**40),
        AccessTaken(FRONT, GrantId("\0")),
        PolicyApplied(2**62, "digest"),
        ReaderLost(ReaderId("r" * 200), "silent"),
    ],
)
async def test_an_odd_fact_is_kept_and_stops_nobody(house: House, odd: Any) -> None:
    await told(house, odd, DoorOpened(FRONT, OpeningCause.EXIT))
    assert len(await house.all(Entry)) == 2
    assert (await door(house))[0] == "open"
    assert await house.all(Passage) == []
    assert await house.kinds() == ["fact_unreadable"]


async def test_odd_names_of_doors_and_details_are_cut(house: House) -> None:
    await told(
        house,
        DoorClosed(DoorId("\0" * 900)),
        FireAlarm((DoorId("\0" * 900),)),
        LockFault(FRONT, "a\0" * 500),
    )
    assert await house.kinds() == ["fact_unreadable", "fire_alarm", "foreign_fact", "lock_fault"]
    details = {each.kind: each.detail for each in await house.all(Incident)}
    assert all(len(each) <= 500 and "\0" not in each for each in details.values())
    assert details["lock_fault"].startswith("a\ufffda")
