"""Bookings as other rooms read them: who has what is said only where they ask for one person."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Booking
from loquet_server.reservations.attendance import MINUTE_MS
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository

LONGEST_LEAD_MS = 4 * 3_600_000
"""No lead is longer."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A booking that holds, or begins within its lead; no identity. UTC milliseconds."""

    booking: str
    kind: str
    starts: int
    ends: int
    checked_in: bool
    lead_begins: int


@dataclass(frozen=True, slots=True)
class Booked:
    """One booking as whoever it belongs to reads it. ``mine``: booked, not only come along."""

    id: str
    kind: str
    resource: str
    name: str
    place: str
    title: str
    starts: int
    ends: int
    state: str
    checked_in: bool
    mine: bool
    series: str | None = None


async def reserved(session: AsyncSession, site: str, at_ms: int) -> dict[str, Reserved]:
    """Return what is booked at a moment, by resource id: the booking that holds, else the next."""
    rows = await ReservationRepository(session).between(site, at_ms, at_ms + LONGEST_LEAD_MS)
    found: dict[str, Reserved] = {}
    for row in rows:
        begins = row.starts_at - row.lead * MINUTE_MS
        if begins <= at_ms:
            found.setdefault(row.resource, _reserved(row, begins))
    return found


def _reserved(row: Booking, begins: int) -> Reserved:
    checked_in = row.checked_in_at is not None
    return Reserved(row.id, row.kind, row.starts_at, row.free_at, checked_in, begins)


async def bookings_of(session: AsyncSession, holder: str, from_ms: int, limit: int) -> list[Booked]:
    """Return what somebody has booked, or comes along to, that ends after ``from_ms``."""
    rows = await ReservationRepository(session).of_holder(holder, from_ms, limit)
    known: dict[str, dict[str, Resource]] = {}
    found = []
    for row in rows:
        if row.site not in known:
            listed = await ResourceRepository(session).all(row.site, bookable=False)
            known[row.site] = {each.key: each for each in listed}
        found.append(_booked(row, known[row.site].get(f"{row.kind}/{row.resource}"), holder))
    return found


def _booked(row: Booking, resource: Resource | None, holder: str) -> Booked:
    name, place = ("", "") if resource is None else (resource.name, resource.place)
    return Booked(
        row.id, row.kind, row.resource, name, place, row.title, row.starts_at, row.free_at,
        row.state, row.checked_in_at is not None, row.holder == holder, row.series,
    )  # fmt: skip
