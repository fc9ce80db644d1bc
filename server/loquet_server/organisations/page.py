"""``/organisations``: the list, one organisation, its form, and its day counts."""

import csv
import io
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Organisation
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.organisations.days import FEWEST
from loquet_server.organisations.repository import OrganisationRepository
from loquet_server.organisations.schemas import OrganisationFields
from loquet_server.organisations.service import OrganisationService
from loquet_server.people.frame import Frame
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN, in_language
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

KINDS = {
    "employer": N_("Employer"),
    "commune": N_("Commune"),
    "association": N_("Association"),
    "other": N_("Other"),
}
DONE = {
    "created": N_("The organisation is written down. Now choose it on the pages of its people."),
    "changed": N_("The changes are saved."),
    "archived": N_("The organisation is archived; its people stay."),
    "unarchived": N_("Taken back from the archive."),
}
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
OrganisationId = Annotated[str, Path(pattern=ID_PATTERN)]
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the organisations' pages."""
    return router


@router.get("/organisations")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader, archived: bool = False
) -> HTMLResponse:
    """Show organisations by name."""
    frame = await Frame.of(request, office, session, actor)
    rows = await OrganisationRepository(session).listed(frame.site.id, archived)
    return frame.show("organisations.html", {"rows": rows, "kinds": KINDS, "archived": archived})


@router.get("/organisations/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writer
) -> HTMLResponse:
    """Show the form of a new organisation."""
    frame = await Frame.of(request, office, session, actor)
    return _form(frame, Typed({"kind": "employer"}), None)


@router.post("/organisations/new")
async def create(
    request: Request, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Add an organisation, or show what is wrong."""
    frame = await Frame.of(request, office, transaction.session, actor)
    given = await typed(request, OrganisationFields, frame.texts)
    if given.model is None:
        return _form(frame, given, None, 422)
    service = OrganisationService(office, transaction, actor)
    row = await service.create(given.model, frame.site.id)
    return go(f"/organisations/{row.id}", "created")


@router.get("/organisations/{organisation}")
async def show(
    organisation: OrganisationId,
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reader,
) -> HTMLResponse:
    """Show one organisation: its people and what they share."""
    frame, row = await _one(request, office, session, actor, organisation)
    repository = OrganisationRepository(session)
    values = {
        "organisation": row,
        "kinds": KINDS,
        "people_of": await repository.people(row.id),
        "accounts": [
            (in_language(plan.name_fr, plan.name_en, frame.texts), plan.allowance, bought, used)
            for _, plan, bought, used in await repository.accounts(row.id)
        ],
        "said": frame.said(DONE),
    }
    return frame.show("organisations_one.html", values)


@router.get("/organisations/{organisation}/edit")
async def edit_page(
    organisation: OrganisationId,
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    actor: Writer,
) -> HTMLResponse:
    """Show the form of an organisation."""
    frame, row = await _one(request, office, session, actor, organisation)
    values = {name: getattr(row, name) for name in OrganisationFields.model_fields}
    return _form(frame, Typed(values), row)


@router.post("/organisations/{organisation}/edit")
async def edit(
    organisation: OrganisationId,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> Response:
    """Change an organisation, or show what is wrong."""
    frame, row = await _one(request, office, transaction.session, actor, organisation)
    given = await typed(request, OrganisationFields, frame.texts)
    if given.model is None:
        return _form(frame, given, row, 422)
    await OrganisationService(office, transaction, actor).change(organisation, given.model)
    return go(f"/organisations/{organisation}", "changed")


@router.post("/organisations/{organisation}/archive")
async def archive(
    organisation: OrganisationId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Put an organisation aside."""
    await OrganisationService(office, transaction, actor).archive(organisation)
    return go(f"/organisations/{organisation}", "archived")


@router.post("/organisations/{organisation}/unarchive")
async def unarchive(
    organisation: OrganisationId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> Response:
    """Take an organisation back."""
    await OrganisationService(office, transaction, actor).archive(organisation, to=False)
    return go(f"/organisations/{organisation}", "unarchived")


@router.get("/organisations/{organisation}/days")
async def days_page(
    organisation: OrganisationId,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
) -> HTMLResponse:
    """Show the day counts: all that a representative is told."""
    frame, row = await _one(request, office, transaction.session, actor, organisation)
    service = OrganisationService(office, transaction, actor)
    found = await service.days(organisation, frame.today)
    values = {
        "organisation": row,
        "months": [(frame.month(each.month), each) for each in found],
        "fewest": FEWEST,
    }
    return frame.show("organisations_days.html", values)


@router.get("/organisations/{organisation}/days.csv")
async def days_csv(
    organisation: OrganisationId,
    request: Request,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Reader,
) -> Response:
    """Return the day counts as a table for a spreadsheet, in the page's language."""
    frame, _ = await _one(request, office, transaction.session, actor, organisation)
    service = OrganisationService(office, transaction, actor)
    found = await service.days(organisation, frame.today)
    texts, french = frame.texts, frame.texts.code == "fr"
    file = io.StringIO()
    table = csv.writer(file, delimiter=";" if french else ",")
    table.writerow([texts.gettext("Month"), texts.gettext("Days used"), texts.gettext("People")])
    for each in found:
        days = f"{each.days:g}".replace(".", "," if french else ".")
        few = texts.gettext("fewer than %(num)s") % {"num": FEWEST}
        table.writerow([each.month, days, few if each.people is None else each.people])
    headers = {
        "content-disposition": f'attachment; filename="days-{organisation}.csv"',
        "cache-control": "no-store",
    }
    return Response("\ufeff" + file.getvalue(), 200, headers, "text/csv; charset=utf-8")


async def _one(
    request: Request, office: Office, session: AsyncSession, actor: Actor, organisation: str
) -> tuple[Frame, Organisation]:
    row = await PeopleRepository(session, actor).organisation(organisation)
    return await Frame.of(request, office, session, actor, row.site), row


def _form(
    frame: Frame, given: Typed[Any], row: Organisation | None, status: int = 200
) -> HTMLResponse:
    kinds = [(key, frame.texts.gettext(name)) for key, name in KINDS.items()]
    values = {"form": given, "organisation": row, "kinds": kinds}
    return frame.show("organisations_form.html", values, status)
