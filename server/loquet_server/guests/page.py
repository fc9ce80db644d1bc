"""``/guests``: who is here today, who is coming, who was here, and the form of a visit."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import DAY_MS, zone
from loquet_server.guests.repository import GuestRepository
from loquet_server.guests.schemas import LAG, LEAD, GuestForm, GuestIn
from loquet_server.guests.service import GuestService, visits
from loquet_server.models import Holder
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame, midnight
from loquet_server.people.money import cents
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

PAST_MS, COMING_MS = 30 * DAY_MS, 92 * DAY_MS
MOST = 500
DONE = {
    "invited": N_("The guest is expected; the doors are told at once."),
    "cancelled": N_("The visit is cancelled; the doors are told at once."),
}
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the guests' pages."""
    return router


@router.get("/guests")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader
) -> HTMLResponse:
    """Show visits: today, coming, past; and badges that should be given back."""
    frame = await Frame.of(request, office, session, actor)
    repository = GuestRepository(session)
    now, site = frame.now_ms, frame.site
    found = visits(list(await repository.between(site.id, now - PAST_MS, now + COMING_MS, MOST)))
    tomorrow = midnight(frame.today + timedelta(days=1), site.timezone) * 1000
    here = {each.guest.id for each in found if each.state(now) in ("now", "coming")}
    badges = await repository.badges(site.id)
    values = {
        "today_visits": [
            each for each in found
            if each.state(now) in ("now", "coming") and each.window.starts_at < tomorrow
        ],
        "coming": [
            each for each in found
            if each.state(now) == "coming" and each.window.starts_at >= tomorrow
        ],
        "past": [each for each in found if each.state(now) in ("past", "cancelled")][::-1],
        "overdue": [(badge, guest) for badge, guest in badges if guest.id not in here],
        "badges": {guest.id: badge for badge, guest in badges},
        "said": frame.said(DONE),
    }  # fmt: skip
    return frame.show("guests.html", values)


@router.get("/guests/new")
async def new_page(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
    guest: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> HTMLResponse:
    """Show the form of a visit, filled with what is likely: the rest of today."""
    frame, known = await Frame.of_anyone(request, office, session, actor, guest)
    areas = await GuestRepository(session).areas(frame.site.id)
    starts, ends = _likely(frame)
    given: Typed[GuestForm] = Typed(
        {
            "starts": starts,
            "ends": ends,
            "areas": [each.id for each in areas],
            "lead_minutes": LEAD,
            "lag_minutes": LAG,
            "host": "" if actor.operator is None else actor.name,
        }
    )
    return await _form(frame, session, given, known)


@router.post("/guests/new")
async def invite(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Invite a guest, or show what is wrong."""
    session = transaction.session
    frame = await Frame.of(request, office, session, actor)
    given = await typed(request, GuestForm, frame.texts)
    model = given.model
    if model is not None:
        async with frame.trying(transaction, given):
            wanted = GuestIn.model_validate(
                model.model_dump(exclude={"deposit"}) | {"site": frame.site.id}
            )
            service = GuestService(office, transaction, actor)
            await service.invite(wanted, cents(model.deposit))
            return go("/guests", "invited")
    holder = None if model is None else model.holder
    frame, known = await Frame.of_anyone(request, office, session, actor, holder)
    return await _form(frame, session, given, known, 422)


@router.get("/guests/{visit}/cancel")
async def cancel_page(
    visit: Annotated[str, Path(pattern=ID_PATTERN)],
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
) -> Response:
    """Ask before a visit is cancelled."""
    row = await GuestRepository(session).window(visit)
    if row is None:
        return go("/guests")
    frame, guest = await Frame.of_member(request, office, session, actor, row.holder)
    return frame.show("guests_cancel.html", {"window": row, "guest": guest})


@router.post("/guests/{visit}/cancel")
async def cancel(
    visit: Annotated[str, Path(pattern=ID_PATTERN)],
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> Response:
    """Cancel a visit, or end one that has begun."""
    await GuestService(office, transaction, actor).cancel(visit)
    return go("/guests", "cancelled")


async def _form(
    frame: Frame, session: AsyncSession, given: Typed[Any], known: Holder | None, status: int = 200
) -> HTMLResponse:
    repository, site = GuestRepository(session), frame.site.id
    values = {
        "form": given,
        "guest": known,
        "areas": [(each.id, each.name) for each in await repository.areas(site)],
        "stock": [
            (each.id, f"{each.label or frame.texts.gettext('Badge')} …{each.last4}")
            for each in await PeopleRepository(session, frame.actor).free(site)
        ],
        "hosts": await repository.hosts(site),
    }
    return frame.show("guests_form.html", values, status)


def _likely(frame: Frame) -> tuple[str, str]:
    """Return from now, to the quarter of an hour, to six in the evening; tomorrow if it is late."""
    now = datetime.fromtimestamp(frame.now_ms / 1000, zone(frame.site.timezone))
    starts = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0, tzinfo=None)
    if starts.hour >= 17:
        starts = (starts + timedelta(days=1)).replace(hour=9, minute=0)
    ends = starts.replace(hour=18, minute=0)
    return starts.isoformat("T", "minutes"), ends.isoformat("T", "minutes")
