"""``/occupancy/day``: one day's desks by the hour, as a chart and as the table that it draws."""

import contextlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS, zone
from loquet_server.errors import NotFound
from loquet_server.models import Site
from loquet_server.occupancy.charts import svg
from loquet_server.occupancy.day import Chart, draw
from loquet_server.occupancy.periods import EARLIEST
from loquet_server.occupancy.service import visible
from loquet_server.occupancy.views import Wording
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.timetable.space import Space, space_of
from loquet_server.usual.openings import openings
from loquet_server.usual.repository import UsualRepository
from loquet_server.web.moments import Moments
from loquet_server.who import Actor, Permission, needs

FIRST_HOUR: Final = 7
LAST_HOUR: Final = 23
"""Local hours that are always drawn; others only when somebody was there."""
Reader = Annotated[Actor, needs(Permission.LIVE_READ)]
router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Day:
    """A day, and what is drawn of it."""

    shown: date
    charts: list[Chart]


@router.get("/occupancy/day")
async def show(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader, day: str = ""
) -> Response:
    """Show a day of each area."""
    space = await space_of(request, session, office, actor)
    found = await _day(session, space, day, office.now_ms(), office.settings.history_group)
    shown, today = found.shown, space.today
    values = {
        "charts": found.charts,
        "wording": Wording(space),
        "day": shown,
        "noon": _at(shown, 12, space.site),
        "before": (shown - timedelta(days=1)).isoformat() if shown > EARLIEST else None,
        "after": (shown + timedelta(days=1)).isoformat() if shown < today else None,
    }
    return space.page("occupancy_day.html", values)


@router.get("/occupancy/day.svg")
async def drawing(
    request: Request, office: OfficeDep, session: ReadingDep, actor: Reader, area: str = "",
    day: str = "",
) -> Response:  # fmt: skip
    """Return one area's day as a drawing that stands by itself; NotFound where it is hidden."""
    space = await space_of(request, session, office, actor)
    found = await _day(session, space, day, office.now_ms(), office.settings.history_group)
    chart = next((each for each in found.charts if each.id == area), None)
    if chart is None:
        raise NotFound(f"there is no area {area[:64]!r} whose days are shown")
    title = f"{chart.name}, {Wording(space).day(found.shown)}"
    moments = Moments(space.texts.locale, zone(space.site.timezone))
    return svg(space, "bars", {"chart": chart, "moments": moments, "title": title})


async def _day(session: AsyncSession, space: Space, text: str, now: int, group: int) -> Day:
    wished = space.today
    with contextlib.suppress(ValueError):
        wished = date.fromisoformat(text)
    shown = max(min(wished, space.today), EARLIEST)
    site, repository = space.site, UsualRepository(session)
    start, end = _at(shown, 0, site), _at(shown + timedelta(days=1), 0, site)
    found = await repository.hours(site.id, start, end, now)
    opened = await openings(session, site, start // 1000, 1)
    areas = visible(await repository.areas(site.id), group).shown
    usual = range(_at(shown, FIRST_HOUR, site), _at(shown, LAST_HOUR, site), HOUR_MS)
    seen = {hour for (_, hour), filled in found.items() if filled.occupied and hour >= start}
    drawn = {*usual, *seen}
    hours = range(min(drawn), max(drawn) + HOUR_MS, HOUR_MS)
    is_open = {
        hour: opened.open_seconds(hour // 1000, (hour + HOUR_MS) // 1000) > 0 for hour in hours
    }
    charts = [
        draw(
            area.id, area.name, area.desks,
            {hour: filled for (name, hour), filled in found.items() if name == area.id},
            hours, is_open if opened.written else {}, now,
        )
        for area in areas
    ]  # fmt: skip
    return Day(shown, charts)


def _at(day: date, hour: int, site: Site) -> int:
    """Return a local hour of a day in UTC milliseconds."""
    return int(datetime.combine(day, time(hour), zone(site.timezone)).timestamp() * 1000)
