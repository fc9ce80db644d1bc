"""Bookings, and what belongs to them."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.dialect import insert
from loquet_server.models import (
    Booking,
    BookingParticipant,
    BookingSite,
    BookingTerms,
    Holder,
    Site,
    Subscription,
)
from loquet_server.reservations.rules import Span

HELD = ("booked", "ended", "released")
"""States in which a booking held its resource, up to ``free_at``."""


class ReservationRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # ---- the space -------------------------------------------------------------------------

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def settings(self, site: str) -> BookingSite:
        """Return how a space books; the defaults where nobody has chosen."""
        found = await self._session.get(BookingSite, site)
        return found or BookingSite(site=site, release_after=15)

    async def locked(self, site: str) -> BookingSite:
        """Return the same, once every other change of this space's bookings is through."""
        statement = insert(self._session.sync_session, BookingSite)
        await self._session.execute(
            statement.values(site=site, release_after=15).on_conflict_do_nothing()
        )
        query = select(BookingSite).where(BookingSite.site == site).with_for_update()
        return (await self._session.execute(query)).scalar_one()

    # ---- bookings --------------------------------------------------------------------------

    async def one(self, booking: str) -> Booking | None:
        """Return one booking."""
        return await self._session.get(Booking, booking)

    async def some(self, bookings: Iterable[str]) -> Sequence[Booking]:
        """Return these bookings by their start."""
        query = select(Booking).where(Booking.id.in_(list(bookings))).order_by(Booking.starts_at)
        return list((await self._session.execute(query)).scalars())

    async def of_resource(
        self, kind: str, resource: str, first_ms: int, last_ms: int, but: str | None = None
    ) -> Sequence[Booking]:
        """Return what holds a resource at some moment of a span, by its start."""
        query = (
            select(Booking)
            .where(
                Booking.kind == kind,
                Booking.resource == resource,
                Booking.starts_at < last_ms,
                Booking.free_at > first_ms,
                Booking.state.in_(HELD),
            )
            .order_by(Booking.starts_at, Booking.id)
        )
        if but is not None:
            query = query.where(Booking.id != but)
        return list((await self._session.execute(query)).scalars())

    async def between(self, site: str, first_ms: int, last_ms: int) -> Sequence[Booking]:
        """Return what holds anything of a site in a span, by start."""
        query = (
            select(Booking)
            .where(
                Booking.site == site,
                Booking.starts_at < last_ms,
                Booking.free_at > first_ms,
                Booking.state.in_(HELD),
            )
            .order_by(Booking.starts_at, Booking.kind, Booking.resource, Booking.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def listed(
        self, site: str, from_ms: int, to_ms: int, limit: int, after: str | None = None,
        holder: str | None = None, resource: tuple[str, str] | None = None,
    ) -> Sequence[Booking]:  # fmt: skip
        """Return bookings of every state that touch a span, by id."""
        query = select(Booking).where(
            Booking.site == site, Booking.starts_at < to_ms, Booking.ends_at > from_ms
        )
        if after is not None:
            query = query.where(Booking.id > after)
        if holder is not None:
            query = query.where(Booking.holder == holder)
        if resource is not None:
            query = query.where(Booking.kind == resource[0], Booking.resource == resource[1])
        query = query.order_by(Booking.id).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def of_holder(self, holder: str, from_ms: int, limit: int) -> Sequence[Booking]:
        """Return what somebody has booked, or comes along to, by start; not the cancelled."""
        along = select(BookingParticipant.booking).where(BookingParticipant.holder == holder)
        query = (
            select(Booking)
            .where(
                or_(Booking.holder == holder, Booking.id.in_(along)),
                Booking.ends_at > from_ms,
                Booking.state != "cancelled",
            )
            .order_by(Booking.starts_at, Booking.id)
            .limit(limit)
        )
        return list((await self._session.execute(query)).scalars())

    async def series(self, series: str, from_ms: int) -> Sequence[Booking]:
        """Return what is still to come of bookings that were made together."""
        query = (
            select(Booking)
            .where(
                Booking.series == series, Booking.starts_at >= from_ms, Booking.state == "booked"
            )
            .order_by(Booking.starts_at)
        )
        return list((await self._session.execute(query)).scalars())

    async def upcoming(self, holder: str, now_ms: int, but: str | None = None) -> int:
        """Return how many bookings somebody has still to come, or running."""
        query = select(func.count()).where(
            Booking.holder == holder, Booking.free_at > now_ms, Booking.state == "booked"
        )
        if but is not None:
            query = query.where(Booking.id != but)
        return (await self._session.execute(query)).scalar_one()

    async def held_ms(self, holder: str, month: tuple[int, int], but: str | None = None) -> int:
        """Return for how long somebody holds resources in a month (by start)."""
        query = select(func.coalesce(func.sum(Booking.free_at - Booking.starts_at), 0)).where(
            Booking.holder == holder,
            Booking.starts_at >= month[0],
            Booking.starts_at < month[1],
            Booking.state.in_(HELD),
        )
        if but is not None:
            query = query.where(Booking.id != but)
        return int((await self._session.execute(query)).scalar_one())

    async def taken(
        self, kind: str, resource: str, within: Span, but: str | None = None
    ) -> list[Span]:
        """Return what others have of a resource within a span."""
        rows = await self.of_resource(kind, resource, within.start, within.end, but)
        return [Span(row.starts_at, row.free_at) for row in rows]

    # ---- people ----------------------------------------------------------------------------

    async def holder(self, holder: str) -> Holder | None:
        """Return a member."""
        return await self._session.get(Holder, holder)

    async def names(self, holders: Iterable[str]) -> dict[str, str]:
        """Return the names of these members."""
        query = select(Holder.id, Holder.name).where(Holder.id.in_(set(holders)))
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    async def members(self, site: str, most: int = 1000) -> Sequence[tuple[str, str]]:
        """Return who may book or come along: id and name."""
        query = (
            select(Holder.id, Holder.name)
            .where(Holder.site == site, Holder.archived_at.is_(None))
            .order_by(Holder.name, Holder.id)
            .limit(most)
        )
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    async def participants(self, bookings: Iterable[str]) -> dict[str, list[str]]:
        """Return who comes along to each of these bookings."""
        query = select(BookingParticipant.booking, BookingParticipant.holder).where(
            BookingParticipant.booking.in_(list(bookings))
        )
        found: dict[str, list[str]] = {}
        for booking, holder in (await self._session.execute(query)).all():
            found.setdefault(booking, []).append(holder)
        return found

    async def terms(self, holder: str, day: str) -> Sequence[BookingTerms]:
        """Return what somebody's plans of a day (ISO date) allow."""
        query = (
            select(BookingTerms)
            .join(Subscription, Subscription.plan == BookingTerms.plan)
            .where(
                Subscription.holder == holder,
                Subscription.starts_on <= day,
                or_(Subscription.ends_on.is_(None), Subscription.ends_on >= day),
            )
        )
        return list((await self._session.execute(query)).scalars())

    def add(self, row: Booking | BookingParticipant) -> None:
        """Store a new row."""
        self._session.add(row)

    async def remove(self, booking: str, holder: str) -> None:
        """Somebody does not come along any more."""
        row = await self._session.get(BookingParticipant, (booking, holder))
        if row is not None:
            await self._session.delete(row)
