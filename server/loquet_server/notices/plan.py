"""Whom to tell, and when. Pure: what is known goes in, what to do comes out.

People on call stand on a ladder. Who is on the first rung is told at once. If nobody has taken
the incident on after so many minutes, the next rung is told too, and above the last rung, for
what is urgent, stands everybody else. When nobody is on call, everybody stands on the first:
nothing urgent is lost to a gap in the roster.

What somebody may not be told now is held, and told together with whatever else was held: what
is for information until the hour of the day's summary; in quiet hours until they end; and when
many things happen at once, or what happened comes to light late, for ten minutes.

Times are UTC milliseconds; hours are minutes of the space's day; Monday is 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Final, NamedTuple

from loquet_server.incidence.kinds import GRAVITY, Severity

DAY: Final = 24 * 60
MINUTE_MS: Final = 60_000
STORM: Final = 5
"""So many are told one by one within ``STORM_MS``; what comes on top is held."""
STORM_MS: Final = 10 * MINUTE_MS
LATE_MS: Final = 60 * MINUTE_MS
"""What was seen longer ago than this is not told in a hurry."""


@dataclass(frozen=True, slots=True)
class Shift:
    """Somebody is on call on these weekdays; ``until`` not after ``since``: into the next day."""

    operator: str
    weekdays: frozenset[int]
    since: int
    until: int
    rank: int = 1

    def covers(self, weekday: int, minute: int) -> bool:
        """True at this minute of this weekday."""
        if self.until > self.since:
            return weekday in self.weekdays and self.since <= minute < self.until
        begun = weekday in self.weekdays and minute >= self.since
        return begun or ((weekday - 1) % 7 in self.weekdays and minute < self.until)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to be told. Quiet hours None: none."""

    least: Severity = Severity.WARNING
    quiet_from: int | None = None
    quiet_until: int | None = None
    urgent_passes: bool = True

    def is_quiet(self, minute: int) -> bool:
        """True in quiet hours, which may go past midnight."""
        since, until = self.quiet_from, self.quiet_until
        if since is None or until is None or since == until:
            return False
        return since <= minute < until if since < until else minute >= since or minute < until


class Gap(NamedTuple):
    """Nobody is on call from ``since`` to ``until`` on this weekday."""

    weekday: int
    since: int
    until: int


class Told(NamedTuple):
    """When to tell; ``held``: together with other things."""

    at: int
    held: bool


class Ladder(NamedTuple):
    """Who is told, rung by rung. ``on_call``: so many rungs are the roster's."""

    rungs: list[list[str]]
    on_call: int


def ladder(shifts: Iterable[Shift], weekday: int, minute: int, everybody: Sequence[str]) -> Ladder:
    """Return who is told; ``everybody``: all who can be reached at all."""
    rungs: dict[int, list[str]] = {}
    for shift in on_call(shifts, weekday, minute):
        rungs.setdefault(shift.rank, []).append(shift.operator)
    found = [rungs[rank] for rank in sorted(rungs)]
    on = {each for rung in found for each in rung}
    rest = [each for each in everybody if each not in on]
    return Ladder([*found, rest] if rest else found, len(found))


def on_call(shifts: Iterable[Shift], weekday: int, minute: int) -> list[Shift]:
    """Return who is on call, who is told first before the others; nobody twice."""
    found: dict[str, Shift] = {}
    for shift in sorted(shifts, key=lambda each: (each.rank, each.operator)):
        if shift.covers(weekday, minute):
            found.setdefault(shift.operator, shift)
    return list(found.values())


def is_rung_due(severity: Severity, rung: int, on_call: int) -> bool:
    """True if this rung (0 is the first) is ever told of such a thing."""
    if rung == 0 or severity is Severity.URGENT:
        return True
    return severity is Severity.WARNING and rung < on_call


def when(
    severity: Severity, wish: Wish, now: int, zone: tzinfo, digest_at: int, *,
    recent: int, late: bool,
) -> Told | None:  # fmt: skip
    """Return when somebody is told; None: never.

    ``recent``: how many they were told one by one within ``STORM_MS``.
    """
    if GRAVITY[severity] < GRAVITY[wish.least]:
        return None
    urgent = severity is Severity.URGENT
    if severity is Severity.INFO:
        return Told(next_at(now, digest_at, zone), True)
    minute = minute_of(now, zone)
    if wish.is_quiet(minute) and not (urgent and wish.urgent_passes):
        assert wish.quiet_until is not None
        return Told(next_at(now, wish.quiet_until, zone), True)
    if recent >= STORM or (late and not urgent):
        return Told(now + STORM_MS, True)
    return Told(now, False)


def gaps(shifts: Iterable[Shift]) -> list[Gap]:
    """Return when in a week nobody is on call, each day apart."""
    known = list(shifts)
    marks = sorted({0, DAY} | {each.since for each in known} | {each.until for each in known})
    found: list[Gap] = []
    for weekday in range(7):
        for since, until in pairwise(marks):
            if any(each.covers(weekday, since) for each in known):
                continue
            if found and found[-1].weekday == weekday and found[-1].until == since:
                found[-1] = Gap(weekday, found[-1].since, until)
            else:
                found.append(Gap(weekday, since, until))
    return found


def local(now: int, zone: tzinfo) -> datetime:
    """Return an instant by the clock of a space."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(zone)


def minute_of(now: int, zone: tzinfo) -> int:
    """Return the minute of a space's day."""
    at = local(now, zone)
    return at.hour * 60 + at.minute


def next_at(now: int, minute: int, zone: tzinfo) -> int:
    """Return when the clock of a space shows this minute of the day next, later than now."""
    day = local(now, zone).replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
    for more in range(3):
        at = int((day.replace(fold=0) + timedelta(days=more)).timestamp() * 1000)
        if at > now:
            return at
    raise AssertionError("every day has this minute, or one an hour later")
