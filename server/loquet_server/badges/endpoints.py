"""Badges over the API."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from loquet_server.badges import enrolments
from loquet_server.badges.readers import choose
from loquet_server.badges.repository import BadgeRepository
from loquet_server.badges.schemas import (
    Act,
    BadgeIn,
    BadgeOut,
    Ending,
    EnrolmentIn,
    EnrolmentOut,
    HandOut,
    ReadersIn,
    ReadersOut,
    ReadingOut,
    Status,
    TextIn,
)
from loquet_server.badges.service import BadgeService, Candidate, candidates
from loquet_server.errors import Invalid
from loquet_server.models import BadgeEnrolment, Credential
from loquet_server.office import OfficeDep, ReadingDep, TransactionDep
from loquet_server.paging import PageDep
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.people.numbers import Unreadable, readings
from loquet_server.people.repository import PeopleRepository
from loquet_server.people.text import ID_PATTERN
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["badges"])
Reader = Annotated[Actor, needs(Permission.MEMBERS_READ)]
Writer = Annotated[Actor, needs(Permission.BADGES_WRITE)]
Keeper = Annotated[Actor, needs(Permission.DOORS_WRITE)]
BadgeId = Annotated[str, Path(pattern=ID_PATTERN)]
EnrolmentId = Annotated[str, Path(pattern=ID_PATTERN)]


@router.get("/badges")
async def list_badges(
    session: ReadingDep,
    actor: Reader,
    page: PageDep,
    site: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    holder: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
    status: Status | None = None,
) -> list[BadgeOut]:
    """Return badges without their numbers, by id."""
    place = await PeopleRepository(session, actor).site(site)
    rows = await BadgeRepository(session).all(place.id, holder, status, page.rows, page.after)
    return [BadgeOut.model_validate(row) for row in page.of(rows, lambda row: row.id)]


@router.post("/badges", status_code=201)
async def create_badge(
    given: BadgeIn, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> BadgeOut:
    """Enrol a badge; random numbers and known ones are refused."""
    return _shown(await BadgeService(office, transaction, actor).create(given))


@router.post("/badges/readings")
async def read_number(
    given: TextIn, office: OfficeDep, session: ReadingDep, actor: Writer
) -> list[ReadingOut]:
    """Return what a printed or typed number may mean, the likeliest first."""
    place = await PeopleRepository(session, actor).site(given.site)
    try:
        found = readings(given.text.get_secret_value())
    except Unreadable as error:
        raise Invalid("this is no badge number in any form that is known here") from error
    known = await candidates(session, office, actor, place.id, found)
    return [_reading(each, actor) for each in known]


@router.get("/badges/readers")
async def show_readers(
    session: ReadingDep,
    actor: Keeper,
    site: Annotated[str | None, Query(pattern=ID_PATTERN)] = None,
) -> ReadersOut:
    """Return which kinds of readers count, beside those that read a badge in full."""
    place = await PeopleRepository(session, actor).site(site)
    forms = await DerivedRepository(session, place.id).forms()
    return ReadersOut(site=place.id, forms=sorted(forms))


@router.put("/badges/readers")
async def choose_readers(
    given: ReadersIn, office: OfficeDep, transaction: TransactionDep, actor: Keeper
) -> ReadersOut:
    """Let these kinds count; 409 where two badges would give one number."""
    place = await PeopleRepository(transaction.session, actor).site(given.site)
    await choose(office, transaction, actor, place, frozenset(given.forms))
    return ReadersOut(site=place.id, forms=sorted(set(given.forms)))


@router.get("/badges/{badge}")
async def show_badge(badge: BadgeId, session: ReadingDep, actor: Reader) -> BadgeOut:
    """Return one badge without its number."""
    return _shown(await PeopleRepository(session, actor).badge(badge))


@router.post("/badges/{badge}/hand-out")
async def hand_out_badge(
    badge: BadgeId, given: HandOut, office: OfficeDep, transaction: TransactionDep, actor: Writer
) -> BadgeOut:
    """Give a badge of the stock to a member."""
    service = BadgeService(office, transaction, actor)
    return _shown(await service.hand_out(badge, given.holder, given.deposit_cents))


@router.post("/badges/{badge}/{act}")
async def end_badge(
    badge: BadgeId,
    act: Act,
    given: Ending,
    office: OfficeDep,
    transaction: TransactionDep,
    actor: Writer,
) -> BadgeOut:
    """Note that a badge was lost, returned, blocked, found again or unblocked."""
    return _shown(await BadgeService(office, transaction, actor).end(badge, act, given))


@router.post("/badge-enrolments", status_code=201)
async def begin_enrolment(given: EnrolmentIn, office: OfficeDep, actor: Writer) -> EnrolmentOut:
    """Have a reader wait two minutes for a badge, and tell it instead of deciding."""
    row = await enrolments.begin(office, actor, given.access_point, given.holder)
    return _enrolment(row, office.now_ms())


@router.get("/badge-enrolments/{enrolment}")
async def show_enrolment(
    enrolment: EnrolmentId, office: OfficeDep, session: ReadingDep, actor: Writer
) -> EnrolmentOut:
    """Return how an enrolment stands."""
    row = await enrolments.one(BadgeRepository(session), actor, enrolment)
    return _enrolment(row, office.now_ms())


def _shown(row: Credential) -> BadgeOut:
    return BadgeOut.model_validate(row)


def _enrolment(row: BadgeEnrolment, now_ms: int) -> EnrolmentOut:
    return EnrolmentOut.model_validate(
        {
            "id": row.id,
            "access_point": row.access_point,
            "state": enrolments.state(row, now_ms),
            "expires_at": row.expires_at,
        }
    )


def _reading(found: Candidate, actor: Actor) -> ReadingOut:
    flaw, known = found.reading.flaw, found.known
    mine = known is not None and actor.sees(known.site)
    return ReadingOut(
        form=found.reading.representation.form,
        how=found.reading.how.value,
        last4=found.reading.last4,
        lossy=found.reading.representation.form.lossy,
        flaw=None if flaw is None else flaw.value,
        known=known.id if mine and known is not None else None,
        seen_at=found.seen_at,
    )
