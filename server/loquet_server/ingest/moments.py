"""When something happened at a unit that did not know the time.

An entry says how long the unit had been running (``monotonic``), and in which boot. So the time
of a whole boot hangs on one number, ``utc = offset + monotonic``:

* a sure moment of the same boot, before or after, gives it;
* else it is bounded: below by the last moment that is known before the boot, above by when its
  entries came here, and by the first sure moment of a later boot.

Each entry gets the best estimate within the bounds, so that one boot's entries stand in their
order; once the number is known, what was estimated is put right, passages and their days too.
"""

from collections.abc import Iterable
from typing import NamedTuple

from loquet_server.ingest.moments_repository import MomentsRepository, UncertainPassage
from loquet_server.ingest.reading import EntryRow
from loquet_server.ingest.world import Fact, World
from loquet_server.models import BootClock, Entry, Journal

Range = tuple[int | None, int]
"""The earliest (None: nobody knows) and the latest UTC milliseconds."""


class Moments:
    """What one transaction learns of the time of uncertain boots."""

    def __init__(self, repository: MomentsRepository, now_ms: int) -> None:
        self._repository, self._now_ms = repository, now_ms
        self._clocks: dict[tuple[str, str], BootClock] = {}
        self._last: dict[str, EntryRow] = {}
        self._learned: dict[tuple[str, str], BootClock] = {}
        """Clocks whose entries of earlier transactions are to be placed anew."""
        self.ranges: dict[tuple[str, int], Range] = {}
        """Of entries that are still uncertain, by journal and sequence."""

    def learn(self, journal: Journal, rows: Iterable[EntryRow]) -> None:
        """Take in what new entries of one journal, in order, say of its clocks."""
        for row in rows:
            if row.trusted:
                self._sure(journal, row)
            else:
                self._unsure(journal, row)
            self._last[journal.id] = row

    def place(self, row: EntryRow) -> EntryRow:
        """Return an entry with the time that it most likely has; ``said`` is the unit's own."""
        clock = self._clocks.get((row.journal, row.boot))
        if row.trusted or clock is None:
            return row
        if not clock.exact:
            self.ranges[row.journal, row.sequence] = clock.range_of(row.monotonic)
        return row._replace(utc=max(0, clock.guess + row.monotonic), said=row.utc)

    @property
    def learned(self) -> list[BootClock]:
        """Clocks that are known better than when their first entries were written."""
        return list(self._learned.values())

    def _sure(self, journal: Journal, row: EntryRow) -> None:
        if journal.uncertain_boot is None:
            return
        clock = self._clock(journal, journal.uncertain_boot)
        journal.uncertain_boot = None
        if clock is None:
            return
        if clock.boot == row.boot:
            clock.low = clock.high = clock.guess = row.utc - row.monotonic
            ended = clock.low + clock.first_monotonic
            before = self._repository.clock_before(journal.id, clock.first_sequence)
        else:
            ended, before = row.utc, clock
        self._learned[clock.journal, clock.boot] = clock
        if before is not None and not before.exact:
            _bound(before, ended - before.last_monotonic)
            self._clocks[before.journal, before.boot] = before
            self._learned[before.journal, before.boot] = before

    def _unsure(self, journal: Journal, row: EntryRow) -> None:
        clock = self._clock(journal, row.boot)
        if clock is None:
            clock = self._first(journal, row)
        clock.last_sequence, clock.last_monotonic = row.sequence, row.monotonic
        if not clock.exact:
            _bound(clock, self._now_ms - row.monotonic)
            journal.uncertain_boot = row.boot

    def _first(self, journal: Journal, row: EntryRow) -> BootClock:
        """Return the clock of a boot of which this is the first uncertain entry."""
        before = self._last.get(journal.id) or self._repository.before(row.journal, row.sequence)
        guess = row.utc - row.monotonic
        found = BootClock(
            journal=journal.id, boot=row.boot,
            first_sequence=row.sequence, first_monotonic=row.monotonic,
            low=None, high=self._now_ms - row.monotonic, guess=guess,
        )  # fmt: skip
        if before is not None and before.trusted and before.boot == row.boot:
            found.low = found.high = found.guess = before.utc - before.monotonic
        elif before is not None and (known := self._known(journal, before)) is not None:
            found.low = known - row.monotonic
        _bound(found, found.high)
        self._clocks[journal.id, row.boot] = found
        self._repository.add(found)
        return found

    def _known(self, journal: Journal, entry: EntryRow | Entry) -> int | None:
        """Return UTC milliseconds that were certainly past when an entry was written."""
        if entry.trusted:
            return entry.utc
        clock = self._clock(journal, entry.boot)
        return None if clock is None else clock.range_of(entry.monotonic)[0]

    def _clock(self, journal: Journal, boot: str) -> BootClock | None:
        found = self._clocks.get((journal.id, boot)) or self._repository.clock(journal.id, boot)
        if found is not None:
            self._clocks[journal.id, boot] = found
        return found


class Bounds(NamedTuple):
    """The upper bound of an offset, and the best guess of it."""

    high: int
    guess: int


def bounded(low: int | None, high: int, guess: int, bound: int) -> Bounds:
    """Take in one more upper bound; one below the lower bound counts as that."""
    high = min(high, bound)
    if low is not None:
        high, guess = max(high, low), max(guess, low)
    return Bounds(high, min(guess, high))


def _bound(clock: BootClock, high: int) -> None:
    clock.high, clock.guess = bounded(clock.low, clock.high, clock.guess, high)


def put_right(repository: MomentsRepository, world: World, moments: Moments) -> None:
    """Place what earlier transactions have written anew, and move what was counted by day."""
    for clock in moments.learned:
        repository.place(clock)
        for row in repository.passages(clock):
            _move(repository, world, clock, row)


def _move(
    repository: MomentsRepository, world: World, clock: BootClock, row: UncertainPassage
) -> None:
    bounds = (None, None) if clock.exact else clock.range_of(row.monotonic)
    at = max(0, clock.guess + row.monotonic)
    fact = Fact(clock.journal, row.sequence, row.site, row.unit, at, False, *bounds)
    day = world.day(fact)
    repository.move(row.id, at, row.said, bounds, day)
    if day == row.day or row.outcome != "taken":
        return
    for when, difference in ((row.day, -1), (day, 1)):
        world.cross(row.area_to, when, entries=difference)
        world.cross(row.area_from, when, exits=difference)
        if row.area_to is not None and when:
            world.recount.add((row.area_to, when))
