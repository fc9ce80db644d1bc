"""When the space is open today, and when it is not in the weeks to come, in plain words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

from loquet_server.hours.year import Day, days_of_bounds
from loquet_server.people.frame import Frame, midnight
from loquet_server.timetable.repository import locality_of
from loquet_server.timetable.rows import Expansion, Timetable
from loquet_server.timetable.words import spans_text
from loquet_server.web.i18n import N_
from loquet_server.web.telling import Clock

AHEAD: Final = 28
"""Days ahead of which closures and other changes are told."""
MOST: Final = 6
WITHOUT_NAME: Final = {"closure": N_("closure"), "opening": N_("exceptional opening")}


@dataclass(frozen=True, slots=True)
class Ahead:
    """Days that differ: from when to when, why, and what holds on them."""

    days: str
    why: str
    hours: str


@dataclass(frozen=True, slots=True)
class Opening:
    """Today in words. ``change``: until when it stays as it is, nothing if that is far away."""

    today: str
    why: str
    open: bool
    change: str
    ahead: tuple[Ahead, ...]


def opening(frame: Frame, timetable: Timetable) -> Opening | None:
    """Return the hours of the space; None where nobody has written any down."""
    if timetable.opening is None or timetable.opening not in timetable.schedules:
        return None
    site, today = frame.site, frame.today
    start = midnight(today, site.timezone)
    bounds = Expansion(timetable, start, AHEAD).schedule(timetable.opening)
    locality, names = locality_of(site), timetable.named()
    days = days_of_bounds(
        bounds, locality, timetable.specials(), today, AHEAD, frame.texts.code
    )  # fmt: skip
    now = frame.now_ms // 1000
    clock = Clock(frame.texts.code, site.timezone)
    change = next((each for each in bounds if each > now), None)
    told = [_why(frame, day, names) for day in days]
    return Opening(
        spans_text(days[0].spans, frame.texts),
        told[0],
        _inside(bounds, now),
        "" if change is None or change >= start + AHEAD * 86_400 else clock.near(change, now),
        tuple(_ahead(frame, days[1:], told[1:]))[:MOST],
    )


def _inside(bounds: tuple[int, ...], now: int) -> bool:
    return any(begin <= now < end for begin, end in zip(bounds[::2], bounds[1::2], strict=False))


def _why(frame: Frame, day: Day, names: dict[date, str]) -> str:
    special = frame.texts.gettext(WITHOUT_NAME[day.special]) if day.special else ""
    return ", ".join(each for each in (day.holiday, names.get(day.date, special)) if each)


def _ahead(frame: Frame, days: list[Day], told: list[str]) -> Iterable[Ahead]:
    """Yield what differs, days that follow each other alike as one."""
    run: list[Day] = []
    whys = dict(zip((day.date for day in days), told, strict=True))
    marked = [day for day in days if day.holiday or day.special]
    for day, after in pairwise([*marked, None]):
        if day is None:
            continue
        run.append(day)
        same = (
            after is not None
            and after.date == day.date + timedelta(1)
            and whys[after.date] == whys[day.date]
            and after.spans == day.spans
        )
        if same:
            continue
        first, last = frame.day(run[0].date.isoformat()), frame.day(run[-1].date.isoformat())
        when = first if len(run) == 1 else f"{first} \N{EN DASH} {last}"
        yield Ahead(when, whys[day.date], spans_text(day.spans, frame.texts))
        run = []
