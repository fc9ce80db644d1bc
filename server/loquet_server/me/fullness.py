"""How full it is now, and usually: what a member may know of the others, in numbers and words.

Where so few people are inside that a number would point at one of them, there is none.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.headcount.reading import Counted, counted
from loquet_server.people.frame import Frame
from loquet_server.usual.bands import band
from loquet_server.usual.reading import usual
from loquet_server.web.i18n import N_

FEW: Final = 5
"""People below which no number is shown."""
BANDS: Final = {
    "calm": N_("calm"),
    "moderate": N_("moderately full"),
    "busy": N_("busy"),
    "full": N_("full"),
}


@dataclass(frozen=True, slots=True)
class AreaNow:
    """One area. ``people`` and ``desks`` in words, nothing where there is nothing to say."""

    name: str
    band: str
    desks: str
    people: str


@dataclass(frozen=True, slots=True)
class Fullness:
    """The space now: ``free`` of ``desks``. ``band``, ``usual``: words for translation, or none."""

    free: int
    desks: int
    band: str
    usual: str
    areas: tuple[AreaNow, ...]
    unknown: int


async def fullness(frame: Frame, session: AsyncSession) -> Fullness:
    """Return how full a space is."""
    now = frame.now_ms
    rows = await session.run_sync(lambda plain: counted(plain, now, frame.site.id))
    expected = await usual(session, frame.site.id, now)
    part = None if expected is None else expected.part
    free = sum(each.headcount.desks.free for each in rows)
    taken = sum(_taken(each) for each in rows)
    return Fullness(
        free,
        free + taken,
        _band(taken, free),
        "" if part is None else BANDS[band(part)],
        tuple(_area(frame, each) for each in rows),
        sum(each.headcount.desks.unknown for each in rows),
    )


def _taken(row: Counted) -> int:
    return row.headcount.desks.occupied + row.headcount.desks.away


def _band(taken: int, free: int) -> str:
    return BANDS[band(taken / (taken + free))] if taken + free else ""


def _area(frame: Frame, row: Counted) -> AreaNow:
    count, taken = row.headcount, _taken(row)
    full = frame.texts.gettext(BANDS["full"]) if count.level == "full" else ""
    word = _band(taken, count.desks.free)
    return AreaNow(
        row.area.name,
        full or (frame.texts.gettext(word) if word else ""),
        _desks(frame, count.desks.free, count.desks.free + taken),
        _people(frame, row),
    )


def _desks(frame: Frame, free: int, known: int) -> str:
    if not known:
        return ""
    text = frame.texts.ngettext(
        "%(num)s desk free of %(known)s", "%(num)s desks free of %(known)s", free
    )
    return text % {"num": free, "known": known}


def _people(frame: Frame, row: Counted) -> str:
    """Return people inside as far as exits are seen; else who came today, never who is here."""
    texts, count = frame.texts, row.headcount
    if count.present is None:
        if count.exit_sensing or not count.seen_today:
            return ""
        if count.seen_today < FEW:
            return texts.gettext("a few people came in today")
        return texts.gettext("%(num)s people came in today") % {"num": count.seen_today}
    if count.present < FEW:
        return texts.gettext("fewer than %(num)s people inside") % {"num": FEW}
    low, high = max(count.low or 0, 0), count.high or count.present
    said = {"num": count.present, "low": low, "high": high}
    if low == high:
        return texts.gettext("%(num)s people inside") % said
    return texts.gettext("about %(num)s people inside (%(low)s to %(high)s)") % said
