"""Bookings in both databases: never twice, told to the doors, kept true by what was seen."""

import asyncio
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.access.presence import NOBODY
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    CredentialDigest,
    DeskId,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.events import (
    AccessGranted,
    AccessTaken,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
)
from loquet_server.models import (
    Audit,
    Booking,
    BookingDay,
    BookingResource,
    Credential,
    ExtraWindow,
    UnitState,
)
from loquet_server.office import After, Office, Transaction
from loquet_server.policy.compiler import compile_policy
from loquet_server.policy.publisher import start_of
from loquet_server.policy.rows import Source
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.reservations.checkins import checked_in
from loquet_server.reservations.reading import bookings_of, reserved
from loquet_server.reservations.refusals import NotAllowed, Taken
from loquet_server.reservations.service import By, Made, Reservations, cancel
from tests.server.bookings import DAY, asked, book, furnish, look, ms
from tests.server.desk import Recorder, make_office
from tests.server.house import SITE, UNIT, House

MIN = 60_000
MEMBER = By("Camille")


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> tuple[Office, Recorder]:
    """An office of a house in which something can be booked."""
    await furnish(house)
    return make_office(house, tmp_path)


async def act(office: Office, booking: str, what: str, **more: Any) -> Booking:
    after = After()
    async with office.database.with_transaction() as session:
        service = Reservations(office, Transaction(session, after), By("host", limited=False))
        found = await getattr(service, what)(booking, **more)
    for step in after.steps:
        await step()
    return found[0] if isinstance(found, list) else found  # type: ignore[no-any-return]


