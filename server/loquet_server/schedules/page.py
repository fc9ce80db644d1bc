"""``/hours``: opening hours and all others; nothing is saved before it was looked at.

Looking is slow work, and only reads: a form's POST begins to write when it saves, not before.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Conflict
from loquet_server.hours.locality import InvalidHours
from loquet_server.hours.words import problem
from loquet_server.models import Schedule
from loquet_server.office import Office, OfficeDep, ReadingDep, TransactionDep
from loquet_server.schedules import preview, views
from loquet_server.schedules.form import (
    DAYS,
    TOO_RICH,
    UNCLEAR,
    HoursForm,
    UnclearDay,
    typed_of,
    weekly,
)
from loquet_server.schedules.service import ScheduleService, schedule_of
from loquet_server.schedules.year import months, week
from loquet_server.timetable.names import Key
from loquet_server.timetable.repository import TimetableRepository, hours_of
from loquet_server.timetable.rows import Hours, Timetable
from loquet_server.timetable.space import Space, space_of
from loquet_server.timetable.words import weekday_names
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reads = Annotated[Actor, needs(Permission.HOURS_READ)]
Writes = Annotated[Actor, needs(Permission.HOURS_WRITE)]
DONE: Final = {
    "added": N_("The hours are saved. The doors follow at once."),
    "changed": N_("The hours were changed. The doors follow at once."),
    "deleted": N_("The hours were deleted."),
}
YEARS: Final = (2000, 2100)
router = APIRouter(include_in_schema=False)


def routes(_office: Office) -> APIRouter:
    """Return the routes of the pages of hours."""
    return router


@router.get("/hours")
async def list_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reads
) -> Response:
    """Show the opening hours of the space this week, then all other hours."""
    space = await space_of(request, session, office, actor)
    timetable = await TimetableRepository(session).of(space.site, space.today.isoformat())
    monday = space.today - timedelta(space.today.weekday())
    opening = timetable.schedules.get(timetable.opening or "")
    days = [] if opening is None else await preview.days_of(timetable, opening, monday, 7)
    values = {
        "opening": opening,
        "week": week(days, timetable.named(), space.today, space.texts),
        "others": await views.others(session, space, timetable),
        "own_areas": [
            (area.name, timetable.schedules[area.opening].name, area.opening)
            for area in timetable.areas
            if area.opening and area.opening in timetable.schedules
        ],
        "coming": views.coming(space, timetable),
        "done": space.said(DONE),
    }
    return space.page("hours.html", values)


@router.get("/hours/new")
async def new_page(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Writes, opening: str = ""
) -> Response:
    """Show an empty form; ``opening``: for the opening hours of the space."""
    space = await space_of(request, session, office, actor)
    name = space.texts.gettext("Opening hours") if opening else ""
    values = {"name": name, "opening": "true" if opening else "", "follows_calendar": "true"}
    return _form(space, None, Typed({**values, **(weekly("") or {}), "mode": "week"}))


@router.post("/hours/new")
async def add(
    request: Request,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Look at new hours, or save them."""
    space = await space_of(request, session, office, actor)
    given = await typed(request, HoursForm, space.texts)
    answer = await _before(space, session, office, None, given)
    if answer is not None:
        return answer
    assert given.model is not None
    site = (await space_of(request, transaction.session, office, actor)).site
    service = ScheduleService(office, transaction, actor)
    row = await service.create(site, given.model.schedule(), opening=given.model.opening)
    return go("/hours" if given.model.opening else f"/hours/{row.id}", "added")


@router.get("/hours/{schedule}")
async def one_page(
    request: Request,
    schedule: Key,
    office: OfficeDep,
    session: ReadingDep,
    actor: Reads,
    year: int | None = None,
) -> Response:
    """Show a schedule: its week, its year, and what goes by it."""
    row = await schedule_of(session, schedule, actor)
    space = await space_of(request, session, office, actor, row.site)
    chosen = min(max(year or space.today.year, YEARS[0]), YEARS[1])
    timetable = await TimetableRepository(session).of(space.site, space.today.isoformat())
    values = {
        "schedule": row,
        "summary": views.summary(hours_of(row), space.texts),
        "uses": await views.uses(session, space, row),
        "year": chosen,
        "done": space.said(DONE),
        **await _calendar(space, timetable, hours_of(row), date(chosen, 1, 1)),
    }
    return space.page("hours_one.html", values)


