"""Which bookings wait for something, and what became of them, counted without names."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import day_of
from loquet_server.dialect import insert
from loquet_server.models import Booking, BookingDay, Site
from loquet_server.reservations.rules import MINUTE_MS

NUMBERS = ("made", "kept", "no_shows", "cancelled", "booked_minutes", "used_minutes")


class KeepingRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def sites_with_work(self, now_ms: int, ahead_ms: int) -> Sequence[str]:
        """Return the sites of which a booking runs, has begun, is to be told or to be counted."""
        query = select(Booking.site).where(_pending(now_ms, ahead_ms)).distinct()
        return list((await self._session.execute(query.order_by(Booking.site))).scalars())

    async def unsettled(self, site: str, now_ms: int, ahead_ms: int) -> Sequence[Booking]:
        """Return such bookings of one site, by start."""
        query = (
            select(Booking)
            .where(Booking.site == site, _pending(now_ms, ahead_ms))
            .order_by(Booking.starts_at, Booking.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def timezone(self, site: str) -> str:
        """Return a site's time zone."""
        query = select(Site.timezone).where(Site.id == site)
        return (await self._session.execute(query)).scalar_one()

    async def count(self, row: Booking, timezone: str) -> None:
        """Add what became of one booking to its day."""
        key = {
            "site": row.site, "day": day_of(row.starts_at, timezone), "kind": row.kind,
            "resource": row.resource,
        }  # fmt: skip
        statement = insert(self._session.sync_session, BookingDay).values(**key, **outcome(row))
        old, new = statement.table.c, statement.excluded
        added = {name: old[name] + new[name] for name in NUMBERS}
        await self._session.execute(
            statement.on_conflict_do_update(index_elements=list(key), set_=added)
        )

    async def days(self, site: str, first: str, last: str) -> Sequence[BookingDay]:
        """Return what became of bookings from one day to another (ISO dates, both included)."""
        query = (
            select(BookingDay)
            .where(BookingDay.site == site, BookingDay.day >= first, BookingDay.day <= last)
            .order_by(BookingDay.day, BookingDay.kind, BookingDay.resource)
        )
        return list((await self._session.execute(query)).scalars())


def _pending(now_ms: int, ahead_ms: int) -> Any:
    """A booking that is not settled and has come near: told already, it waits for its lead."""
    soon = now_ms + 4 * 60 * MINUTE_MS
    untold = and_(
        Booking.told_until.is_(None),
        Booking.state == "booked",
        Booking.kind != "equipment",
        Booking.starts_at <= now_ms + ahead_ms,
    )
    return and_(Booking.settled_at.is_(None), or_(Booking.starts_at <= soon, untold))


def outcome(row: Booking) -> dict[str, int]:
    """Return what one settled booking adds to the numbers of its day; pure.

    A no-show is one that was released, or would have been had anybody else wanted it, and to
    which nobody came: where nothing watches, nobody is missed.
    """
    came, cancelled = row.checked_in_at is not None, row.state == "cancelled"
    used = 0
    if came:
        used = max(0, row.free_at - max(row.checked_in_at or 0, row.starts_at)) // MINUTE_MS
    return {
        "made": 1,
        "kept": int(came),
        "no_shows": int(row.state == "released" and not came),
        "cancelled": int(cancelled),
        "booked_minutes": 0 if cancelled else (row.ends_at - row.starts_at) // MINUTE_MS,
        "used_minutes": used,
    }
