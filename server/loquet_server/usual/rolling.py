"""Days and years in numbers, counted from passages while these are still kept.

Counted anew every hour for the last days, since a unit may have been offline for so long; what
was counted once never shrinks when its passages are deleted. It is plain, blocking work.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import case, delete, func, select
from sqlalchemy.orm import Session

from loquet_server.days import HOUR_MS, instant, zone
from loquet_server.dialect import Upsert, insert
from loquet_server.models import (
    Desk,
    DeskDay,
    Holder,
    Passage,
    PeopleHour,
    Site,
    SiteDay,
    YearCount,
    YearMark,
)
from loquet_server.models.base import Base

LATE_DAYS: Final = 14
"""For so long a day is counted anew: units that were offline tell late."""
NOON: Final = 13
"""Local hour that parts a day in halves, as half-day passes are."""
FROZEN: Final = "-02-01"
"""From this day of the next year on, a year is counted and its marks are gone."""


@dataclass(slots=True)
class Day:
    """What happened on a site's day."""

    visitors: set[str] = field(default_factory=set)
    halves: set[tuple[str, bool]] = field(default_factory=set)
    entries: int = 0


def mark(pepper: bytes, site: str, year: int, holder: str) -> str:
    """Return what stands for a member who came in a year; only this server can make it."""
    text = f"loquet/v1/visitor\n{site}\n{year}\n{holder}".encode()
    return hmac.new(pepper, text, hashlib.sha256).hexdigest()[:32]


def roll_up(session: Session, pepper: bytes, now_ms: int) -> None:
    """Count the last days of every site, and years that are over."""
    timezones = {row.id: row.timezone for row in session.execute(select(Site)).scalars()}
    since = (instant(now_ms) - timedelta(days=LATE_DAYS)).date().isoformat()
    hour = (Passage.at - Passage.at % HOUR_MS).label("hour")
    query = (
        select(
            Passage.site, Passage.day, Passage.area_to, Passage.holder, Holder.kind, hour,
            func.count().label("entries"),
        )
        .outerjoin(Holder, Holder.id == Passage.holder)
        .where(Passage.outcome == "taken", Passage.day >= since, Passage.holder.is_not(None))
        .group_by(
            Passage.site, Passage.day, Passage.area_to, Passage.holder, Holder.kind, hour
        )
    )  # fmt: skip
    days: dict[tuple[str, str], Day] = defaultdict(Day)
    hours: dict[tuple[str, int], int] = defaultdict(int)
    marks: set[tuple[str, int, str]] = set()
    for row in session.execute(query).all():
        day = days[row.site, row.day]
        local = instant(row.hour).astimezone(zone(timezones.get(row.site, "UTC")))
        day.visitors.add(row.holder)
        day.halves.add((row.holder, local.hour >= NOON))
        day.entries += row.entries
        if row.area_to is not None:
            hours[row.area_to, row.hour] += row.entries
        if row.kind == "member":
            year = int(row.day[:4])
            marks.add((row.site, year, mark(pepper, row.site, year, row.holder)))
    _days(session, days)
    _hours(session, hours)
    _marks(session, marks)
    _years(session, now_ms)
    _personal(session)


def _days(session: Session, days: dict[tuple[str, str], Day]) -> None:
    rows = [
        {
            "site": site, "day": name, "visits": len(day.visitors), "half_days": len(day.halves),
            "entries": day.entries,
        }
        for (site, name), day in days.items()
    ]  # fmt: skip
    _write(session, SiteDay, rows, _greatest("site", "day"))


def _hours(session: Session, hours: dict[tuple[str, int], int]) -> None:
    empty = {"people_seconds": 0, "known_seconds": 0, "peak": 0}
    rows = [
        {"area": area, "hour_utc": hour, "entries": entries, **empty}
        for (area, hour), entries in hours.items()
    ]
    _write(session, PeopleHour, rows, _greatest("area", "hour_utc"))


def _marks(session: Session, marks: set[tuple[str, int, str]]) -> None:
    rows = [{"site": site, "year": year, "mark": each} for site, year, each in marks]
    _write(session, YearMark, rows, lambda statement: statement.on_conflict_do_nothing())


def _years(session: Session, now_ms: int) -> None:
    """Keep of the years that are over a number alone."""
    today = instant(now_ms).date().isoformat()
    query = select(YearMark.site, YearMark.year, func.count()).group_by(
        YearMark.site, YearMark.year
    )
    for site, year, members in session.execute(query).all():
        if today >= f"{year + 1}{FROZEN}":
            session.merge(YearCount(site=site, year=year, members=members))
            gone = delete(YearMark).where(YearMark.site == site, YearMark.year == year)
            session.execute(gone.execution_options(synchronize_session=False))


def _personal(session: Session) -> None:
    """Forget the days of desks that have become somebody's own."""
    own = select(Desk.id).where(Desk.assigned_holder.is_not(None))
    gone = delete(DeskDay).where(DeskDay.desk.in_(own))
    session.execute(gone.execution_options(synchronize_session=False))


def _greatest(*key: str) -> Callable[[Upsert], Upsert]:
    """Return what keeps the greater of two numbers: what was counted once never shrinks."""

    def conflict(statement: Upsert) -> Upsert:
        new, old = statement.excluded, statement.table.c
        changed = {
            column.name: case((old[column.name] >= new[column.name], old[column.name]),
                              else_=new[column.name])
            for column in statement.table.columns
            if column.name not in key
        }  # fmt: skip
        return statement.on_conflict_do_update(index_elements=list(key), set_=changed)

    return conflict


def _write(
    session: Session,
    model: type[Base],
    rows: list[dict[str, Any]],
    conflict: Callable[[Upsert], Upsert],
) -> None:
    if rows:
        session.execute(conflict(insert(session, model)), rows)
