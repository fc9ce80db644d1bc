"""``/bookings``: a day of everything, a week of one thing, and a booking from plan to end."""

from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings import calendar_page, me_page, settings_page
from loquet_server.bookings.board import Board, day_board, week_board
from loquet_server.bookings.form import Sheet, free_row, likely, shown, typed_of
from loquet_server.bookings.schemas import BookingForm, CancelForm
from loquet_server.bookings.service import Desk
from loquet_server.models import Booking
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN, Day
from loquet_server.reservations.refusals import duration
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import ResourceRepository
from loquet_server.reservations.times import day_span, minutes
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

DONE = {
    "made": N_("It is booked; the doors are told at once."),
    "changed": N_("The booking is changed; the doors are told at once."),
    "cancelled": N_("The booking is cancelled; the doors are told at once."),
    "left": N_("The booking has ended, and is free for others."),
    "came": N_("The booking has begun."),
}
Reader = Annotated[Actor, needs(Permission.BOOKINGS_READ)]
Writer = Annotated[Actor, needs(Permission.BOOKINGS_WRITE)]
Named = Annotated[str, Path(pattern=ID_PATTERN)]
What = Annotated[str, Query(pattern=r"^(?:(?:room|desk|equipment)/[a-z0-9_-]{1,64})?$")]
KindQuery = Annotated[str, Query(pattern=r"^(?:room|desk|equipment)?$")]
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of bookings' pages: operators', members', and calendars."""
    every = APIRouter(include_in_schema=False)
    every.include_router(settings_page.router)
    every.include_router(calendar_page.router)
    every.include_router(me_page.router)
    every.include_router(router)
    return every


@router.get("/bookings")
async def list_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    day: Day | None = None,
    what: What = "",
    kind: KindQuery = "",
) -> HTMLResponse:
    """Show a day of all resources, or a week of one."""
    frame = await Frame.of(request, office, session, actor)
    chosen = day or frame.today
    kind_of, _, name = what.partition("/")
    resource = await ResourceRepository(session).one(frame.site.id, kind_of, name) if what else None
    if resource is not None:
        board = await week_board(session, frame.site, resource, chosen, frame.now_ms)
    else:
        board = await day_board(session, frame.site, chosen, frame.now_ms, kind)
    return frame.show(
        "bookings.html",
        around(frame, board, chosen) | {"resource": resource, "kind": kind},
    )


def around(frame: Frame, board: Board, day: date) -> dict[str, Any]:
    """Return what a page with a table of bookings shows."""
    return {
        "board": board,
        "day": day,
        "timezone": frame.site.timezone,
        "today": frame.today,
        "step": timedelta,
        "said": frame.said(DONE),
        "day_name": frame.day,
        "weekday": lambda each: frame.moments.day(_noon(each, frame)),
    }


def _noon(day: date, frame: Frame) -> int:
    return day_span(day, frame.site.timezone)[0] + 12 * 3_600_000


@router.get("/bookings/new")
async def new_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
    what: What = "",
    day: Day | None = None,
    start: Annotated[str, Query(pattern=r"^(?:\d\d:\d\d)?$")] = "",
    holder: Annotated[str, Query(pattern=r"^[a-z0-9_-]{0,64}$")] = "",
) -> HTMLResponse:
    """Show the form of a booking, filled with what is likely."""
    frame = await Frame.of(request, office, session, actor)
    given = likely(frame, what, day, start)
    given.values["holder"] = holder
    return frame.show("bookings_form.html", await shown(session, frame, Sheet(given)))


@router.get("/bookings/free")
async def free_part(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
    what: What = "",
    day: Day | None = None,
) -> HTMLResponse:
    """Show that part of the form alone which says what is free."""
    frame = await Frame.of(request, office, session, actor)
    kind, _, name = what.partition("/")
    resource = await ResourceRepository(session).one(frame.site.id, kind, name)
    free = await free_row(session, frame, resource, day)
    return frame.show("bookings_free.html", {"free": free, "resource": resource})


