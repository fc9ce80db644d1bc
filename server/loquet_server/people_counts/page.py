"""``/areas/{area}/people``: how many are inside, why so, what was left over; and the correction."""

from typing import Annotated, Final

from babel.dates import format_date
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.areas.service import area_of
from loquet_server.days import HOUR_MS, zone
from loquet_server.headcount.quiet import is_large
from loquet_server.headcount.words import sentences
from loquet_server.models import Area
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people_counts.form import CorrectionForm
from loquet_server.people_counts.repository import PeopleCountRepository
from loquet_server.people_counts.schemas import CorrectionIn
from loquet_server.people_counts.service import correct
from loquet_server.timetable.names import Key
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.moments import Moments
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Corrects = Annotated[Actor, needs(Permission.PEOPLE_CORRECT)]
DONE: Final = {"counted": N_("Thank you. The count goes on from there.")}
DAYS: Final = 30
HALF_DAY_MS: Final = 12 * HOUR_MS
CORRECTIONS: Final = 10
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the pages about people inside."""
    return router


@router.get("/areas/{area}/people")
async def people_page(
    request: Request, area: Key, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show how many are inside, and why it is thought so."""
    row = await area_of(session, area, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _page(space, session, office, row, Typed({}))


@router.post("/areas/{area}/people")
async def correct_count(
    request: Request, area: Key, office: OfficeDep, transaction: TransactionDep, actor: Corrects
) -> Response:
    """Believe whoever counted."""
    row = await area_of(transaction.session, area, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    given = await typed(request, CorrectionForm, space.texts)
    if given.model is None or not row.exit_sensing:
        return await _page(space, transaction.session, office, row, given)
    wanted = CorrectionIn(people=given.model.people, reason=given.model.reason)
    await correct(office, transaction, actor, row, wanted)
    return go(f"/areas/{row.id}/people", "counted")


async def _page(
    space: Space, session: AsyncSession, office: Office, area: Area, given: Typed[CorrectionForm]
) -> Response:
    repository, now = PeopleCountRepository(session), office.now_ms()
    (found,) = await repository.counted(now, area=area.id)
    moments = Moments(space.texts.locale, zone(space.site.timezone))
    corrects = space.actor.may(Permission.PEOPLE_CORRECT)
    values = {
        "area": area,
        "people": found.headcount,
        "reasons": sentences(found.headcount.reasons, space.texts, moments, now),
        "resets": [
            (row, _day_before(moments, row.at), is_large(row))
            for row in await repository.resets(area.id, DAYS)
        ],
        "corrections": await repository.corrections(area.id, CORRECTIONS) if corrects else [],
        "now_ms": now,
        "typed": given,
        "done": space.said(DONE),
    }
    return space.page("people_counts.html", values, 422 if given.complaints else 200)


def _day_before(moments: Moments, at: int) -> str:
    """Return the day that ended at a quiet hour, such as lun. 16 nov."""
    return str(format_date(moments.local(at - HALF_DAY_MS), "EEE d MMM", locale=moments.locale))
