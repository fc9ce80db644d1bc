"""Histories as rows for a spreadsheet: the header first, then one thing a line."""

from collections.abc import Iterator, Sequence

from loquet_server.days import HOUR_MS, instant
from loquet_server.occupancy.heat import Heat
from loquet_server.occupancy.repository import DeskUse
from loquet_server.occupancy.service import Scope, Stretch
from loquet_server.occupancy.views import Wording
from loquet_server.usual.hours import Filled
from loquet_server.web.i18n import N_

Rows = Iterator[Sequence[object]]
HEAT = (
    N_("Weekday"), N_("Hour"), N_("Open"), N_("Desks occupied on average"),
    N_("Part of the desks"), N_("Hours counted"),
)  # fmt: skip
HOURS = (
    N_("Area"), N_("Day"), N_("Hour"), N_("Open"), N_("Desks"), N_("Desks occupied on average"),
    N_("At most at once"), N_("Part of the time known"),
)  # fmt: skip
DESKS = (
    N_("Area"), N_("Desk"), N_("Days used"), N_("Hours occupied"), N_("Times occupied"),
)  # fmt: skip


def heat_rows(heat: Heat, wording: Wording) -> Rows:
    """Yield an hour of the week a line; what is unknown is empty."""
    yield [wording.texts.gettext(each) for each in HEAT]
    for row in heat.rows:
        for cell in row:
            yield (
                wording.weekday(cell.weekday), cell.hour, _yes(cell.open, wording),
                None if cell.mean is None else round(cell.mean, 2),
                None if cell.mean is None else round(cell.part, 3), cell.samples,
            )  # fmt: skip


def hour_rows(found: Stretch, scope: Scope, wording: Wording) -> Rows:
    """Yield an hour of an area a line, the oldest first; what is unknown is empty."""
    yield [wording.texts.gettext(each) for each in HOURS]
    for area in scope.areas:
        hours = sorted(at for name, at in found.hours if name == area.id)
        for at in hours:
            yield (area.name, *_hour(at, found.hours[area.id, at], found, wording))


def _hour(at: int, filled: Filled, found: Stretch, wording: Wording) -> Sequence[object]:
    local = instant(at).astimezone(wording.zone)
    is_open = found.opened.open_seconds(at // 1000, (at + HOUR_MS) // 1000) > 0
    told = filled.tells
    return (
        local.date().isoformat(), local.hour,
        _yes(is_open, wording) if found.opened.written else "", filled.desks,
        round(filled.mean, 2) if told else None, filled.peak if told else None,
        round(filled.coverage, 2),
    )  # fmt: skip


def desk_rows(desks: Sequence[DeskUse], wording: Wording) -> Rows:
    """Yield a shared desk a line, the most used first."""
    yield [wording.texts.gettext(each) for each in DESKS]
    for desk in desks:
        yield desk.area, desk.name, desk.days, round(desk.seconds / 3600, 1), desk.sessions


def _yes(value: bool, wording: Wording) -> str:
    return wording.texts.gettext("yes") if value else ""