@router.post("/bookings/new")
async def book(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Book, or show why not."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, BookingForm, frame.texts)
    sheet = Sheet(given)
    model = _whole(given, frame)
    if model is not None:
        desk = Desk(office, transaction, actor, beyond=model.beyond)
        async with frame.trying(transaction, given):
            made = await desk.book(frame.site.id, model.asked())
            if made.rows:
                return go(f"/bookings/{made.rows[0].id}", "made")
            sheet.conflicts = made.conflicts
    return await _refused(frame, transaction.session, sheet)


@router.get("/bookings/{booking}")
async def one_page(
    booking: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> HTMLResponse:
    """Show one booking."""
    row = await Desk.seen(session, actor, booking)
    frame = await Frame.of(request, office, session, actor, row.site)
    return frame.show("bookings_one.html", await facts_of(frame, session, row))


async def facts_of(frame: Frame, session: AsyncSession, row: Booking) -> dict[str, Any]:
    """Return what a booking's page shows."""
    repository = ReservationRepository(session)
    along = (await repository.participants([row.id])).get(row.id, [])
    names = await repository.names([row.holder, *along])
    later = [] if row.series is None else await repository.series(row.series, row.starts_at + 1)
    return {
        "booking": row,
        "resource": await ResourceRepository(session).one(row.site, row.kind, row.resource),
        "names": names,
        "along": [names[each] for each in along if each in names],
        "later": later,
        "length": duration(minutes(row.ends_at - row.starts_at), frame.texts),
        "said": frame.said(DONE),
    }


@router.get("/bookings/{booking}/edit")
async def edit_page(
    booking: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of a booking that is there."""
    row = await Desk.seen(session, actor, booking)
    frame = await Frame.of(request, office, session, actor, row.site)
    along = (await ReservationRepository(session).participants([row.id])).get(row.id, [])
    sheet = _edited(row, typed_of(row, frame.site.timezone, along))
    return frame.show("bookings_form.html", await shown(session, frame, sheet))


@router.post("/bookings/{booking}/edit")
async def change(
    booking: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Change a booking, or show why not."""
    row = await Desk.seen(transaction.session, actor, booking)
    frame = await Frame.of(request, office, transaction.session, actor, row.site)
    given = await typed(request, BookingForm, frame.texts)
    model = _whole(given, frame)
    if model is not None:
        async with frame.trying(transaction, given):
            desk = Desk(office, transaction, actor, beyond=model.beyond)
            await desk.change(booking, model.asked())
            return go(f"/bookings/{booking}", "changed")
    return await _refused(frame, transaction.session, _edited(row, given))


@router.get("/bookings/{booking}/cancel")
async def cancel_page(
    booking: Named, request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Ask before a booking is cancelled."""
    row = await Desk.seen(session, actor, booking)
    frame = await Frame.of(request, office, session, actor, row.site)
    values = await facts_of(frame, session, row)
    return frame.show("bookings_cancel.html", values | {"form": Typed[CancelForm]({})})


@router.post("/bookings/{booking}/cancel")
async def cancel(
    booking: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Cancel a booking."""
    row = await Desk.seen(transaction.session, actor, booking)
    frame = await Frame.of(request, office, transaction.session, actor, row.site)
    given = await typed(request, CancelForm, frame.texts)
    if given.model is not None:
        async with frame.trying(transaction, given):
            desk = Desk(office, transaction, actor)
            await desk.cancel(booking, given.model.reason, given.model.rest)
            return go(f"/bookings/{booking}", "cancelled")
    values = await facts_of(frame, transaction.session, row)
    return frame.show("bookings_cancel.html", values | {"form": given}, 422)


@router.post("/bookings/{booking}/check-in")
async def check_in(
    booking: Named, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Say that somebody came."""
    await Desk(office, transaction, actor).check_in(booking)
    return go(f"/bookings/{booking}", "came")


@router.post("/bookings/{booking}/leave")
async def leave(
    booking: Named, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """End a booking that runs."""
    await Desk(office, transaction, actor).leave(booking)
    return go(f"/bookings/{booking}", "left")


def _whole(given: Typed[BookingForm], frame: Frame) -> BookingForm | None:
    """Return the form if it also says who books; complain if it does not."""
    if given.model is not None and not given.model.holder:
        given.complain("holder", frame.texts.gettext("Please fill this in."))
    return given.model


def _edited(row: Booking, given: Typed[BookingForm]) -> Sheet:
    back = f"/bookings/{row.id}"
    return Sheet(given, row, back=back, action=f"{back}/edit")


async def _refused(frame: Frame, session: AsyncSession, sheet: Sheet) -> HTMLResponse:
    return frame.show("bookings_form.html", await shown(session, frame, sheet), 422)
