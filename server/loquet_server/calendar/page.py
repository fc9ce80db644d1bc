"""``/calendar``: closures, exceptional openings and events; each is looked at before it counts."""

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated, Any, Final

from babel.dates import format_date
from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.calendar import service
from loquet_server.calendar.form import EntryForm, empty, typed_of
from loquet_server.calendar.repository import CalendarRepository
from loquet_server.calendar.schemas import EntryIn, EntryKind
from loquet_server.calendar.service import CalendarService, entry_of
from loquet_server.calendar.words import KINDS, LEADS, TITLES, Line, when_text, who_text
from loquet_server.errors import Invalid
from loquet_server.models import CalendarEntry
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.people.text import in_language
from loquet_server.timetable.names import Key
from loquet_server.timetable.repository import row_of
from loquet_server.timetable.space import Space, space_of
from loquet_server.timetable.words import Sentence
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.HOURS_WRITE)]
DONE: Final = {
    "added": N_("It is in the calendar. The doors follow at once."),
    "changed": N_("The calendar was changed. The doors follow at once."),
    "deleted": N_("It was taken out of the calendar. The doors follow at once."),
}
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the calendar's pages."""
    return router


@router.get("/calendar")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show what is to come, by date; what is past, folded."""
    space = await space_of(request, session, office, actor)
    rows = await CalendarRepository(session).dated(space.site.id)
    lines = await _lines(space, session, rows)
    values = {
        "months": [
            (month, list(found))
            for month, found in groupby(
                (line for line in lines if not line.past), key=lambda line: line.month
            )
        ],
        "past": [line for line in reversed(lines) if line.past],
        "titles": {kind.value: space.texts.gettext(text) for kind, text in TITLES.items()},
        "done": space.said(DONE),
    }
    return space.page("calendar.html", values)


@router.get("/calendar/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes, kind: str = ""
) -> Response:
    """Show an empty form."""
    space = await space_of(request, session, office, actor)
    chosen = EntryKind(kind) if kind in set(EntryKind) else EntryKind.CLOSURE
    return await _form(space, session, None, Typed(empty(chosen)))


@router.post("/calendar/new")
async def add(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Look at a new entry, or add it; only adding writes."""
    space = await space_of(request, session, office, actor)
    given = await typed(request, EntryForm, space.texts)
    if given.model is None or given.model.step == "back":
        return await _form(space, session, None, given)
    entry = given.model.entry()
    if given.model.step == "look":
        return await _look(space, session, office, None, given, entry)
    try:
        await CalendarService(office, transaction, actor).create(space.site.id, entry)
    except Invalid as error:
        given.complain(str(error.more.get("field", "")), error.detail)
        return await _form(space, session, None, given)
    return go("/calendar", "added")


@router.get("/calendar/{entry}")
async def edit_page(
    request: Request, entry: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show an entry's form."""
    row = await entry_of(session, entry, actor)
    space = await space_of(request, session, office, actor, row.site)
    return await _form(space, session, row, Typed(typed_of(row)))


@router.post("/calendar/{entry}")
async def edit(
    request: Request,
    entry: Key,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Look at a changed entry, or keep the change; only keeping writes."""
    row = await entry_of(session, entry, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, EntryForm, space.texts)
    if given.model is None or given.model.step == "back":
        return await _form(space, session, row, given)
    if given.model.step == "look":
        return await _look(space, session, office, row, given, given.model.entry())
    kept = await entry_of(transaction.session, entry, actor)
    try:
        await CalendarService(office, transaction, actor).change(kept, given.model.entry())
    except Invalid as error:
        given.complain(str(error.more.get("field", "")), error.detail)
        return await _form(space, session, row, given)
    return go("/calendar", "changed")


@router.get("/calendar/{entry}/delete")
async def delete_page(
    request: Request, entry: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before an entry is deleted, and say what that changes."""
    row = await entry_of(session, entry, actor)
    space = await space_of(request, session, office, actor, row.site)
    (line,) = await _lines(space, session, [row])
    values = {
        "entry": line,
        "sentences": await _sentences(space, session, office, row.id, None),
    }
    return space.page("calendar_delete.html", values)


@router.post("/calendar/{entry}/delete")
async def delete(
    entry: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Delete an entry."""
    row = await entry_of(transaction.session, entry, actor)
    await CalendarService(office, transaction, actor).delete(row)
    return go("/calendar", "deleted")


async def _form(
    space: Space, session: AsyncSession, row: CalendarEntry | None, given: Typed[EntryForm]
) -> Response:
    repository = CalendarRepository(session)
    kind = given.values.get("kind")
    chosen = EntryKind(kind) if kind in set(EntryKind) else EntryKind.CLOSURE
    known = set() if row is None else set(row.plans)
    values = {
        "entry": row,
        "typed": given,
        "kind": chosen.value,
        "title": space.texts.gettext(TITLES[chosen]) if row is None else row.name,
        "lead": space.texts.gettext(LEADS[chosen]),
        "areas": list((await repository.areas(space.site.id)).items()),
        "plans": [
            (plan.id, in_language(plan.name_fr, plan.name_en, space.texts))
            for plan in await repository.plans(space.site.id)
            if plan.archived_at is None or plan.id in known
        ],
    }
    return space.page("calendar_form.html", values, 422 if given.complaints else 200)


async def _look(
    space: Space,
    session: AsyncSession,
    office: Office,
    row: CalendarEntry | None,
    given: Typed[EntryForm],
    entry: EntryIn,
) -> Response:
    """Show what an entry would change, before it counts."""
    repository = CalendarRepository(session)
    but = None if row is None else row.id
    others = await repository.overlapping(space.site.id, entry.starts, entry.ends, but)
    values: dict[str, Any] = {
        "entry": row,
        "typed": given,
        "name": entry.name,
        "word": space.texts.gettext(KINDS[entry.kind]),
        "when": when_text(entry.starts, entry.ends, space.texts),
        "overlaps": await _lines(space, session, others),
        "closed": entry.kind is not EntryKind.CLOSURE
        and any(each.kind == EntryKind.CLOSURE for each in others),
        "past": entry.ends <= f"{space.today.isoformat()}T00:00",
        "sentences": await _sentences(space, session, office, but, entry),
    }
    return space.page("calendar_look.html", values)


async def _sentences(
    space: Space, session: AsyncSession, office: Office, but: str | None, entry: EntryIn | None
) -> list[Sentence]:
    found = await service.foreseen(office, session, space.site, but, entry)
    return found.sentences(space.texts)


async def _lines(space: Space, session: AsyncSession, rows: Sequence[CalendarEntry]) -> list[Line]:
    repository = CalendarRepository(session)
    areas = await repository.areas(space.site.id)
    plans = {
        plan.id: in_language(plan.name_fr, plan.name_en, space.texts)
        for plan in await repository.plans(space.site.id)
    }
    return [_shown(space, row, areas, plans) for row in rows]


def _shown(space: Space, row: CalendarEntry, areas: dict[str, str], plans: dict[str, str]) -> Line:
    kind = EntryKind(row.kind)
    everywhere = space.texts.gettext("the whole space")
    return Line(
        row.id,
        kind,
        space.texts.gettext(KINDS[kind]),
        row.name,
        when_text(row.starts, row.ends, space.texts),
        areas.get(row.area, row.area) if row.area else everywhere,
        who_text(row, plans, space.texts),
        format_date(row_of(row).first_day, "MMMM y", locale=space.texts.locale),
        row.ends <= f"{space.today.isoformat()}T00:00",
    )
