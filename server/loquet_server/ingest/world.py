"""What facts change: the rows of the units that speak, held in memory for one transaction.

Projections read and change it; ``flush`` writes what changed, in bulk. It is pure: no
database, no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from loquet_contract.wire.events_proof import DoorProofMoved, DoorProven, UnitExamined
from loquet_contract.wire.events_updates import UpdateFact
from loquet_server.accounts.ledger import Taking
from loquet_server.days import DAY_MS, HOUR_MS, LAST_MS, day_of
from loquet_server.ingest.troubles import Trouble

LONGEST_MS = DAY_MS
"""Nobody sits longer than a day: then a clock has leapt, or a sensor says nothing true."""
LONGEST_KNOWN_MS = 35 * DAY_MS
"""Of what was known for longer, the end counts: a row an hour is written of it."""
LONGEST_BOX = 600
"""A sealed number is far shorter (base64url)."""
AHEAD_MS = 366 * DAY_MS
"""A unit's clock may be wrong, but what it dates further ahead of ours is not projected."""


class Fact(NamedTuple):
    """Where and when something happened; times in milliseconds.

    ``utc`` is an estimate where ``latest`` is there: it was not after that, and not before
    ``earliest`` (None: nobody knows).
    """

    journal: str
    sequence: int
    site: str
    unit: str
    utc: int
    trusted: bool
    earliest: int | None = None
    latest: int | None = None


@dataclass(slots=True)
class Place:
    """A door as projections need it.

    Its first access point that is no exit leads from ``beyond`` to ``inside``.
    """

    site: str
    unit: str | None
    inside: str | None = None
    beyond: str | None = None
    has_contact: bool = True


@dataclass(slots=True)
class DoorRow:
    leaf: str = "unknown"
    lock: str = "unknown"
    mode: str = "unknown"
    alarm: str | None = None
    lockdown: str | None = None
    changed_at: int = 0
    revision: int = 0


@dataclass(slots=True)
class DeskRow:
    state: str = "unknown"
    evidence: str = "started"
    since: int = 0
    until: int | None = None
    """When a desk that is away is free again."""
    revision: int = 0


@dataclass(slots=True)
class Outcome:
    """What became of a grant."""

    unit: str
    outcome: str
    assumed: bool


class Presented(NamedTuple):
    """A badge that a reader in enrolment mode was shown; its number is sealed to the server."""

    site: str
    access_point: str
    sealed: str
    digest: str | None
    utc: int


class Encoded(NamedTuple):
    """What became of a card that a reader was to encode; ``utc`` in milliseconds."""

    site: str
    unit: str
    reader: str
    outcome: str
    digest: str | None
    version: int | None
    utc: int


@dataclass(slots=True)
class Raised:
    """An incident to be opened, or counted if it is open."""

    site: str | None
    unit: str | None
    kind: str
    subject: str
    detail: str
    at: int
    count: int = 1
    ended_at: int | None = None
    """Set when it ended within the same group."""


@dataclass(frozen=True, slots=True)
class Ended:
    """Incidents to be closed."""

    unit: str
    kinds: tuple[str, ...]
    subject: str | None
    """None: whatever they are about."""
    at: int


class Told(NamedTuple):
    """An incident that began or ended in this transaction."""

    site: str | None
    unit: str | None
    kind: str
    subject: str


