"""Adding a badge: hold it to a reader, choose a refused tap, let a USB reader type, or type it.

All ways end in the same step: what was understood, a label, a deposit. The paths are the same
for a member (``/members/ID/badges/...``) and for the stock (``/badges/...``).
"""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Representation
from loquet_server.badges import enrolments, views
from loquet_server.badges.boxes import Boxes
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import (
    ConfirmForm,
    HandOutForm,
    NumberForm,
    ReaderForm,
)
from loquet_server.badges.service import BadgeService, candidates
from loquet_server.errors import Conflict, NotFound, UnitSilent
from loquet_server.models import Holder
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.money import cents
from loquet_server.people.numbers import How, Reading, Unreadable, readings
from loquet_server.people.text import ID_PATTERN
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs, own

SILENT = N_("The reader does not answer. Look at its unit, or choose another way below.")
AWAY = N_("The reader's unit is not connected just now. Choose another reader, or another way.")
UNOPENED = N_("This tap cannot be read any more. Hold the badge to the reader once again.")
TOO_LATE = N_("This page has waited too long. Please begin again.")
Writer = Annotated[Actor, needs(Permission.BADGES_WRITE)]
router = APIRouter(include_in_schema=False)


def _whose(request: Request) -> str | None:
    found = request.path_params.get("member")
    if found is not None and re.fullmatch(ID_PATTERN, found) is None:
        raise NotFound("there is no such member")
    return found


Whose = Annotated[str | None, Depends(_whose)]
"""The id of the member whose badge it becomes; None: it goes into the stock."""


@router.get("/badges/new")
@router.get("/members/{member}/badges/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer, whose: Whose
) -> HTMLResponse:
    """Offer all ways to add a badge."""
    frame, member = await Frame.of_anyone(request, office, session, actor, whose)
    return await _new(frame, session, member, Typed({}))


@router.post("/badges/read")
@router.post("/members/{member}/badges/read")
async def read(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer, whose: Whose
) -> HTMLResponse:
    """Read a number that was typed, and let a person confirm what it means."""
    frame, member = await Frame.of_anyone(request, office, session, actor, whose)
    given = await typed(request, NumberForm, frame.texts)
    if given.model is not None:
        try:
            found = readings(given.model.number)
            return await _confirm(frame, office, session, actor, member, found)
        except Unreadable as error:
            given.complain("number", frame.texts.gettext(views.UNREADABLE[error.args[0]]))
    return await _new(frame, session, member, given, 422)


@router.get("/badges/taps/{passage}")
@router.get("/members/{member}/badges/taps/{passage}")
async def tap_page(
    passage: Annotated[int, Path(ge=1, lt=2**53)],
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
    whose: Whose,
) -> HTMLResponse:
    """Let a person confirm that a refused tap was this badge."""
    frame, member = await Frame.of_anyone(request, office, session, actor, whose)
    row = await BadgeRepository(session).tap(passage)
    if row is None or row.sealed is None:
        raise NotFound("this badge is known by now, or its number was forgotten")
    own(actor, row.site, f"passage {passage}")
    number = Boxes(office.keys).of_unit(row.sealed)
    return await _presented(frame, office, session, actor, member, number)


@router.post("/badges/enrolments")
@router.post("/members/{member}/badges/enrolments")
async def begin(request: Request, office: OfficeDep, actor: Writer, whose: Whose) -> Response:
    """Have a reader wait for the badge."""
    async with office.database.reading() as session:
        frame, member = await Frame.of_anyone(request, office, session, actor, whose)
        given = await typed(request, ReaderForm, frame.texts)
        if given.model is None:
            return await _new(frame, session, member, given, 422)
    try:
        row = await enrolments.begin(office, actor, given.model.access_point, whose)
    except (Conflict, UnitSilent) as error:
        said = SILENT if isinstance(error, UnitSilent) else AWAY
        given.complain("access_point", frame.texts.gettext(said))
        async with office.database.reading() as session:
            return await _new(frame, session, member, given, error.status)
    return go(f"{views.subject(member)['base']}/enrolments/{row.id}")


