"""``/me/bookings``: what a member has booked, and books; of others only that something is taken."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings.calendar_page import address, calendar_of
from loquet_server.bookings.form import Sheet, free_row, likely, shown
from loquet_server.bookings.schemas import BookingForm, CancelForm
from loquet_server.errors import NotFound
from loquet_server.membership_access.member import Member, MemberDep
from loquet_server.models import Booking
from loquet_server.office import Office, OfficeDep, ReadingDep, Transaction, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN, Day
from loquet_server.reservations import times
from loquet_server.reservations.feeds import About, Feeds
from loquet_server.reservations.judging import limits_of
from loquet_server.reservations.reading import bookings_of
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import Resource, ResourceRepository
from loquet_server.reservations.rules import DAY_MS
from loquet_server.reservations.service import By, Reservations
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go

HOME = "/me/bookings"
DONE = {
    "made": N_("It is booked; the doors are told at once."),
    "cancelled": N_("The booking is cancelled; the doors are told at once."),
    "left": N_("The booking has ended, and is free for others."),
    "came": N_("The booking has begun."),
    "revoked": N_("The address no longer works."),
}
MOST = 100
Named = Annotated[str, Path(pattern=ID_PATTERN)]
What = Annotated[str, Query(pattern=r"^(?:(?:room|desk|equipment)/[a-z0-9_-]{1,64})?$")]
router = APIRouter(include_in_schema=False)


async def frame_of(
    request: Request, office: Office, session: AsyncSession, member: Member
) -> Frame:
    """Return the frame of a member's page."""
    return await Frame.of(request, office, session, member.actor, member.site)


@router.get(HOME)
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Show what a member has booked."""
    frame = await frame_of(request, office, session, member)
    return frame.show("bookings_me.html", await _mine(frame, session, member))


async def _mine(
    frame: Frame, session: AsyncSession, member: Member, made: str = ""
) -> dict[str, Any]:
    rows = await bookings_of(session, member.id, frame.now_ms - DAY_MS, MOST)
    feeds = await Feeds(session, frame.now_ms).standing(member.site, About(member.id))
    return {
        "bookings": rows,
        "feeds": feeds,
        "made": made,
        "can_book": bool(await _allowed(frame, session, member)),
        "said": frame.said(DONE),
    }


@router.get(HOME + "/new")
async def new_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    member: MemberDep,
    what: What = "",
    day: Day | None = None,
    start: Annotated[str, Query(pattern=r"^(?:\d\d:\d\d)?$")] = "",
) -> HTMLResponse:
    """Show the form of a booking, with what is free."""
    frame = await frame_of(request, office, session, member)
    allowed = await _allowed(frame, session, member)
    wanted = what or (allowed[0].key if allowed else "")
    sheet = _sheet(likely(frame, wanted, day, start))
    return frame.show("bookings_me_form.html", await shown(session, frame, sheet, allowed))


@router.get(HOME + "/free")
async def free_part(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    member: MemberDep,
    what: What = "",
    day: Day | None = None,
) -> HTMLResponse:
    """Show that part of the form alone which says what is free."""
    frame = await frame_of(request, office, session, member)
    allowed = {each.key: each for each in await _allowed(frame, session, member)}
    resource = allowed.get(what)
    free = await free_row(session, frame, resource, day)
    return frame.show("bookings_free.html", {"free": free, "resource": resource})


@router.post(HOME + "/new")
async def book(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """Book for oneself, or show why not."""
    session = transaction.session
    frame = await frame_of(request, office, session, member)
    given = await typed(request, BookingForm, frame.texts)
    sheet = _sheet(given)
    if given.model is not None:
        async with frame.trying(transaction, given):
            wish = given.model.model_copy(update={"participants": []}).asked(member.id)
            made = await _reservations(office, transaction, member).book(member.site, wish)
            if made.rows:
                return go(HOME, "made")
            sheet.conflicts = made.conflicts
    allowed = await _allowed(frame, session, member)
    return frame.show("bookings_me_form.html", await shown(session, frame, sheet, allowed), 422)


@router.get(HOME + "/{booking}/cancel")
async def cancel_page(
    booking: Named, request: Request, office: OfficeDep, session: ReadingDep, member: MemberDep
) -> HTMLResponse:
    """Ask before a booking is cancelled."""
    frame = await frame_of(request, office, session, member)
    row = await _own(session, member, booking)
    return frame.show("bookings_me_cancel.html", await _asked(session, row, Typed({})))


@router.post(HOME + "/{booking}/cancel")
async def cancel(
    booking: Named, request: Request, office: OfficeDep, transaction: TransactionDep,
    member: MemberDep,
) -> Response:  # fmt: skip
    """Cancel a booking, or end one that runs."""
    frame = await frame_of(request, office, transaction.session, member)
    row = await _own(transaction.session, member, booking)
    given = await typed(request, CancelForm, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            service = _reservations(office, transaction, member)
            await service.cancel(booking, given.model.reason, rest=given.model.rest)
            return go(HOME, "cancelled")
    values = await _asked(transaction.session, row, given)
    return frame.show("bookings_me_cancel.html", values, 422)


@router.post(HOME + "/{booking}/leave")
async def leave(
    booking: Named, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """End a booking that runs."""
    await _own(transaction.session, member, booking)
    await _reservations(office, transaction, member).leave(booking)
    return go(HOME, "left")


@router.get(HOME + "/{booking}/calendar.ics")
async def one_calendar(booking: Named, session: ReadingDep, member: MemberDep) -> Response:
    """Return a booking of theirs for their calendar."""
    return await calendar_of(session, await _own(session, member, booking))


@router.post(HOME + "/calendar/make")
async def make_feed(
    request: Request, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> HTMLResponse:
    """Make the address of a member's calendar, and show it this once."""
    session = transaction.session
    frame = await frame_of(request, office, session, member)
    feeds = Feeds(session, frame.now_ms)
    secret = await feeds.make(member.site, About(member.id), member.actor.name)
    await session.flush()
    values = await _mine(frame, session, member, address(request, secret))
    return frame.show("bookings_me.html", values)


