"""A board in words of one language, as the screen's template wants it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from babel.dates import format_date, format_time

from loquet_server.days import instant
from loquet_server.kiosk.board import FEW, Board, Room
from loquet_server.models import CalendarEntry
from loquet_server.usual.bands import BANDS, band
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.telling import Clock

KINDS = {"closure": N_("closed"), "opening": N_("open exceptionally")}
"""What an entry of the calendar means; an event says by its name what it is."""


@dataclass(frozen=True, slots=True)
class Line:
    """A thing and what is to be said of it."""

    name: str
    text: str
    strong: bool = False


def words(board: Board, language: str) -> dict[str, Any]:
    """Return what the template shows of a board."""
    texts = translations(language)
    clock = Clock(language, board.site.timezone)
    return {
        "board": board,
        "clock_text": format_time(board.local, "HH:mm", locale=texts.locale),
        "date_text": format_date(board.local.date(), "EEEE d MMMM", locale=texts.locale),
        "band": texts.gettext(BANDS[board.desks.band]) if board.desks.band else "",
        "usual": _usual(board, texts),
        "hours": _hours(board, texts, clock),
        "events": [_event(board, row, texts, clock) for row in board.events],
        "rooms": [_room(board, room, texts, clock) for room in board.rooms],
        "people": _people(board, texts),
    }


def _usual(board: Board, texts: Translations) -> str:
    part = None if board.usual is None else board.usual.part
    if part is None or not board.is_open:
        return ""
    return texts.gettext("Usually at this hour: %(band)s") % {"band": texts.gettext(
        BANDS[band(part)])}  # fmt: skip


def _hours(board: Board, texts: Translations, clock: Clock) -> Line:
    """Say whether it is open, and until when; nothing where nobody has written hours."""
    now = board.now // 1000
    if not board.opened.written:
        return Line("", "")
    turns = board.opened.turns(now)
    is_open = board.is_open
    name = texts.gettext("Open now") if is_open else texts.gettext("Closed now")
    if turns is None:
        return Line(name, "", is_open)
    when = {"when": clock.near(turns, now)}
    text = texts.gettext("until %(when)s") if is_open else texts.gettext("opens %(when)s")
    if is_open and clock.local(turns).date() == board.local.date():
        return Line(name, texts.gettext("until %(when)s") % {"when": clock.hour(turns)}, True)
    return Line(name, text % when, is_open)


def _event(board: Board, row: CalendarEntry, texts: Translations, clock: Clock) -> Line:
    starts = datetime.fromisoformat(row.starts)
    day = _day(starts.date(), board.local.date(), texts)
    hour = "" if (starts.hour, starts.minute) == (0, 0) else format_time(
        starts, "HH:mm", locale=texts.locale)  # fmt: skip
    kind = texts.gettext(KINDS[row.kind]) if row.kind in KINDS else ""
    return Line(row.name or kind, " · ".join(each for each in (day, hour, kind) if each))


def _day(day: date, today: date, texts: Translations) -> str:
    ahead = (day - today).days
    if ahead <= 0:
        return texts.gettext("today")
    if ahead == 1:
        return texts.gettext("tomorrow")
    return str(format_date(day, "EEE d MMM", locale=texts.locale))


def _room(board: Board, room: Room, texts: Translations, clock: Clock) -> Line:
    by = f" · {room.by}" if room.by else ""
    if room.until is not None:
        until = {"hour": clock.hour(room.until / 1000)}
        return Line(room.name, texts.gettext("taken until %(hour)s") % until + by, True)
    if room.next is not None:
        from_ = {"hour": clock.hour(room.next / 1000)}
        return Line(room.name, texts.gettext("free, booked from %(hour)s") % from_ + by)
    return Line(room.name, texts.gettext("free for the rest of the day"))


def _people(board: Board, texts: Translations) -> str:
    """Return how many people are inside, only where every area shown has its exits sensed."""
    if not board.people or any(count.present is None for count in board.people):
        return ""
    present = sum(count.present or 0 for count in board.people)
    if present < FEW:
        return texts.gettext("fewer than %(num)s people inside") % {"num": FEW}
    return texts.gettext("about %(num)s people inside") % {"num": present}


def seen(ms: int | None, now: int, texts: Translations) -> str:
    """Return how long ago a screen asked last, in words."""
    if ms is None:
        return texts.gettext("not yet")
    minutes = max(now - ms, 0) // 60_000
    if minutes < 3:
        return texts.gettext("now")
    if minutes < 120:
        return texts.ngettext(
            "%(num)s minute ago", "%(num)s minutes ago", minutes
        ) % {"num": minutes}  # fmt: skip
    return str(format_date(instant(ms).date(), "d MMM y", locale=texts.locale))
