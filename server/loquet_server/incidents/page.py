"""``/incidents``: what went wrong, who sees to it, and how it went."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict, Invalid
from loquet_server.incidence.kinds import GRAVITY, Severity
from loquet_server.incidence.life import State
from loquet_server.incidence.words import NOTICES, WAYS
from loquet_server.incidents.repository import IncidentRepository, Wanted
from loquet_server.incidents.schemas import MUTE_DAYS, MuteIn, NoteIn, SaidIn
from loquet_server.incidents.service import IncidentService, incident_of, may_close
from loquet_server.incidents.words import (
    SEVERITIES,
    STATES,
    Names,
    Seen,
    step_words,
)
from loquet_server.models import Incident
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

router = APIRouter(include_in_schema=False)
Number = Annotated[int, Path(ge=1, lt=2**53)]
Reads = Annotated[Actor, needs(Permission.LIVE_READ)]
Attends = Annotated[Actor, needs(Permission.DOORS_RELEASE)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]
Text = Annotated[str, Query(max_length=64)]
Work = Callable[[IncidentService, Incident, Any], Awaitable[object]]
SHOWN: Final = 50
PARTS: Final = 100
DONE: Final = {
    "acknowledged": N_("You have taken it on: nobody else is told of it."),
    "noted": N_("Noted."),
    "resolved": N_("It is closed. Should it come back within ten minutes, it is opened again."),
    "muted": N_("Nobody is told of such incidents until then. They are shown here all the same."),
    "unmuted": N_("People are told again."),
}


def routes(_office: Office) -> APIRouter:
    """Return the routes of incidents."""
    return router


@router.get("/incidents")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads,
    unit: Text = "", severity: Text = "", state: Text = "", after: Text = "",
) -> Response:  # fmt: skip
    """Show incidents: those that are open first, then the last ones that are over."""
    space = await space_of(request, session, office, actor)
    repository = IncidentRepository(session)
    filters = {"unit": unit, "severity": severity, "state": state}
    names = await _names(repository, space)
    found = await _found(repository, space.site.id, filters, after)
    more, found = len(found) > SHOWN, found[:SHOWN]
    shown = [names.seen(row) for row in found]
    if not after:
        shown.sort(key=_order)
    given = {name: value for name, value in filters.items() if value}
    values = {
        "incidents": shown,
        "filters": filters,
        "units": names.units,
        "severities": SEVERITIES,
        "states": STATES,
        "mutes": await repository.mutes(space.site.id, office.now_ms()),
        "names": names,
        "older": urlencode({**given, "after": found[-1].id}) if more else "",
        "newest": after and "/incidents?" + urlencode(given),
        "now_ms": office.now_ms(),
    }
    return space.page("incidents.html", values)


@router.get("/incidents/{incident}")
async def show_page(
    request: Request, incident: Number, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show one incident and its story."""
    row = await incident_of(session, incident, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _one(space, session, office, row)


@dataclass(frozen=True, slots=True)
class Deed:
    """A form about one incident, and where it is carried out."""

    request: Request
    incident: Number
    office: OfficeDep
    transaction: TransactionDep

    async def done(self, actor: Actor, model: type[BaseModel], word: str, work: Work) -> Response:
        """Do what the form asks; show the page again, with what was typed, if it cannot be."""
        session, status = self.transaction.session, 422
        row = await incident_of(session, self.incident, actor)
        space = await space_of(self.request, session, self.office, actor, row.site)
        given: Typed[Any] = await typed(self.request, model, space.texts)
        if given.model is not None:
            try:
                service = IncidentService(self.office, self.transaction, actor)
                await work(service, row, given.model)
                return go(f"/incidents/{row.id}", word)
            except (Invalid, Conflict) as error:
                given.refused(error, space.texts)
                status = error.status
        return await _one(space, session, self.office, row, given, status)


Asked = Annotated[Deed, Depends()]


@router.post("/incidents/{incident}/acknowledge")
async def acknowledge(deed: Asked, actor: Attends) -> Response:
    """Take an incident on."""
    return await deed.done(actor, NoteIn, "acknowledged", IncidentService.acknowledge)


@router.post("/incidents/{incident}/note")
async def note(deed: Asked, actor: Attends) -> Response:
    """Add a note."""
    return await deed.done(actor, SaidIn, "noted", IncidentService.note)


@router.post("/incidents/{incident}/resolve")
async def resolve(deed: Asked, actor: Attends) -> Response:
    """Close an incident."""
    return await deed.done(actor, NoteIn, "resolved", IncidentService.resolve)


@router.post("/incidents/{incident}/mute")
async def mute(deed: Asked, actor: Writes) -> Response:
    """Have nobody told of such incidents for a while."""
    return await deed.done(actor, MuteIn, "muted", IncidentService.mute)


@router.post("/incidents/{incident}/unmute")
async def unmute(deed: Asked, actor: Writes) -> Response:
    """Have people told again."""
    return await deed.done(actor, NoteIn, "unmuted", IncidentService.unmute)


async def _one(
    space: Space, session: AsyncSession, office: Office, row: Incident,
    given: Typed[Any] | None = None, status: int = 200,
) -> Response:  # fmt: skip
    repository = IncidentRepository(session)
    names, now = await _names(repository, space), office.now_ms()
    if given is None:
        given = Typed({"until": (space.today + timedelta(days=7)).isoformat()})
    steps = await repository.steps(row.id)
    values: dict[str, Any] = {
        "seen": names.seen(row),
        "whole": None if row.part_of is None else await repository.one(row.part_of),
        "parts": [names.seen(each) for each in await repository.parts(row.id, PARTS)],
        "steps": [(each, step_words(each, space.texts)) for each in steps],
        "told": await repository.told(row.id),
        "mute": await repository.mute_of(row, now),
        "may_close": may_close(space.actor, row),
        "last_day": (space.today + timedelta(days=MUTE_DAYS)).isoformat(),
        "typed": given,
        "severities": SEVERITIES,
        "states": STATES,
        "ways": WAYS,
        "told_words": NOTICES,
        "now_ms": now,
        "done": space.said(DONE),
    }
    return space.page("incidents_one.html", values, status)


async def _found(
    repository: IncidentRepository, site: str, filters: dict[str, str], after: str
) -> list[Incident]:
    """A filter that means nothing is as if it were not there."""
    severity, state = filters["severity"], filters["state"]
    wanted = Wanted(
        site,
        filters["unit"] or None,
        Severity(severity) if severity in set(Severity) else None,
        State(state) if state in set(State) else None,
    )
    last = int(after) if after.isascii() and after.isdecimal() else None
    found = list(await repository.all(wanted, SHOWN + 1, last))
    if last is None and wanted.state is None:
        known = {row.id for row in found}
        still = await repository.all(Wanted(*_parts(wanted), open_only=True), SHOWN)
        found = [row for row in still if row.id not in known] + found
    return found


def _parts(wanted: Wanted) -> tuple[str | None, str | None, Severity | None]:
    return wanted.site, wanted.unit, wanted.severity


def _order(seen: Seen) -> tuple[bool, int, int]:
    """Open ones first and of them the gravest; the rest by when they were seen last."""
    is_over = seen.state is State.RESOLVED
    return is_over, 0 if is_over else -GRAVITY[seen.kind.severity], -seen.row.last_at


async def _names(repository: IncidentRepository, space: Space) -> Names:
    return Names(await repository.units(space.site.id), await repository.places(space.site.id))