@router.get("/hours/{schedule}/edit")
async def edit_page(
    request: Request, schedule: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Show a schedule's form."""
    row = await schedule_of(session, schedule, actor)
    space = await space_of(request, session, office, actor, row.site)
    return _form(space, row, Typed(typed_of(row)))


@router.post("/hours/{schedule}/edit")
async def edit(
    request: Request,
    schedule: Key,
    office: OfficeDep,
    session: ReadingDep,
    transaction: TransactionDep,
    actor: Writes,
) -> Response:
    """Look at changed hours, or save them."""
    row = await schedule_of(session, schedule, actor)
    space = await space_of(request, session, office, actor, row.site)
    given = await typed(request, HoursForm, space.texts)
    answer = await _before(space, session, office, row, given)
    if answer is not None:
        return answer
    assert given.model is not None
    kept = await schedule_of(transaction.session, schedule, actor)
    service = ScheduleService(office, transaction, actor)
    await service.change(space.site, kept, given.model.schedule())
    return go(f"/hours/{row.id}", "changed")


@router.get("/hours/{schedule}/delete")
async def delete_page(
    request: Request, schedule: Key, office: OfficeDep, session: ReadingDep, actor: Writes
) -> Response:
    """Ask before hours are deleted; where anything goes by them, say what."""
    row = await schedule_of(session, schedule, actor)
    space = await space_of(request, session, office, actor, row.site)
    values = {"schedule": row, "uses": await views.uses(session, space, row)}
    return space.page("hours_delete.html", values)


@router.post("/hours/{schedule}/delete")
async def delete(
    request: Request, schedule: Key, office: OfficeDep, transaction: TransactionDep, actor: Writes
) -> Response:
    """Delete hours that nothing goes by."""
    row = await schedule_of(transaction.session, schedule, actor)
    space = await space_of(request, transaction.session, office, actor, row.site)
    try:
        await ScheduleService(office, transaction, actor).delete(row)
    except Conflict:
        uses = await views.uses(transaction.session, space, row)
        return space.page("hours_delete.html", {"schedule": row, "uses": uses}, 409)
    return go("/hours", "deleted")


async def _before(
    space: Space,
    session: AsyncSession,
    office: Office,
    row: Schedule | None,
    given: Typed[HoursForm],
) -> Response | None:
    """Return what comes before hours are saved: the form again, or what they mean."""
    step = given.values.get("step")
    if step in ("week", "text", "always"):
        return _form(space, row, _switched(space, given, str(step)))
    if given.model is None or step == "back":
        return _form(space, row, given)
    try:
        schedule = given.model.schedule()
        found = await preview.of(
            session, office, space.site, schedule, row.id if row else None,
            opening=given.model.opening,
        )  # fmt: skip
    except UnclearDay as error:
        given.complain(error.day, space.texts.gettext(UNCLEAR))
        return _form(space, row, given)
    except InvalidHours as error:
        said, advice = problem(error, space.texts.gettext)
        given.complain("text", f"{said} {advice}")
        return _form(space, row, given, error.position)
    return None if step == "save" else await _look(space, row, given, found)


def _switched(space: Space, given: Typed[HoursForm], mode: str) -> Typed[HoursForm]:
    """Return the form in another way of writing; what can be kept is kept."""
    values: dict[str, Any] = {**given.values, "mode": mode}
    switched: Typed[HoursForm] = Typed(values)
    if given.values.get("mode") == "week" and mode != "week" and given.model is not None:
        try:
            values["text"] = given.model.schedule().hours
        except UnclearDay as error:
            values["mode"] = "week"
            switched.complain(error.day, space.texts.gettext(UNCLEAR))
    if mode == "week":
        week = weekly(str(given.values.get("text", "")))
        if week is None:
            values["mode"] = "text"
            switched.complain("text", space.texts.gettext(TOO_RICH))
        else:
            values.update(week)
    return switched


def _form(
    space: Space, row: Schedule | None, given: Typed[HoursForm], position: int | None = None
) -> Response:
    text = str(given.values.get("text", ""))
    values = {
        "schedule": row,
        "typed": given,
        "mode": given.values.get("mode") or "week",
        "days": list(zip(DAYS, weekday_names(space.texts), strict=True)),
        "fault": None if position is None else (text[:position], text[position:]),
    }
    return space.page("hours_form.html", values, 422 if given.complaints else 200)


async def _look(
    space: Space, row: Schedule | None, given: Typed[HoursForm], found: preview.Preview
) -> Response:
    values = {
        "schedule": row,
        "typed": given,
        "name": found.hours.name,
        "hours": found.hours.hours,
        "traps": [preview.trap_text(each, space.texts) for each in found.traps],
        "sentences": found.foresight.sentences(space.texts),
        "used": found.foresight.after.used(found.hours.id),
        **await _calendar(space, found.foresight.after, found.hours, space.today.replace(day=1)),
    }
    return space.page("hours_look.html", values)


async def _calendar(
    space: Space, timetable: Timetable, hours: Hours, first: date
) -> dict[str, Any]:
    """Return this week, and a year from the first of a month."""
    monday = space.today - timedelta(space.today.weekday())
    count = (first.replace(year=first.year + 1) - first).days
    days = await preview.days_of(timetable, hours, first, count)
    this_week = await preview.days_of(timetable, hours, monday, 7)
    return {
        "week": week(this_week, timetable.named(), space.today, space.texts),
        "months": months(days, timetable.named(), space.today, space.texts),
    }
