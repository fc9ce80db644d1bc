"""Gathers what a wish is judged by, and judges it by the rules."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import BookingTerms, Holder, Site
from loquet_server.reservations import times
from loquet_server.reservations.openings import Openings
from loquet_server.reservations.refusals import refused
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource
from loquet_server.reservations.rules import (
    DAY_MS,
    Around,
    Limits,
    No,
    Refusal,
    Span,
    Wish,
    judge,
    next_free,
)

LOOK_DAYS = 14
"""How far ahead the next free time is looked for."""


def limits_of(row: BookingTerms) -> Limits:
    """Return what the people of a plan may book, as a plain value."""
    only = None if row.resources is None else frozenset(row.resources)
    return Limits(
        frozenset(row.kinds), only, row.longest, row.ahead_days, row.open_most,
        row.month_minutes, row.outside_hours,
    )  # fmt: skip


class Judging:
    """Wishes for one resource, within one transaction."""

    def __init__(
        self, session: AsyncSession, site: Site, resource: Resource, now_ms: int, *, limited: bool
    ) -> None:
        self._session = session
        self._repository = ReservationRepository(session)
        self._site = site
        self._resource = resource
        self._now = now_ms
        self._limited = limited
        self._openings: dict[int, Openings] = {}

    @property
    def timezone(self) -> str:
        """The site's time zone."""
        return self._site.timezone

    async def check(
        self, holder: Holder, starts: datetime, ends: datetime, span: Span,
        but: str | None = None,
    ) -> None:  # fmt: skip
        """Raise NotAllowed, or Taken with the next free time, if a wish is refused."""
        no = await self.no(holder, starts, ends, span, but=but)
        if no is None:
            return
        free = await self.free_after(span, but) if no.refusal is Refusal.TAKEN else None
        raise refused(no, self._site.timezone, free, self._now)

    async def no(
        self, holder: Holder, starts: datetime, ends: datetime, span: Span, *,
        but: str | None = None, ahead: Sequence[Span] = (),
    ) -> No | None:  # fmt: skip
        """Return why a wish is refused, or None. ``ahead``: what is asked for with it."""
        resource = self._resource
        wish = Wish(
            resource.kind.value, resource.id, span, self._now,
            times.on_slots(starts, ends, resource.slot), resource.bookable, holder.suspended,
        )  # fmt: skip
        if span.length <= 0:
            return judge(wish, Around(), None)
        taken = await self._repository.taken(resource.kind, resource.id, span, but)
        if not self._limited:
            found = judge(wish, Around([*taken, *ahead], resource.count), None)
        else:
            day = times.local(span.start, self.timezone).date().isoformat()
            terms = await self._repository.terms(holder.id, day)
            around = await self._around(holder.id, span, but, ahead, taken)
            found = judge(wish, around, [limits_of(each) for each in terms])
        if found is not None and found.refusal is Refusal.OFF_SLOT:
            return No(found.refusal, resource.slot)
        return found

    async def free_after(self, span: Span, but: str | None = None) -> Span | None:
        """Return the next time of the same length at which the resource is free and open."""
        look = Span(span.start, span.start + LOOK_DAYS * DAY_MS + span.length)
        taken = await self._repository.taken(self._resource.kind, self._resource.id, look, but)
        openings = await self._opened(span)
        first = times.local(span.start, self.timezone).date()
        slots: list[int] = []
        for ahead in range(LOOK_DAYS):
            day = first + timedelta(days=ahead)
            slots += times.grid(day, self.timezone, self._resource.slot)[:-1]
        hours = openings.of(self._resource)
        within = [each for each in slots if _fits(each, span.length, hours)]
        return next_free(taken, span, self._resource.count, within or slots)

    async def _around(
        self, holder: str, span: Span, but: str | None, ahead: Sequence[Span],
        taken: Sequence[Span],
    ) -> Around:  # fmt: skip
        month = times.month_span(span.start, self.timezone)
        held = await self._repository.held_ms(holder, month, but)
        same = [each for each in ahead if month[0] <= each.start < month[1]]
        return Around(
            [*taken, *ahead],
            self._resource.count,
            (await self._opened(span)).of(self._resource),
            await self._repository.upcoming(holder, self._now, but) + len(ahead),
            held + sum(each.length for each in same),
        )

    async def _opened(self, span: Span) -> Openings:
        """Return the hours around a span; those of a quarter are read once for a series."""
        quarter = span.start // (90 * DAY_MS)
        if quarter not in self._openings:
            around = Span(quarter * 90 * DAY_MS, (quarter + 1) * 90 * DAY_MS + 15 * DAY_MS)
            self._openings[quarter] = await Openings.over(self._session, self._site, around)
        return self._openings[quarter]


def _fits(start: int, length: int, hours: Sequence[Span]) -> bool:
    return any(each.start <= start and start + length <= each.end for each in hours)