async def may_enter(house: House, at_ms: int, holder_digest: str) -> Granted | Denied:
    """Ask the rule that a unit would ask, of the policy that it would have."""
    async with house.database.reading() as session:
        repository = SourceRepository(session)
        start = start_of(at_ms // 1000, "Europe/Paris")
        source = Source(
            await repository.frame(str(SITE), start, 30), await repository.people(str(SITE), start)
        )
    records = compile_policy(source, str(UNIT))
    far = at_ms // 1000 + 86_400
    policy = InMemoryPolicy.of(PolicyTerms(1, at_ms // 1000, far, far), records)
    request = AccessRequest(
        AccessPointId("salon-in"), (CredentialDigest(holder_digest),), Assurance.UID
    )
    return decide(request, policy, NOBODY, Now(0.0, at_ms / 1000, True))


async def test_of_fifty_who_want_the_same_room_one_gets_it(
    house: House, desk: tuple[Office, Recorder], database_kind: str
) -> None:
    office, _ = desk
    # SQLite's writers wait in no order: few at a time, so that none waits for too long
    at_once = asyncio.Semaphore(5 if database_kind == "sqlite" else 50)

    async def one() -> Made:
        async with at_once:
            return await book(office, asked(), MEMBER)

    answers = await asyncio.gather(*(one() for _ in range(50)), return_exceptions=True)
    made = [each for each in answers if not isinstance(each, BaseException)]
    assert len(made) == 1
    assert {type(each) for each in answers if isinstance(each, BaseException)} == {Taken}
    assert len(await house.all(Booking)) == 1
    assert [row.action for row in await house.all(Audit)] == ["booking:record:create"]


async def test_the_door_opens_for_a_booking_with_lead_and_lag_and_for_nothing_else(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, recorder = desk
    digest = (await house.all(Credential))[0].digest
    before = await may_enter(house, ms(f"{DAY}T11:00"), digest)
    assert isinstance(before, Denied)
    assert before.reason is Reason.UNAUTHORIZED
    made = await book(office, asked(participants=("h2",)))
    assert any(topic.endswith(("/delta", "/policy")) for topic, _, _ in recorder.published)
    assert ("booking", "reunion") in {(each.noun, each.subject) for each in recorder.told}
    windows = await house.all(ExtraWindow)
    assert {(row.holder, row.area, row.source, row.reserved) for row in windows} == {
        ("h1", "reunion", "booking", True), ("h2", "reunion", "booking", True),
    }  # fmt: skip
    for at, open_ in (("09:49", False), ("09:50", True), ("12:09", True), ("12:10", False)):
        found = await may_enter(house, ms(f"{DAY}T{at}"), digest)
        assert isinstance(found, Granted) == open_, at
    await act(office, made.rows[0].id, "cancel", reason="the projector is broken")
    after = await may_enter(house, ms(f"{DAY}T11:00"), digest)
    assert isinstance(after, Denied)
    row = (await house.all(Booking))[0]
    assert (row.state, row.reason, row.sequence) == ("cancelled", "the projector is broken", 1)


async def test_what_is_far_ahead_travels_when_its_time_comes(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    await book(office, asked("2025-11-14T10:00", "2025-11-14T12:00"))
    assert await house.all(ExtraWindow) == []
    await look(house, office, ms("2025-10-30T10:00"))
    assert await house.all(ExtraWindow) == []
    await look(house, office, ms("2025-10-31T11:00"))
    (window,) = await house.all(ExtraWindow)
    assert (window.starts_at, window.ends_at) == (ms("2025-11-14T10:00"), ms("2025-11-14T12:00"))


async def test_a_plan_limits_members_but_not_hosts(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    long = asked(f"{DAY}T09:00", f"{DAY}T14:00")
    with pytest.raises(NotAllowed, match=r"4.h at most"):
        await book(office, long, MEMBER)
    await book(office, long)
    with pytest.raises(Taken, match="It is free again Fri 10 Oct 14:00"):
        await book(office, asked(), MEMBER)
    with pytest.raises(NotAllowed, match="does not include"):
        await book(office, asked(kind="equipment", resource="e1"), MEMBER)
    for _ in range(2):
        await book(office, asked(kind="equipment", resource="e1", holder="h2"))
    with pytest.raises(Taken):
        await book(office, asked(kind="equipment", resource="e1"))


async def test_a_series_says_what_cannot_be(house: House, desk: tuple[Office, Recorder]) -> None:
    office, _ = desk
    await book(office, asked("2025-10-24T11:00", "2025-10-24T12:00", holder="h2"))
    weekly = asked(until=date(2025, 11, 7))
    made = await book(office, weekly)
    assert made.rows == []
    assert [each.span.start for each in made.conflicts] == [ms("2025-10-24T10:00")]
    made = await book(office, replace(weekly, skip=True))
    assert [row.starts_at for row in made.rows] == [
        ms(f"{day}T10:00") for day in (DAY, "2025-10-17", "2025-10-31", "2025-11-07")
    ]
    cancelled = await act(office, made.rows[1].id, "cancel", rest=True)
    assert cancelled.id == made.rows[1].id
    states = {row.id: row.state for row in await house.all(Booking)}
    assert [states[row.id] for row in made.rows] == ["booked", *["cancelled"] * 3]


async def test_nobody_came_and_the_room_is_free_again(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    made = await book(office, asked())
    paid = await book(office, asked(f"{DAY}T13:00", f"{DAY}T14:00", paid=True))
    await look(house, office, ms(f"{DAY}T10:14"))
    assert (await house.get(Booking, made.rows[0].id)).state == "booked"
    await look(house, office, ms(f"{DAY}T13:30"))
    row = await house.get(Booking, made.rows[0].id)
    assert (row.state, row.free_at) == ("released", ms(f"{DAY}T10:15"))
    assert (await house.get(Booking, paid.rows[0].id)).state == "booked"
    await look(house, office, ms("2025-10-11T15:00"))
    (day,) = await house.all(BookingDay)
    assert (day.made, day.kept, day.no_shows, day.booked_minutes) == (2, 0, 1, 180)


async def test_a_silent_unit_is_no_proof_that_nobody_came(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    made = await book(office, asked())
    async with house.database.with_transaction() as session:
        state = await session.get(UnitState, UNIT)
        assert state is not None
        state.online = False
    await look(house, office, ms(f"{DAY}T11:00"))
    assert (await house.get(Booking, made.rows[0].id)).state == "booked"


async def test_a_late_fact_gives_a_released_room_back(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    made = await book(office, asked())
    await look(house, office, ms(f"{DAY}T10:20"))
    assert (await house.get(Booking, made.rows[0].id)).state == "released"
    write_entry(house, ms(f"{DAY}T10:05"))
    await house.take(house.journal.message())
    await look(house, office, ms(f"{DAY}T10:30"))
    row = await house.get(Booking, made.rows[0].id)
    assert (row.state, row.free_at, row.checked_in_by) == ("booked", row.ends_at, "badge")
    assert row.checked_in_at == ms(f"{DAY}T10:05")
    digest = (await house.all(Credential))[0].digest
    assert isinstance(await may_enter(house, ms(f"{DAY}T11:00"), digest), Granted)


async def test_a_desk_is_begun_by_badge_or_by_sensor_and_left_by_its_sensor(
    house: House, desk: tuple[Office, Recorder]
) -> None:
    office, _ = desk
    async with house.database.with_transaction() as session:
        session.add(
            BookingResource(
                kind="desk", resource="d1", site=str(SITE), slot=30, lead=10, lag=0, free_after=20
            )
        )  # fmt: skip
    wish = asked(kind="desk", resource="d1")
    made = await book(office, wish, MEMBER)
    house.journal.write(DeskOccupied(DeskId("d1"), AreaId("salle"), DeskEvidence.SEAT),
                        ms(f"{DAY}T10:03"))  # fmt: skip
    await house.take(house.journal.message())
    await look(house, office, ms(f"{DAY}T10:04"))
    row = await house.get(Booking, made.rows[0].id)
    assert (row.checked_in_at, row.checked_in_by) == (ms(f"{DAY}T10:03"), "sensor")
    house.journal.write(DeskFreed(DeskId("d1"), AreaId("salle"), DeskEvidence.HOLD_ENDED),
                        ms(f"{DAY}T11:00"))  # fmt: skip
    await house.take(house.journal.message(2))
    await look(house, office, ms(f"{DAY}T11:19"))
    assert (await house.get(Booking, row.id)).state == "booked"
    await look(house, office, ms(f"{DAY}T11:30"))
    row = await house.get(Booking, row.id)
    assert (row.state, row.free_at) == ("ended", ms(f"{DAY}T11:20"))
    again = await book(office, asked(f"{DAY}T11:30", f"{DAY}T12:00", kind="desk", resource="d1"))
    async with house.database.with_transaction() as session:
        found = await session.run_sync(checked_in, "d1", "h1", ms(f"{DAY}T11:31"))
        strange = await session.run_sync(checked_in, "d1", "h2", ms(f"{DAY}T11:31"))
    assert (found, strange) == (1, 0)
    assert (await house.get(Booking, again.rows[0].id)).checked_in_by == "badge"


async def test_what_other_rooms_read(house: House, desk: tuple[Office, Recorder]) -> None:
    office, _ = desk
    made = await book(office, asked(participants=("h2",), title="Board"))
    async with house.database.reading() as session:
        assert await reserved(session, str(SITE), ms(f"{DAY}T09:49")) == {}
        (found,) = (await reserved(session, str(SITE), ms(f"{DAY}T09:50"))).values()
        assert (found.booking, found.checked_in) == (made.rows[0].id, False)
        assert found.lead_begins == ms(f"{DAY}T09:50")
        (hers,) = await bookings_of(session, "h2", 0, 10)
        assert (hers.name, hers.title, hers.mine) == ("Réunion", "Board", False)
    async with house.database.with_transaction() as session:
        await cancel(office, Transaction(session, After()), made.rows[0].id, "Camille")
    async with house.database.reading() as session:
        assert await bookings_of(session, "h2", 0, 10) == []
        assert await reserved(session, str(SITE), ms(f"{DAY}T11:00")) == {}


def write_entry(house: House, at: int) -> None:
    """Write that Camille went into the room."""
    grant = GrantId("g1")
    digest = CredentialDigest("00" * 32)
    way = AccessPointId("salon-in")
    house.journal.write(
        AccessGranted(
            door=DoorId("salon"), access_point=way, holder=HolderId("h1"), credential=digest,
            grant=grant, rule=RuleId("window.reunion.reserved"), policy_version=1,
            assurance=Assurance.UID,
        ),
        at,
    )  # fmt: skip
    house.journal.write(AccessTaken(DoorId("salon"), grant), at + 2000)