@router.get("/badges/enrolments/{enrolment}")
@router.get("/members/{member}/badges/enrolments/{enrolment}")
async def enrolment_page(
    enrolment: Annotated[str, Path(pattern=ID_PATTERN)],
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
    whose: Whose,
) -> HTMLResponse:
    """Wait for the badge; once it was seen, let a person confirm it."""
    frame, member = await Frame.of_anyone(request, office, session, actor, whose)
    repository = BadgeRepository(session)
    row = await enrolments.one(repository, actor, enrolment)
    if row.holder != whose:
        raise NotFound(f"there is no enrolment {enrolment!r}")
    state = enrolments.state(row, frame.now_ms)
    if state == "seen" and row.number_sealed is not None:
        number = Boxes(office.keys).of_unit(row.number_sealed)
        return await _presented(frame, office, session, actor, member, number)
    found = await repository.reader(row.access_point)
    door = "" if found is None else await repository.door_name(found[0].door)
    values = {"enrolment": row, "state": state, "door": door} | views.subject(member)
    return frame.show("badges_waiting.html", values)


@router.post("/badges/stock")
@router.post("/members/{member}/badges/stock")
async def from_stock(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer, whose: Whose
) -> Response:
    """Hand a badge of the stock out."""
    frame, member = await Frame.of_anyone(request, office, transaction.session, actor, whose)
    given = await typed(request, HandOutForm, frame.texts)
    if given.model is not None and member is not None:
        async with frame.trying(transaction, given):
            row = await BadgeService(office, transaction, actor).hand_out(
                given.model.badge, member.id, cents(given.model.deposit)
            )
            return go(f"/badges/{row.id}", "given")
    return await _new(frame, transaction.session, member, given, 422)


@router.post("/badges/confirm")
@router.post("/members/{member}/badges/confirm")
async def confirm(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer, whose: Whose
) -> Response:
    """Add the badge that was confirmed."""
    session = transaction.session
    frame, member = await Frame.of_anyone(request, office, session, actor, whose)
    given = await typed(request, ConfirmForm, frame.texts)
    box = str(given.values.get("box", ""))
    number = Boxes(office.keys).open(box, whose, office.clock())
    if number is None:
        again: Typed[Any] = Typed({})
        again.complain("", frame.texts.gettext(TOO_LATE))
        return await _new(frame, session, member, again, 422)
    if given.model is not None:
        async with frame.trying(transaction, given):
            row = await BadgeService(office, transaction, actor).enrol(
                number, whose, given.model.label, cents(given.model.deposit),
                site=frame.site.id if whose is None else None, handing=True,
            )  # fmt: skip
            return go(f"/badges/{row.id}", "created" if row.status == "stock" else "given")
    found = (Reading(number, How.PRESENTED),)
    return await _confirm(frame, office, session, actor, member, found, given)


async def _new(
    frame: Frame, session: AsyncSession, member: Holder | None, given: Typed[Any], status: int = 200
) -> HTMLResponse:
    values = {"form": given} | await views.ways(frame, session) | views.subject(member)
    return frame.show("badges_new.html", values, status)


async def _presented(
    frame: Frame, office: Office, session: AsyncSession, actor: Actor, member: Holder | None,
    number: Representation | None,
) -> HTMLResponse:  # fmt: skip
    if number is None:
        given: Typed[Any] = Typed({})
        given.complain("", frame.texts.gettext(UNOPENED))
        return await _new(frame, session, member, given, 422)
    found = (Reading(number, How.PRESENTED),)
    return await _confirm(frame, office, session, actor, member, found)


async def _confirm(
    frame: Frame, office: Office, session: AsyncSession, actor: Actor, member: Holder | None,
    found: tuple[Reading, ...], given: Typed[ConfirmForm] | None = None,
) -> HTMLResponse:  # fmt: skip
    """Show what was understood; ``given``: what was typed, with complaints."""
    whose = None if member is None else member.id
    site = frame.site.id if member is None else member.site
    known = await candidates(session, office, actor, site, found)
    names = await views.who_has(session, actor, known)
    options = views.options(frame, office, actor, known, names, whose)
    badges = [] if whose is None else await BadgeRepository(session).of(whose)
    label = views.default_label(member, badges)
    values = {
        "options": options,
        "usable": [each for each in options if each.box],
        "form": given or Typed({"label": label}),
        "lossy_text": views.LOSSY,
    } | views.subject(member)
    return frame.show("badges_confirm.html", values, 200 if given is None else 422)
