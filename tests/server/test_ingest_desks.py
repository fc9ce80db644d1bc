"""Desks that are away, and badges at desks: their state, and what is counted of them."""

from loquet_contract.ids import AreaId, CredentialDigest, DeskId, HolderId
from loquet_contract.wire.events import (
    DeskAway,
    DeskBadged,
    DeskEvidence,
    DeskFreed,
    DeskOccupied,
    DeskUnknown,
    UnitStarted,
)
from loquet_server.days import HOUR_MS
from loquet_server.models import Booking, DeskDay, DeskHour, DeskState, Incident
from tests.server.house import SITE, START, House
from tests.server.test_ingest_facts import STARTED, told

DESK, AREA = DeskId("d1"), AreaId("salle")
OCCUPIED = DeskOccupied(DESK, AREA, DeskEvidence.SEAT)
AWAY = DeskAway(DESK, AREA, DeskEvidence.SEAT, START // 1000 + 4500)
BADGED = DeskBadged(DESK, AREA, HolderId("h1"), CredentialDigest("digest"))


def booking(name: str, holder: str, start: int) -> Booking:
    """A desk booked for an hour."""
    return Booking(
        id=name, site=str(SITE), kind="desk", resource="d1", holder=holder, starts_at=start,
        ends_at=start + HOUR_MS, free_at=start + HOUR_MS, created_at=START, changed_at=START,
    )  # fmt: skip


async def state(house: House) -> tuple[str, str, int | None]:
    row = await house.get(DeskState, "d1")
    return row.state, row.evidence, row.until


async def test_away_has_an_end_and_is_one_occupation_with_what_is_around_it(house: House) -> None:
    await told(house, OCCUPIED)
    await told(house, AWAY, at=START + HOUR_MS)
    assert await state(house) == ("away", "seat", (START // 1000 + 4500) * 1000)
    await told(house, OCCUPIED, at=START + HOUR_MS + 600_000)
    assert await state(house) == ("occupied", "seat", None)
    await told(house, AWAY, at=START + 2 * HOUR_MS)
    freed = DeskFreed(DESK, AREA, DeskEvidence.AWAY)
    await told(house, freed, at=START + 2 * HOUR_MS + 900_000)
    assert await state(house) == ("free", "away", None)
    hours = await house.all(DeskHour)
    assert sum(row.occupied_seconds for row in hours) == 2 * 3600 + 900
    assert max(row.peak for row in hours) == 1
    days = await house.all(DeskDay)
    assert (sum(row.sessions for row in days), sum(row.occupied_seconds for row in days)) == (
        1, 2 * 3600 + 900,
    )  # fmt: skip


async def test_a_sensor_that_is_lost_while_somebody_is_away_ends_the_countdown(
    house: House,
) -> None:
    await told(house, OCCUPIED)
    await told(house, AWAY, at=START + HOUR_MS)
    lost = DeskUnknown(DESK, AREA, DeskEvidence.SILENT)
    await told(house, lost, at=START + HOUR_MS + 60_000)
    assert await state(house) == ("unknown", "silent", None)
    assert sum(row.occupied_seconds for row in await house.all(DeskHour)) == 3600


async def test_a_restart_forgets_who_was_away(house: House) -> None:
    assert isinstance(STARTED, UnitStarted)
    await told(house, OCCUPIED)
    await told(house, AWAY, at=START + HOUR_MS)
    await told(house, STARTED, at=START + 5 * HOUR_MS)
    assert await state(house) == ("unknown", "started", None)


async def test_a_countdown_that_no_clock_vouches_for_is_not_shown(house: House) -> None:
    house.journal.write(OCCUPIED)
    house.journal.write(AWAY, 60_000, trusted=False)
    await house.take(house.journal.message())
    assert await state(house) == ("away", "seat", None)


async def test_a_badge_at_a_desk_begins_the_booking_of_whoever_shows_it(house: House) -> None:
    async with house.database.with_transaction() as session:
        for name, holder in (("mine", "h1"), ("later", "h1")):
            start = START - 60_000 if name == "mine" else START + 5 * HOUR_MS
            session.add(booking(name, holder, start))
    await told(house, BADGED)
    assert (await house.get(Booking, "mine")).checked_in_at == START
    assert (await house.get(Booking, "later")).checked_in_at is None


async def test_a_badge_at_a_desk_of_another_unit_is_a_trouble(house: House) -> None:
    await told(house, DeskBadged(DeskId("nowhere"), AREA, HolderId("h1"), CredentialDigest("x")))
    (incident,) = await house.all(Incident)
    assert incident.kind == "foreign_fact"
