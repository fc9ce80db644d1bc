"""``/occupancy``: desks occupied by the hour, as a chart and as the table that it draws."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from loquet_server.models import Site
from loquet_server.occupancy.chart import HOUR, Chart, draw
from loquet_server.occupancy.page_repository import OccupancyPageRepository
from loquet_server.web.i18n import translations
from loquet_server.web.moments import Moments
from loquet_server.web.pages import Audience, render
from loquet_server.web.reading import Clock, Reading
from loquet_server.who import Actor, Permission, needs

FIRST_HOUR: Final = 7
LAST_HOUR: Final = 23
"""Local hours that are always drawn; others only when somebody was there."""

Reader = Annotated[Actor, needs(Permission.LIVE_READ)]
EARLIEST: Final = date(2000, 1, 1)
"""No unit is older, and calendars end somewhere."""


def routes(reading: Reading, clock: Clock) -> APIRouter:
    """Return the occupancy page's route."""
    router = APIRouter(include_in_schema=False)

    @router.get("/occupancy")
    async def page(request: Request, actor: Reader, day: str = "") -> HTMLResponse:
        now = clock()
        async with reading() as session:
            repository = OccupancyPageRepository(session)
            site = await repository.site(actor.site)
            if site is None:
                return render(request, "nothing_yet.html", {})
            zone = ZoneInfo(site.timezone)
            today = datetime.fromtimestamp(now / 1000, UTC).astimezone(zone).date()
            shown = max(min(_day(day) or today, today), EARLIEST)
            charts = await _charts(repository, site, shown, now)
        moments = Moments(translations(Audience.of(request).language).locale, zone)
        values = {
            "space": site.name,
            "charts": charts,
            "moments": moments,
            "day": shown,
            "noon": _at(shown, 12, zone),
            "before": (shown - timedelta(days=1)).isoformat() if shown > EARLIEST else None,
            "after": (shown + timedelta(days=1)).isoformat() if shown < today else None,
        }
        return render(request, "occupancy.html", values)

    return router


async def _charts(
    repository: OccupancyPageRepository, site: Site, shown: date, now: int
) -> list[Chart]:
    zone = ZoneInfo(site.timezone)
    start, end = _at(shown, 0, zone), _at(shown + timedelta(days=1), 0, zone)
    areas = await repository.areas(site.id, start, end)
    usual = range(_at(shown, FIRST_HOUR, zone), _at(shown, LAST_HOUR, zone), HOUR)
    seen = {hour for area in areas for hour in area.hours}
    seen |= {max(each - each % HOUR, start) for area in areas for each in area.since if each < end}
    drawn = {*usual, *seen}
    hours = range(min(drawn), max(drawn) + HOUR, HOUR)
    return [
        draw(
            area.id,
            area.name,
            area.desks,
            {hour: (row.occupied_seconds, row.peak) for hour, row in area.hours.items()},
            area.since,
            hours,
            now,
        )
        for area in areas
    ]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _at(day: date, hour: int, zone: ZoneInfo) -> int:
    """Return a local hour of a day in UTC milliseconds."""
    return int(datetime.combine(day, time(hour), zone).timestamp() * 1000)
