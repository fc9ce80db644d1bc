"""Bookings are made, moved, cancelled, begun and ended; one at a time within a space."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from loquet_server.errors import NotFound
from loquet_server.hooks.bookings import told
from loquet_server.ledger import record
from loquet_server.models import Action, Booking, BookingParticipant, Holder, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id
from loquet_server.people.refusals import DoesNotFit, InTheWay
from loquet_server.reservations import attendance, times
from loquet_server.reservations.announcing import CANCELLED, MADE, announce
from loquet_server.reservations.judging import Judging
from loquet_server.reservations.refusals import refused
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import No, Refusal, Span
from loquet_server.reservations.windows import tell
from loquet_server.web.i18n import N_

MOST_PARTICIPANTS = 50


@dataclass(frozen=True, slots=True)
class By:
    """Who books. ``limited``: only what the plan of the member allows."""

    name: str
    limited: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants to book; local times, to the minute."""

    kind: str
    resource: str
    holder: str
    starts: datetime
    ends: datetime
    title: str = ""
    participants: tuple[str, ...] = ()
    paid: bool = False
    until: date | None = None
    """Again each week, up to and with this day."""
    skip: bool = False
    """Of a series, book what can be, and leave out the rest."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One time of a series that cannot be."""

    span: Span
    no: No


@dataclass(slots=True)
class Made:
    """What came of it; nothing is booked while there are conflicts, unless they were to be
    left out."""

    rows: list[Booking] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)


