"""How Le Moulin was used for a year and a little more: a village that has come to like it."""

import math
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server import models
from loquet_server.demo import village

DAYS: Final = 760
OLD: Final = 400
"""Days before which quiet hours are not worth a row: the demo is to start in seconds."""
DESK_DAYS: Final = 120
_HOUR: Final = 3600
_SILENT: Final = (96, 99)
"""Days ago between which the entrance's unit was without power: nothing is known of them."""
_SUMMER: Final = 8
_LAST_YEAR: Final = 21
"""Different members of the year before."""


async def furnish(session: AsyncSession, now: datetime) -> None:
    """Write the history; in bulk, since it is long."""
    draw = random.Random(village.SEED)
    hours = list(_hours(now, draw))
    for model, rows in (
        (models.DeskHour, [desk for desk, _ in hours]),
        (models.PeopleHour, [people for _, people in hours if people]),
        (models.SiteDay, list(_days(now, draw))),
        (models.DeskDay, list(_desks(now, draw))),
        (models.YearMark, list(_marks(now))),
    ):
        await session.execute(insert(model), rows)
    year = _local(now).year - 1
    session.add(models.YearCount(site=village.SITE, year=year, members=_LAST_YEAR))
    at = int(now.timestamp() * 1000)
    session.add(models.Showing(site=village.SITE, enabled=True, changed_at=at))


def usual(local: datetime) -> float:
    """Return the share of desks that are usually taken at this hour of this weekday."""
    if local.weekday() == 6 or not 7 <= local.hour < 20:
        return 0.0
    weekday = (0.6, 0.85, 0.55, 0.9, 0.5, 0.22)[local.weekday()]
    lunch = 0.75 if local.hour in (12, 13) else 1.0
    return weekday * lunch * math.sin(math.pi * (local.hour - 6.5) / 14)


def _trend(local: date, today: date) -> float:
    """Return how far the village had come: from a half a year ago to what it is; less in August."""
    grown = 1.0 - 0.55 * (today - local).days / DAYS
    return grown * (0.45 if local.month == _SUMMER else 1.0)


def _hours(
    now: datetime, draw: random.Random
) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Yield each hour of each area's desks, and of people where exits are sensed."""
    sizes = {
        area.id: sum(desk.area == area.id for desk in village.desks()) for area in village.AREAS
    }
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    today = _local(now).date()
    for back in range(DAYS * 24, 0, -1):
        at = hour - timedelta(hours=back)
        local = _local(at)
        silent = _SILENT[0] <= (today - local.date()).days < _SILENT[1]
        share = 0.0 if _is_shut(local.date()) else usual(local) * _trend(local.date(), today)
        if not share and back > OLD * 24:
            continue
        utc = int(at.timestamp()) * 1000
        for area, size in sizes.items():
            level = min(1.0, max(0.0, share + draw.uniform(-0.1, 0.1))) if share else 0.0
            if area == "atelier":
                level *= 0.6
            known = 0 if silent and area != "atelier" else size * _HOUR
            taken = level * size if known else 0.0
            desk = {
                "area": area, "hour_utc": utc, "occupied_seconds": int(taken * _HOUR),
                "known_seconds": known, "peak": min(size, math.ceil(taken)), "revision": 1,
            }  # fmt: skip
            yield desk, _people(area, utc, taken, bool(known))


def _people(area: str, utc: int, taken: float, known: bool) -> dict[str, Any] | None:
    sensed = any(each.id == area and each.exit_sensing for each in village.AREAS)
    if not (sensed and known) and not taken:
        return None
    seconds = _HOUR if sensed and known else 0
    return {
        "area": area, "hour_utc": utc, "entries": round(taken * 0.6),
        "people_seconds": int(taken * 1.1 * seconds), "known_seconds": seconds,
        "peak": math.ceil(taken * 1.2) if seconds else 0,
    }  # fmt: skip


def _days(now: datetime, draw: random.Random) -> Iterator[dict[str, Any]]:
    today = _local(now).date()
    for back in range(DAYS, 0, -1):
        day = today - timedelta(days=back)
        noon = datetime(day.year, day.month, day.day, 11, tzinfo=ZoneInfo(village.TIMEZONE))
        share = 0.0 if _is_shut(day) else usual(noon) * _trend(day, today)
        visits = round(share * 22 * draw.uniform(0.8, 1.2))
        yield {
            "site": village.SITE, "day": day.isoformat(), "visits": visits,
            "half_days": round(visits * 1.55), "entries": round(visits * 2.1),
        }  # fmt: skip


def _desks(now: datetime, draw: random.Random) -> Iterator[dict[str, Any]]:
    """Yield the days of each desk: those by the window are taken first."""
    today = _local(now).date()
    for rank, desk in enumerate(village.desks()):
        liked = 1.0 - 0.04 * rank
        for back in range(DESK_DAYS, 0, -1):
            day = today - timedelta(days=back)
            noon = datetime(day.year, day.month, day.day, 11, tzinfo=ZoneInfo(village.TIMEZONE))
            share = 0.0 if _is_shut(day) else usual(noon) * liked
            if draw.random() < share:
                sessions = draw.choice((1, 1, 2, 3))
                yield {
                    "desk": desk.id, "day": day.isoformat(), "sessions": sessions,
                    "occupied_seconds": int(sessions * draw.uniform(1.5, 3.0) * _HOUR),
                }  # fmt: skip


def _marks(now: datetime) -> Iterator[dict[str, Any]]:
    year = _local(now).year
    for member in village.members()[:-2]:
        yield {"site": village.SITE, "year": year, "mark": f"demo-{member.id}"}


def _is_shut(day: date) -> bool:
    """Return whether the village is away: the end of the year, and two public holidays."""
    return (day.month, day.day) in {(1, 1), (5, 1), (12, 25)} or (day.month == 12 and day.day > 25)


def _local(at: datetime) -> datetime:
    return at.astimezone(ZoneInfo(village.TIMEZONE))