@dataclass(slots=True)
class World:
    """One transaction's working set; keys are ids."""

    timezones: dict[str, str] = field(default_factory=dict)
    now: int = 0
    latest: int = LAST_MS
    """What is dated later than this is not projected."""
    doors: dict[str, Place] = field(default_factory=dict)
    access_points: dict[str, tuple[str, str]] = field(default_factory=dict)
    """``(area_from, area_to)``."""
    desks: dict[str, tuple[str, str | None, str]] = field(default_factory=dict)
    """``(site, unit, area)``."""
    door_rows: dict[str, DoorRow] = field(default_factory=dict)
    desk_rows: dict[str, DeskRow] = field(default_factory=dict)
    alarms: dict[str, set[str]] = field(default_factory=dict)
    """All alarms that last at a door, of which its row shows the gravest."""
    occupied: dict[str, int] = field(default_factory=dict)
    """Occupied desks per area."""
    sensed: set[str] = field(default_factory=set)
    """Areas whose exits are sensed: their people are counted."""
    people: list[dict[str, Any]] = field(default_factory=list)
    """Crossings that no badge tells."""
    peopled: set[str] = field(default_factory=set)
    """Areas in which these change the count."""
    counters: dict[tuple[str, str], int] = field(default_factory=dict)
    """``(door, counter)`` of beams that were heard of, and since when."""
    personal: set[str] = field(default_factory=set)
    """Desks that are somebody's own: of them nothing is kept by itself."""

    changed_doors: set[str] = field(default_factory=set)
    changed_desks: set[str] = field(default_factory=set)
    passages: list[dict[str, Any]] = field(default_factory=list)
    grants: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    takings: list[Taking] = field(default_factory=list)
    """Passes that were taken."""
    moved: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Moving facts that changed, by site."""
    badged: list[tuple[str, str, int]] = field(default_factory=list)
    """Badges at desks: desk, holder, and when."""
    presented: dict[str, Presented] = field(default_factory=dict)
    """By the command that asked for it."""
    encoded: dict[str, Encoded] = field(default_factory=dict)
    """By the command that asked for it; the last word counts."""
    updates: list[tuple[Fact, UpdateFact]] = field(default_factory=list)
    """What became of releases on units, in order."""
    proofs: list[tuple[Fact, DoorProofMoved | DoorProven]] = field(default_factory=list)
    """What was told of installers' proofs, in order."""
    wired: dict[str, tuple[Fact, str]] = field(default_factory=dict)
    """Doors whose wiring was told, with its digest."""
    exams: dict[str, tuple[Fact, UnitExamined]] = field(default_factory=dict)
    """What units found of themselves last."""
    crossings: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """``(area, day)`` to entries and exits to be added."""
    said: dict[tuple[str, int], int] = field(default_factory=dict)
    """What the unit's own clock said of entries that were placed, by journal and sequence."""
    recount: set[tuple[str, str]] = field(default_factory=set)
    """``(area, day)`` in which people are to be counted anew: passages moved to another day."""
    hours: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    """``(area, hour)`` to occupied seconds to be added, and the peak seen."""
    known: dict[tuple[str, int], int] = field(default_factory=dict)
    """``(area, hour)`` to seconds for which the state of a desk was known, to be added."""
    desk_days: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """``(desk, day)`` to occupied seconds and occupations to be added."""
    raised: dict[tuple[str | None, str, str], Raised] = field(default_factory=dict)
    ended: list[Ended] = field(default_factory=list)
    confirmed: dict[tuple[str, str], int] = field(default_factory=dict)
    """``(lockdown, door)``."""
    lifted: dict[tuple[str, str], tuple[int, str | None]] = field(default_factory=dict)
    relieved: set[str] = field(default_factory=set)
    """Units at whose doors a lockdown was lifted on the spot: what they are to hold changes."""
    opened: list[Told] = field(default_factory=list)
    over: list[Told] = field(default_factory=list)
    lifted_here: list[tuple[str, str]] = field(default_factory=list)
    """``(lockdown, door)`` of those that were lifted on the spot by what was just told."""
    desks_before: dict[str, str] = field(default_factory=dict)
    """How desks that facts have touched stood before."""
    changes: dict[tuple[str, str, str], int] = field(default_factory=dict)
    """``(site, noun, subject)`` to revision."""

    # ---- doors --------------------------------------------------------------------------

    def door(self, fact: Fact, door: str) -> DoorRow | None:
        """Return the state of a door of the fact's own unit, to be changed; else None."""
        place = self.doors.get(door)
        if place is None or place.unit != fact.unit:
            self.trouble(fact, Trouble.FOREIGN_FACT, f"a fact about door {door!r}")
            return None
        row = self.door_rows.get(door)
        if row is None:
            row = self.door_rows[door] = DoorRow()
        if door not in self.changed_doors:
            self.changed_doors.add(door)
            row.revision += 1
            self.changes[fact.site, "door", door] = row.revision
        if fact.utc > row.changed_at:
            row.changed_at = fact.utc
        return row

    # ---- incidents ----------------------------------------------------------------------

    def alarm(self, fact: Fact, kind: str, subject: str, detail: str = "") -> None:
        """Open an incident, or count it if it is open."""
        self.raise_incident(Raised(fact.site, fact.unit, kind, subject, detail, fact.utc))

    def trouble(self, fact: Fact, kind: Trouble, detail: str) -> None:
        """Open an incident about what a unit says: one of each kind, whatever it invents."""
        self.alarm(fact, kind, "", detail)

    def raise_incident(self, raised: Raised) -> None:
        """Open an incident, or count it if it is open."""
        raised.subject, raised.detail = plain(raised.subject, 64), plain(raised.detail, 500)
        key = (raised.unit, raised.kind, raised.subject)
        known = self.raised.get(key)
        if known is None:
            self.raised[key] = raised
        else:
            known.count += raised.count
            known.at, known.detail, known.ended_at = raised.at, raised.detail, None
        self.changes[raised.site or "", "incident", raised.kind] = raised.at

    def end(self, fact: Fact, subject: str | None, *kinds: str) -> None:
        """Close the incidents of these kinds, also those that this very group has opened.

        ``subject`` None: whatever they are about.
        """
        for unit, kind, about in self.raised if subject is None else ():
            if unit == fact.unit and kind in kinds:
                self.raised[unit, kind, about].ended_at = fact.utc
        for kind in kinds if subject is not None else ():
            known = self.raised.get((fact.unit, kind, subject or ""))
            if known is not None:
                known.ended_at = fact.utc
        self.ended.append(Ended(fact.unit, kinds, subject, fact.utc))
        self.changes[fact.site, "incident", kinds[0]] = fact.utc

    # ---- passages, areas, desks ---------------------------------------------------------

    def day(self, fact: Fact) -> str:
        """Return the site's day of a fact; empty where nobody can say which it was."""
        timezone = self.timezones.get(fact.site, "UTC")
        found = day_of(fact.utc, timezone)
        if fact.latest is None:
            return found
        sure = fact.earliest is not None and (
            day_of(fact.earliest, timezone) == found == day_of(fact.latest, timezone)
        )
        return found if sure else ""

    def cross(self, area: str | None, day: str, *, entries: int = 0, exits: int = 0) -> None:
        """Count people through the edge of an area.

        Areas that are nobody's are not counted, nor is what happened on no sure day.
        """
        if area is not None and day:
            found = self.crossings.setdefault((area, day), [0, 0])
            found[0] += entries
            found[1] += exits

    def take_pass(self, passage: Mapping[str, Any]) -> None:
        """Note the pass that a passage took by being used, if it took one."""
        account, holder, period = passage["account"], passage["holder"], passage["period"]
        if account is not None and holder is not None and period is not None:
            unit, at, billed = (passage[name] for name in ("unit", "at", "billed"))
            found = Taking(passage["site"], unit, account, holder, period, at, billed)
            self.takings.append(found)

    def desk(self, fact: Fact, desk: str) -> DeskRow | None:
        """Return the state of a desk of the fact's own unit, to be changed; else None."""
        place = self.desks.get(desk)
        if place is None or place[1] != fact.unit:
            self.trouble(fact, Trouble.FOREIGN_FACT, f"a fact about desk {desk!r}")
            return None
        row = self.desk_rows.get(desk)
        if row is None:
            row = self.desk_rows[desk] = DeskRow()
        if desk not in self.changed_desks:
            self.changed_desks.add(desk)
            self.desks_before[desk] = row.state
            row.revision += 1
            self.changes[fact.site, "desk", desk] = row.revision
        return row

    def occupied_for(self, area: str, start: int, end: int) -> None:
        """Add a finished occupation to the area's hours; it says nothing of who or which desk.

        One that is longer than people sit is left out whole: no part of it is known to be true.
        """
        if end - start > LONGEST_MS:
            return
        for hour, seconds in by_hours(start, end):
            found = self.hours.setdefault((area, hour), [0, 0])
            found[0] += seconds
            found[1] = max(found[1], 1)

    def known_for(self, area: str, start: int, end: int) -> None:
        """Add to the area's hours for how long a desk's state was known, whatever it was."""
        for hour, seconds in by_hours(max(start, end - LONGEST_KNOWN_MS), end):
            self.known[area, hour] = self.known.get((area, hour), 0) + seconds

    def used(self, fact: Fact, desk: str, start: int, *, ended: bool = True) -> None:
        """Add to a shared desk's days; of one's own desk nothing is kept.

        ``ended``: the occupation is over, and is counted as one.
        """
        if desk in self.personal or not 0 < fact.utc - start <= LONGEST_MS:
            return
        timezone = self.timezones.get(fact.site, "UTC")
        for number, (hour, seconds) in enumerate(by_hours(start, fact.utc)):
            found = self.desk_days.setdefault((desk, day_of(hour, timezone)), [0, 0])
            found[0] += seconds
            found[1] += ended and number == 0

    def seat(self, area: str, difference: int, at: int | None) -> None:
        """Count one more or one less occupied desk; ``at`` None: nobody knows when."""
        count = max(0, self.occupied.get(area, 0) + difference)
        self.occupied[area] = count
        if at is None:
            return
        found = self.hours.setdefault((area, at - at % HOUR_MS), [0, 0])
        found[1] = max(found[1], count)


def by_hours(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield each UTC hour's start between two instants, and the seconds of it within."""
    at = start
    while at < end:
        hour = at - at % HOUR_MS
        until = min(end, hour + HOUR_MS)
        yield hour, round((until - at) / 1000)
        at = until


def plain(text: str, most: int) -> str:
    """Return text as every database takes it: no NUL, and not longer than its column."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:most]
