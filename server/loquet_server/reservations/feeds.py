"""Calendars by a secret address: whoever has it reads, and nobody else; it can be withdrawn."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.identity.codes import digest
from loquet_server.ledger import record
from loquet_server.models import Action, Booking, BookingFeed, BookingParticipant, Holder, Site
from loquet_server.people.changes import new_id
from loquet_server.reservations import ics
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import DAY_MS
from loquet_server.web.i18n import N_, translations

PAST_MS, AHEAD_MS = 31 * DAY_MS, 400 * DAY_MS
MOST = 2000
BOOKED = N_("Booked")


@dataclass(frozen=True, slots=True)
class About:
    """Whose calendar: of a member, or of one resource."""

    holder: str | None = None
    kind: str | None = None
    resource: str | None = None


class Feeds:
    """Calendars of one space, within one transaction."""

    def __init__(self, session: AsyncSession, now_ms: int) -> None:
        self._session = session
        self._now = now_ms

    async def make(self, site: str, about: About, by: str) -> str:
        """Return the secret of a new calendar, shown once; the old address ends."""
        for row in await self.standing(site, about):
            row.revoked_at = self._now
        secret = secrets.token_urlsafe(24)
        row = BookingFeed(
            id=new_id("f"), site=site, holder=about.holder, kind=about.kind,
            resource=about.resource, digest=digest(secret), created_at=self._now,
            created_by=by[:200],
        )  # fmt: skip
        self._session.add(row)
        record(self._session, Action.FEED_CREATED, row.id, self._now, actor=by, site=site)
        return secret

    async def revoke(self, site: str, feed: str, by: str, holder: str | None = None) -> None:
        """Withdraw an address; raise NotFound. ``holder``: only one of theirs."""
        row = await self._session.get(BookingFeed, feed)
        if row is None or row.site != site or (holder is not None and row.holder != holder):
            raise NotFound(f"there is no calendar {feed!r}")
        if row.revoked_at is None:
            row.revoked_at = self._now
            record(self._session, Action.FEED_REVOKED, row.id, self._now, actor=by, site=site)

    async def standing(self, site: str, about: About | None = None) -> Sequence[BookingFeed]:
        """Return the addresses of a space that work; of one calendar, or of all resources."""
        query = select(BookingFeed).where(
            BookingFeed.site == site, BookingFeed.revoked_at.is_(None)
        )
        if about is None:
            query = query.where(BookingFeed.holder.is_(None))
        else:
            query = query.where(
                BookingFeed.holder == about.holder,
                BookingFeed.kind == about.kind,
                BookingFeed.resource == about.resource,
            )
        query = query.order_by(BookingFeed.created_at, BookingFeed.id)
        return list((await self._session.execute(query)).scalars())

    async def read(self, secret: str) -> bytes:
        """Return the calendar behind a secret; raise NotFound for one that does not count."""
        query = select(BookingFeed).where(
            BookingFeed.digest == digest(secret), BookingFeed.revoked_at.is_(None)
        )
        row = (await self._session.execute(query)).scalar_one_or_none()
        site = None if row is None else await self._session.get(Site, row.site)
        if row is None or site is None:
            raise NotFound("there is no such calendar; its address may have been withdrawn")
        return await (self._of_resource(site, row) if row.holder is None else
                      self._of_holder(site, row))  # fmt: skip

    async def _of_holder(self, site: Site, feed: BookingFeed) -> bytes:
        along = select(BookingParticipant.booking).where(BookingParticipant.holder == feed.holder)
        mine = (Booking.holder == feed.holder) | Booking.id.in_(along)
        rows = await self._rows(Booking.site == site.id, mine)
        holder = await self._session.get(Holder, feed.holder)
        if holder is None or holder.archived_at is not None:
            raise NotFound("there is no such calendar; its address may have been withdrawn")
        texts = translations(holder.language if holder.language in ("fr", "en") else "fr")
        named = await self._resources(site.id)
        entries = [entry(row, site, named.get(f"{row.kind}/{row.resource}")) for row in rows]
        name = texts.gettext(N_("My bookings, %(space)s")) % {"space": site.name}
        return ics.calendar(name, site.timezone, entries)

    async def _of_resource(self, site: Site, feed: BookingFeed) -> bytes:
        """Return what is booked, never by whom or for what."""
        rows = await self._rows(Booking.kind == feed.kind, Booking.resource == feed.resource)
        resource = (await self._resources(site.id)).get(f"{feed.kind}/{feed.resource}")
        name = site.name if resource is None else f"{resource.name}, {site.name}"
        texts = translations(site.locale[:2] if site.locale[:2] in ("fr", "en") else "fr")
        entries = [ics.Entry(row, texts.gettext(BOOKED), name) for row in rows]
        return ics.calendar(name, site.timezone, entries)

    async def _resources(self, site: str) -> dict[str, Resource]:
        found = await ResourceRepository(self._session).all(site, bookable=False)
        return {each.key: each for each in found}

    async def _rows(self, *which: object) -> Sequence[Booking]:
        query = (
            select(Booking)
            .where(
                Booking.ends_at > self._now - PAST_MS,
                Booking.starts_at < self._now + AHEAD_MS,
                *which,  # type: ignore[arg-type]
            )
            .order_by(Booking.starts_at)
            .limit(MOST)
        )
        return list((await self._session.execute(query)).scalars())


def entry(row: Booking, site: Site, resource: Resource | None) -> ics.Entry:
    """Return a booking as its own people read it."""
    name = row.resource if resource is None else resource.name
    where = site.name if resource is None or not resource.place else resource.place
    summary = f"{name}: {row.title}" if row.title else name
    return ics.Entry(row, summary, ", ".join(dict.fromkeys((name, where, site.name))))
