"""Organisations over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.organisations.repository import OrganisationRepository
from loquet_server.organisations.schemas import (
    DaysOut,
    OrganisationFields,
    OrganisationIn,
    OrganisationOut,
)
from loquet_server.organisations.service import OrganisationService
from loquet_server.paging import PageDep
from loquet_server.people.frame import local_day
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["organisations"])
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.MEMBERS_WRITE)]
OrganisationId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("/organisations")
async def list_organisations(
    session: ReadingDep,
    actor: Reader,
    page: PageDep,
    site: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> list[OrganisationOut]:
    """Return organisations by id."""
    place = await PeopleRepository(session, actor).site(site)
    rows = await OrganisationRepository(session).all(place.id, page.rows, page.after)
    return [OrganisationOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/organisations", status_code=201)
async def create_organisation(
    given: OrganisationIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> OrganisationOut:
    """Add an organisation."""
    row = await OrganisationService(office, transaction, actor).create(given, given.site)
    return OrganisationOut.model_validate(row)


@router.get("/organisations/{organisation}")
async def show_organisation(
    organisation: OrganisationId, session: ReadingDep, actor: Reader
) -> OrganisationOut:
    """Return one organisation."""
    row = await PeopleRepository(session, actor).organisation(organisation)
    return OrganisationOut.model_validate(row)


@router.put("/organisations/{organisation}")
async def change_organisation(
    organisation: OrganisationId,
    given: OrganisationFields,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> OrganisationOut:
    """Write anew what is known of an organisation."""
    row = await OrganisationService(office, transaction, actor).change(organisation, given)
    return OrganisationOut.model_validate(row)


@router.post("/organisations/{organisation}/archive")
async def archive_organisation(
    organisation: OrganisationId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> OrganisationOut:
    """Put an organisation aside; its people stay."""
    row = await OrganisationService(office, transaction, actor).archive(organisation)
    return OrganisationOut.model_validate(row)


@router.post("/organisations/{organisation}/unarchive")
async def unarchive_organisation(
    organisation: OrganisationId, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> OrganisationOut:
    """Take an organisation back."""
    row = await OrganisationService(office, transaction, actor).archive(organisation, to=False)
    return OrganisationOut.model_validate(row)


@router.get("/organisations/{organisation}/days")
async def organisation_days(
    organisation: OrganisationId, office: OfficeDep, transaction: TransactionDep, actor: Reader
) -> list[DaysOut]:
    """Return how many days its people used by month: all that a representative is told."""
    row = await PeopleRepository(transaction.session, actor).organisation(organisation)
    place = await PeopleRepository(transaction.session, actor).site_of(row.site)
    today = local_day(office.now_ms(), place.timezone)
    found = await OrganisationService(office, transaction, actor).days(organisation, today)
    return [DaysOut(month=each.month, days=each.days, people=each.people) for each in found]
