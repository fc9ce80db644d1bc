"""Decides, again and again, whom else to tell of what is open: writes notices, sends none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from loquet_server.days import zone
from loquet_server.incidence.kinds import GRAVITY, Severity, kind_of
from loquet_server.models import Duty, Incident, Notice, NoticeRule
from loquet_server.notices import plan
from loquet_server.notices.plan import MINUTE_MS, Gap, Ladder, Shift, Told, Wish
from loquet_server.notices.repository import NoticeRepository

ESCALATE: Final = 15
"""Minutes, where a space has not chosen; 0: nobody else is told."""
DIGEST_AT: Final = 8 * 60
REACHED: Final = ("waiting", "sent")
NOBODY: Final = Ladder([], 0)


def shift_of(row: Duty) -> Shift:
    """Return a line of the roster."""
    weekdays = frozenset(int(each) for each in row.weekdays)
    return Shift(row.operator, weekdays, row.since, row.until, row.rank)


def wish_of(row: NoticeRule | None) -> Wish:
    """Return what somebody wants to be told; who has not said anything wants the usual."""
    if row is None:
        return Wish()
    return Wish(Severity(row.least), row.quiet_from, row.quiet_until, row.urgent_passes)


@dataclass(slots=True)
class Person:
    """Somebody who can be reached. ``recent``: of how many they were just told one by one."""

    wish: Wish
    channels: list[str]
    recent: int = 0


@dataclass(slots=True)
class Desk:
    """Those who may be told in one space, at one moment."""

    zone: Any
    now: int
    escalate: int
    digest_at: int
    people: dict[str, Person]
    ladder: Ladder = NOBODY

    @classmethod
    async def of(
        cls, repository: NoticeRepository, site: str, recent: dict[str, int], now: int
    ) -> "Desk":
        """Return the desk of a space."""
        row, terms = await repository.site(site), await repository.terms(site)
        ids = [each.id for each in await repository.operators(site)]
        rules, channels = await repository.rules(ids), await repository.channels(ids)
        people = {
            each: Person(wish_of(rules.get(each)), ways, recent.get(each, 0))
            for each in ids
            if (ways := [way.id for way in channels.get(each, []) if way.enabled])
        }
        desk = cls(
            zone("UTC" if row is None else row.timezone), now,
            ESCALATE if terms is None else terms.escalate,
            DIGEST_AT if terms is None else terms.digest_at, people,
        )  # fmt: skip
        shifts = [shift_of(each) for each in await repository.duties(site)]
        weekday, minute = plan.local(now, desk.zone).weekday(), plan.minute_of(now, desk.zone)
        reachable = [each for each in shifts if each.operator in people]
        desk.ladder = plan.ladder(reachable, weekday, minute, list(people))
        return desk

    def tell(self, row: Incident, told: list[Notice]) -> list[dict[str, Any]]:
        """Return the notices that are to be written now."""
        severity = kind_of(row.kind).severity
        late = self.now - row.last_at > plan.LATE_MS
        known = {each.channel for each in told}
        found: list[dict[str, Any]] = []
        for rung, names in enumerate(self.ladder.rungs):
            if not plan.is_rung_due(severity, rung, self.ladder.on_call):
                break
            below = [(each.at, each.state) for each in told if each.level <= rung]
            below += [(each["at"], each["state"]) for each in found]
            if rung and not self._has_waited(severity, below):
                break
            for name in names:
                found += self._notices(row, severity, name, rung + 1, known, late)
        return found

    def _has_waited(self, severity: Severity, below: list[tuple[int, str]]) -> bool:
        """True if those on lower rungs had their time, or cannot be told in time."""
        if not below:
            return True
        if severity is Severity.URGENT and all(state not in REACHED for _, state in below):
            return True
        if self.escalate <= 0:
            return False
        return self.now - max(at for at, _ in below) >= self.escalate * MINUTE_MS

    def _notices(
        self, row: Incident, severity: Severity, name: str, level: int, known: set[str], late: bool
    ) -> list[dict[str, Any]]:
        person = self.people[name]
        ways = [each for each in person.channels if each not in known]
        if not ways or len(ways) < len(person.channels):
            return []  # told already, in this round
        when = plan.when(
            severity, person.wish, self.now, self.zone, self.digest_at, recent=person.recent,
            late=late,
        )  # fmt: skip
        if when is None:
            return []
        person.recent += not when.held
        return [_row(row, way, name, level, self.now, when) for way in ways]


@dataclass(frozen=True, slots=True)
class Roster:
    """A space's roster at one moment. ``on_call``: first to last; ``gaps``: when nobody is."""

    desk: Desk
    duties: Sequence[Duty]
    on_call: list[Shift]
    gaps: list[Gap]

    @classmethod
    async def of(cls, repository: NoticeRepository, site: str, now: int) -> "Roster":
        """Return the roster of a space."""
        desk = await Desk.of(repository, site, {}, now)
        duties = await repository.duties(site)
        shifts = [shift_of(each) for each in duties]
        weekday = plan.local(now, desk.zone).weekday()
        found = plan.on_call(shifts, weekday, plan.minute_of(now, desk.zone))
        return cls(desk, duties, found, plan.gaps(shifts) if shifts else [])


def _row(row: Incident, way: str, name: str, level: int, now: int, when: Told) -> dict[str, Any]:
    return {
        "incident": row.id, "round": row.round, "channel": way, "operator": name, "level": level,
        "state": "held" if when.held else "waiting", "at": now, "next_at": when.at,
        "attempts": 0, "said": "", "together": 1,
    }  # fmt: skip


async def write_notices(repository: NoticeRepository, now: int) -> int:
    """Write the notices that are due now; return how many."""
    rows = await repository.to_tell(now)
    if not rows:
        return 0
    told = await repository.told(row.id for row in rows)
    recent = await repository.recent(now - plan.STORM_MS)
    found: list[dict[str, Any]] = []
    for site in sorted({row.site or "" for row in rows}):
        desk = await Desk.of(repository, site, recent, now)
        for row in _of(rows, site):
            found += desk.tell(row, told.get((row.id, row.round), []))
    if found:
        await repository.write(found)
    return len(found)


def _of(rows: Iterable[Incident], site: str) -> list[Incident]:
    """The gravest first: it is told before what comes in a storm is held."""
    mine = [row for row in rows if row.site == site]
    return sorted(mine, key=lambda row: (-GRAVITY[kind_of(row.kind).severity], row.id))
