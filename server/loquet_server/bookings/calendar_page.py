"""Calendars of rooms and desks: their addresses, and what stands behind an address."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.bookings.service import Desk
from loquet_server.errors import NotFound
from loquet_server.models import Booking
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.text import ID_PATTERN
from loquet_server.reservations import ics
from loquet_server.reservations.feeds import About, Feeds, entry
from loquet_server.reservations.repository import ReservationRepository
from loquet_server.reservations.resources import ResourceRepository
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

HOME = "/bookings/calendars"
DONE = {"revoked": N_("The address no longer works.")}
Reader = Annotated[Actor, needs(Permission.BOOKINGS_READ)]
Writer = Annotated[Actor, needs(Permission.BOOKINGS_WRITE)]
Named = Annotated[str, Path(pattern=ID_PATTERN)]
KindPath = Annotated[str, Path(pattern=r"^(?:room|desk|equipment)$")]
SECRET = r"^[A-Za-z0-9_-]{20,80}$"
router = APIRouter(include_in_schema=False)


def address(request: Request, secret: str) -> str:
    """Return the address of a calendar, as programs need it: whole."""
    return str(request.url.replace(path=f"/feeds/{secret}.ics", query="", fragment=""))


@router.get(HOME)
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show which calendars have an address."""
    frame = await Frame.of(request, office, session, actor)
    return await _list(frame, session)


@router.post(HOME + "/{kind}/{resource}/make")
async def make(
    kind: KindPath, resource: Named, request: Request, office: OfficeDep,
    transaction: TransactionDep, actor: Writer,
) -> HTMLResponse:  # fmt: skip
    """Make an address, and show it this once; an older one ends."""
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    found = await ResourceRepository(session).one(frame.site.id, kind, resource)
    if found is None:
        raise NotFound(f"there is no {kind} {resource!r}")
    feeds = Feeds(session, frame.now_ms)
    secret = await feeds.make(frame.site.id, About(None, kind, resource), actor.name)
    await session.flush()
    return await _list(frame, session, address(request, secret), found.key)


@router.post(HOME + "/{feed}/revoke")
async def revoke(
    feed: Named, request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Withdraw an address."""
    frame = await Frame.of(request, office, transaction.session, actor)
    feeds = Feeds(transaction.session, frame.now_ms)
    await feeds.revoke(frame.site.id, feed, actor.name)
    return go(HOME, "revoked")


async def _list(frame: Frame, session: AsyncSession, made: str = "", key: str = "") -> HTMLResponse:
    listed = await ResourceRepository(session).all(frame.site.id)
    feeds = {
        f"{row.kind}/{row.resource}": row
        for row in await Feeds(session, frame.now_ms).standing(frame.site.id)
    }
    values = {"resources": listed, "feeds": feeds, "made": made, "made_key": key,
              "said": frame.said(DONE)}  # fmt: skip
    return frame.show("bookings_calendars.html", values)


@router.get("/bookings/{booking}/calendar.ics")
async def one_calendar(
    booking: Named, office: OfficeDep, session: ReadingDep, actor: Reader
) -> Response:
    """Return one booking for somebody's calendar."""
    row = await Desk.seen(session, actor, booking)
    return await calendar_of(session, row)


async def calendar_of(session: AsyncSession, row: Booking) -> Response:
    """Return a booking as a file."""
    site = await ReservationRepository(session).site(row.site)
    assert site is not None
    resource = await ResourceRepository(session).one(row.site, row.kind, row.resource)
    content = ics.calendar(site.name, site.timezone, [entry(row, site, resource)])
    headers = {"content-disposition": f'attachment; filename="{row.id}.ics"'}
    return Response(content, headers=headers, media_type=ics.MEDIA)


@router.get("/feeds/{secret}.ics")
async def feed(
    secret: Annotated[str, Path(pattern=SECRET)], request: Request, office: OfficeDep,
    session: ReadingDep,
) -> Response:  # fmt: skip
    """Return the calendar behind a secret address; strangers guess in vain, and not for long."""
    client = request.client.host if request.client is not None else ""
    office.enrolments.check(client)
    try:
        content = await Feeds(session, office.now_ms()).read(secret)
    except NotFound:
        office.enrolments.failed(client)
        raise
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    headers = {"cache-control": "private, max-age=300", "etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=ics.MEDIA)