class Reservations:
    """Changes of one transaction; whoever calls has looked whether the space is theirs."""

    def __init__(self, office: Office, transaction: Transaction, by: By) -> None:
        self._office = office
        self._transaction = transaction
        self._by = by
        self._session = transaction.session
        self._repository = ReservationRepository(transaction.session)
        self._now = office.now_ms()

    async def book(self, site: str, asked: Asked) -> Made:
        """Book once, or each week; raise NotFound, NotAllowed, Taken or DoesNotFit."""
        place, resource = await self._place(site, asked)
        holder = await self._holder(site, asked.holder)
        along = await self._along(site, asked)
        judging = Judging(self._session, place, resource, self._now, limited=self._by.limited)
        if asked.until is None:
            span = Span(*times.span(asked.starts, asked.ends, place.timezone))
            await judging.check(holder, asked.starts, asked.ends, span)
            return Made([await self._add(resource, asked, span, along, None)])
        return await self._series(judging, resource, holder, asked, along)

    async def _series(
        self, judging: Judging, resource: Resource, holder: Holder, asked: Asked,
        along: Sequence[str],
    ) -> Made:  # fmt: skip
        made, series = Made(), new_id("y")
        assert asked.until is not None
        every = list(times.weekly(asked.starts, asked.ends, asked.until))
        if not every:
            raise DoesNotFit("until", N_("The last day is before the first."))
        found: list[Span] = []
        for starts, ends in every:
            span = Span(*times.span(starts, ends, judging.timezone))
            no = await judging.no(holder, starts, ends, span, ahead=found)
            if no is None:
                found.append(span)
            else:
                made.conflicts.append(Conflict(span, no))
        if found and (asked.skip or not made.conflicts):
            for span in found:
                made.rows.append(await self._add(resource, asked, span, along, series, quiet=True))
            await tell(self._office, self._transaction, resource, made.rows)
        return made

    async def _add(
        self, resource: Resource, asked: Asked, span: Span, along: Sequence[str],
        series: str | None, *, quiet: bool = False,
    ) -> Booking:  # fmt: skip
        row = Booking(
            id=new_id("b"), site=resource.site, kind=resource.kind.value, resource=resource.id,
            holder=asked.holder, title=asked.title, starts_at=span.start, ends_at=span.end,
            free_at=span.end, lead=resource.lead, lag=resource.lag, paid=asked.paid,
            series=series, state="booked", sequence=0, created_at=self._now,
            created_by=self._by.name[:200], changed_at=self._now,
        )  # fmt: skip
        self._repository.add(row)
        await self._session.flush()
        for holder in along:
            self._repository.add(BookingParticipant(booking=row.id, holder=holder))
        self._note(Action.BOOKING_CREATED, row)
        await announce(self._session, MADE, row, self._now)
        await told(self._session, "booking.made", [row], self._now)
        if not quiet:
            await tell(self._office, self._transaction, resource, [row])
        return row

    async def change(self, booking: str, asked: Asked) -> Booking:
        """Move a booking, or say otherwise what it is; raise as ``book``, or InTheWay."""
        row = await self._open(booking)
        before, resource = await self._resource_of(row), await self._resource(row.site, asked)
        place = await self._repository.site(row.site)
        assert place is not None
        holder = await self._holder(row.site, asked.holder)
        along = await self._along(row.site, asked)
        span = Span(*times.span(asked.starts, asked.ends, place.timezone))
        moved = (row.kind, row.resource, row.starts_at, row.ends_at, row.holder) != (
            asked.kind, asked.resource, span.start, span.end, asked.holder,
        )  # fmt: skip
        if moved:
            judging = Judging(self._session, place, resource, self._now, limited=self._by.limited)
            await judging.check(holder, asked.starts, asked.ends, span, but=row.id)
            row.kind, row.resource, row.holder = asked.kind, asked.resource, asked.holder
            row.starts_at, row.ends_at, row.free_at = span.start, span.end, span.end
            row.lead, row.lag = resource.lead, resource.lag
            row.checked_in_at = row.checked_in_by = None
        row.title, row.paid = asked.title, asked.paid
        row.sequence, row.changed_at, row.told_until = row.sequence + 1, self._now, None
        await self._come_along(row.id, along)
        self._note(Action.BOOKING_CHANGED, row)
        if before is not None and before.key != resource.key:
            await tell(self._office, self._transaction, None, [row])
        await tell(self._office, self._transaction, resource, [row])
        return row

    async def cancel(self, booking: str, reason: str = "", *, rest: bool = False) -> list[Booking]:
        """Cancel what is to come (``rest``: of the whole series too), or end what has begun."""
        row = await self._open(booking)
        rows = [row]
        if rest and row.series is not None:
            later = await self._repository.series(row.series, row.starts_at)
            rows += [each for each in later if each.id != row.id]
        for each in rows:
            begun = each.starts_at <= self._now
            each.state = "ended" if begun else "cancelled"
            each.free_at = self._now if begun else each.starts_at
            each.left_at = self._now if begun else None
            each.cancelled_by, each.reason = self._by.name[:200], reason
            each.sequence, each.changed_at = each.sequence + 1, self._now
            self._note(Action.BOOKING_CANCELLED, each, reason)
            await announce(self._session, CANCELLED, each, self._now)
        await told(self._session, "booking.cancelled", rows, self._now)
        await tell(self._office, self._transaction, await self._resource_of(row), rows)
        return rows

    async def leave(self, booking: str) -> Booking:
        """End a booking that runs: the resource is free at once; raise InTheWay."""
        row = await self._open(booking)
        if row.starts_at > self._now:
            raise InTheWay("", N_("This booking has not begun yet. Cancel it instead."))
        row.state, row.left_at, row.free_at = "ended", self._now, self._now
        row.sequence += 1
        row.checked_in_at = row.checked_in_at or self._now
        row.checked_in_by = row.checked_in_by or "hand"
        self._note(Action.BOOKING_ENDED, row)
        await tell(self._office, self._transaction, await self._resource_of(row), [row])
        return row

    async def check_in(self, booking: str) -> Booking:
        """Say that somebody came, where nothing saw it; raise InTheWay."""
        row = await self._open(booking)
        if row.starts_at - row.lead * attendance.MINUTE_MS > self._now:
            raise InTheWay("", N_("It is too early to check in."))
        if row.checked_in_at is None:
            row.checked_in_at, row.checked_in_by = self._now, "hand"
            self._note(Action.BOOKING_CHECKED_IN, row)
            await tell(self._office, self._transaction, await self._resource_of(row), [row])
        return row

    # ---- what all of them need -------------------------------------------------------------

    async def _open(self, booking: str) -> Booking:
        """Return a booking that is not over, once nobody else changes this space's bookings."""
        known = await self._repository.one(booking)
        if known is None:
            raise NotFound(f"there is no booking {booking!r}")
        await self._repository.locked(known.site)
        await self._session.refresh(known)
        if known.state != "booked" or known.free_at <= self._now:
            raise InTheWay("", N_("This booking is over, or was cancelled."))
        return known

    async def _place(self, site: str, asked: Asked) -> tuple[Site, Resource]:
        place = await self._repository.site(site)
        if place is None:
            raise NotFound(f"there is no site {site!r}")
        await self._repository.locked(site)
        return place, await self._resource(site, asked)

    async def _resource(self, site: str, asked: Asked) -> Resource:
        found = await ResourceRepository(self._session).one(site, asked.kind, asked.resource)
        if found is None:
            raise refused(No(Refusal.NOT_BOOKABLE), "UTC")
        return found

    async def _resource_of(self, row: Booking) -> Resource | None:
        return await ResourceRepository(self._session).one(row.site, row.kind, row.resource)

    async def _holder(self, site: str, holder: str) -> Holder:
        found = await self._repository.holder(holder)
        if found is None or found.site != site or found.archived_at is not None:
            raise DoesNotFit("holder", N_("There is no such member."))
        return found

    async def _along(self, site: str, asked: Asked) -> list[str]:
        wanted = [each for each in dict.fromkeys(asked.participants) if each != asked.holder]
        if len(wanted) > MOST_PARTICIPANTS:
            raise DoesNotFit("participants", N_("At most %(most)s people can come along."),
                             most=MOST_PARTICIPANTS)  # fmt: skip
        for each in wanted:
            found = await self._repository.holder(each)
            if found is None or found.site != site or found.archived_at is not None:
                raise DoesNotFit("participants", N_("There is no such member."))
        return wanted

    async def _come_along(self, booking: str, wanted: Sequence[str]) -> None:
        known = (await self._repository.participants([booking])).get(booking, [])
        for holder in set(known) - set(wanted):
            await self._repository.remove(booking, holder)
        for holder in wanted:
            if holder not in known:
                self._repository.add(BookingParticipant(booking=booking, holder=holder))
        await self._session.flush()

    def _note(self, action: Action, row: Booking, reason: str = "") -> None:
        detail = {"kind": row.kind, "resource": row.resource, "starts_at": row.starts_at}
        record(
            self._session, action, row.id, self._now, actor=self._by.name, reason=reason,
            site=row.site, detail=detail,
        )  # fmt: skip


async def cancel(
    office: Office, transaction: Transaction, booking: str, by: str, reason: str = ""
) -> list[Booking]:
    """Cancel a booking for whoever may (``by``: their name for the record); raise NotFound."""
    return await Reservations(office, transaction, By(by)).cancel(booking, reason)


def asked_of(row: Booking, timezone: str, participants: Sequence[str] = ()) -> Asked:
    """Return what would have to be asked for to get this booking."""
    return Asked(
        row.kind, row.resource, row.holder, times.local(row.starts_at, timezone),
        times.local(row.ends_at, timezone), row.title, tuple(participants), row.paid,
    )  # fmt: skip


def moved(asked: Asked, starts: datetime, ends: datetime) -> Asked:
    """Return the same at another time."""
    return replace(asked, starts=starts, ends=ends)