@router.post(HOME + "/calendar/{feed}/revoke")
async def revoke_feed(
    feed: Named, office: OfficeDep, transaction: TransactionDep, member: MemberDep
) -> Response:
    """Withdraw the address of a member's calendar."""
    feeds = Feeds(transaction.session, office.now_ms())
    await feeds.revoke(member.site, feed, member.actor.name, member.id)
    return go(HOME, "revoked")


def _sheet(given: Typed[BookingForm]) -> Sheet:
    return Sheet(given, back=HOME, action=f"{HOME}/new")


def _reservations(office: Office, transaction: Transaction, member: Member) -> Reservations:
    return Reservations(office, transaction, By(member.actor.name))


async def _asked(session: AsyncSession, row: Booking, given: Typed[CancelForm]) -> dict[str, Any]:
    resource = await ResourceRepository(session).one(row.site, row.kind, row.resource)
    later: list[Booking] = []
    if row.series is not None:
        later += await ReservationRepository(session).series(row.series, row.starts_at + 1)
    return {"booking": row, "resource": resource, "form": given, "later": later}


async def _own(session: AsyncSession, member: Member, booking: str) -> Booking:
    """Return a booking of the member's own; to others it does not exist."""
    row = await ReservationRepository(session).one(booking)
    if row is None or row.holder != member.id or row.site != member.site:
        raise NotFound("there is no such booking of yours")
    return row


async def _allowed(frame: Frame, session: AsyncSession, member: Member) -> list[Resource]:
    """Return what the plans that a member has today allow to book at all."""
    today = times.local(frame.now_ms, frame.site.timezone).date().isoformat()
    terms = await ReservationRepository(session).terms(member.id, today)
    limits = [limits_of(each) for each in terms]
    return [
        each
        for each in await ResourceRepository(session).all(member.site)
        if any(
            each.kind in one.kinds and (one.resources is None or each.key in one.resources)
            for one in limits
        )
    ]
