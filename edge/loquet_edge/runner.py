"""The deciding loop of a unit.

Threads only put on a queue (readers, contacts, the guard's notices, the link); this one loop
takes off, decides, and acts: the lock first, the journal next, all that can wait after. It sleeps
until something comes or the next deadline of a machine. Nothing here waits for a disk or network.
"""

from __future__ import annotations

import queue
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from loquet_contract.ids import AccessPointId, DoorId, ReaderId
from loquet_contract.wire import events as facts
from loquet_contract.wire.events import Event
from loquet_edge.clock import UnitClock
from loquet_edge.desks import DeskHall
from loquet_edge.door import events
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.ports import CardSeen, ReaderLost, ReaderReturned
from loquet_edge.enrolment_mode import EnrolmentMode
from loquet_edge.guard_ear import GuardEar
from loquet_edge.inbox import (
    GuardSaid,
    Item,
    JournalGrew,
    LeafMoved,
    LinkJoined,
    LinkSaid,
    Probe,
    SensorChanged,
    Stop,
)
from loquet_edge.moving import MovingFacts
from loquet_edge.passages import Passages
from loquet_edge.ports import Keeper, PolicyInForce, Sealer
from loquet_edge.server_words import ServerWords
from loquet_edge.taps import Taps
from loquet_edge.wishes import Wishes

CHORE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ReaderPlace:
    """Where a reader stands. ``exit``: its configuration says that it is at the way out."""

    door: DoorId
    access_point: AccessPointId
    exit: bool = False


@dataclass(slots=True)
class Parts:
    """What the loop works with; ``app`` names the concrete ones, a test its own."""

    clock: UnitClock
    journal: Keeper
    policy: PolicyInForce
    wishes: Wishes
    moving: MovingFacts
    doorways: Mapping[DoorId, Doorway]
    desks: DeskHall
    guard: GuardEar
    server: ServerWords
    readers: Mapping[ReaderId, ReaderPlace]
    peppers: tuple[bytes, ...]
    seal: Sealer
    chores: Callable[[], Iterable[Event]] = tuple
    """Called once a second: what else is to be recorded."""
    alive: Callable[[], None] = lambda: None
    """Told when a probe came through."""
    reader_states: dict[ReaderId, str] = field(default_factory=dict)
    enrolling: EnrolmentMode = field(default_factory=EnrolmentMode)


class Runner:
    """One unit at work; ``run`` returns when it was told to stop."""

    def __init__(self, parts: Parts, inbox: queue.SimpleQueue[Item]) -> None:
        self.parts, self.inbox = parts, inbox
        self._chore_at = 0.0
        points = {each.access_point for each in parts.readers.values()}
        self._passages = Passages(parts.policy, parts.moving, points)
        self._taps = Taps(parts, self._passages, self._record)
        self._stopping: str | None = None
        self._acts: dict[type, Callable[[object], None]] = {
            CardSeen: self._taps.card_seen,  # type: ignore[dict-item]
            LeafMoved: self._leaf_moved,  # type: ignore[dict-item]
            SensorChanged: self._sensor_changed,  # type: ignore[dict-item]
            GuardSaid: self._guard_said,  # type: ignore[dict-item]
            ReaderLost: self._reader_lost,  # type: ignore[dict-item]
            ReaderReturned: self._reader_returned,  # type: ignore[dict-item]
            LinkSaid: self._link_said,  # type: ignore[dict-item]
            LinkJoined: self._link_joined,
            JournalGrew: self._journal_grew,  # type: ignore[dict-item]
            Probe: self._probe,
            Stop: self._stop,  # type: ignore[dict-item]
        }

    def run(self) -> str:
        """Decide until a Stop comes; return its cause."""
        while self._stopping is None:
            self.turn(self._wait())
        return self._stopping

    def turn(self, wait: float) -> None:
        """Wait for one item for ``wait`` seconds at most, act on it, and do what is due."""
        try:
            item = self.inbox.get(timeout=wait)
        except queue.Empty:
            pass
        else:
            self._acts[type(item)](item)
        self._pass_time()

    def _wait(self) -> float:
        now = self.parts.clock.now().monotonic
        due = [doorway.deadline for doorway in self.parts.doorways.values()]
        due += [self.parts.desks.deadline, self._chore_at, self.parts.server.status_due]
        return max(0.0, min(at for at in due if at is not None) - now)

    def _pass_time(self) -> None:
        now = self.parts.clock.now().monotonic
        for doorway in self.parts.doorways.values():
            due = doorway.deadline
            if due is not None and due <= now:
                self._record(doorway.pass_time(now))
        due = self.parts.desks.deadline
        if due is not None and due <= now:
            self._record(self.parts.desks.pass_time(now))
        if now >= self._chore_at:
            self._chore_at = now + CHORE_SECONDS
            self._chores(now)
        due = self.parts.server.status_due
        if due is not None and due <= now:
            self.parts.server.say_status(self.parts, now)

    def _record(self, found: Iterable[Event]) -> None:
        for fact in found:
            self.parts.journal.append(fact)
            now = self.parts.clock.now()
            self._passages.heard(fact, now)
            self.parts.server.changed(now.monotonic)

    # ---- the rest of the world ------------------------------------------------------------

    def _leaf_moved(self, item: LeafMoved) -> None:
        if not self.parts.guard.started:
            return  # the machine's Start reads the level; before it, an opening looks forced
        event = events.LeafOpened() if item.open else events.LeafClosed()
        now = self.parts.clock.now().monotonic
        self._record(self.parts.doorways[item.door].feed(event, now))

    def _sensor_changed(self, item: SensorChanged) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.desks.sense(item.desk, item.kind, item.active, now))

    def _guard_said(self, item: GuardSaid) -> None:
        self._record(self.parts.guard.hear(item.tell, self.parts.clock.now().monotonic))

    def _reader_lost(self, item: ReaderLost) -> None:
        reader = ReaderId(item.reader)
        if self.parts.reader_states.get(reader) != "lost":
            self.parts.reader_states[reader] = "lost"
            self._record((facts.ReaderLost(reader, item.detail),))

    def _reader_returned(self, item: ReaderReturned) -> None:
        reader = ReaderId(item.reader)
        if self.parts.reader_states.get(reader) == "lost":
            self._record((facts.ReaderReturned(reader),))
        self.parts.reader_states[reader] = "well"

    def _link_said(self, item: LinkSaid) -> None:
        self._record(self.parts.server.hear(item.message, self.parts))

    def _link_joined(self, _item: object) -> None:
        self.parts.server.joined(self.parts)

    def _journal_grew(self, item: JournalGrew) -> None:
        self.parts.server.journal_grew(item.journal, item.last)

    def _probe(self, _item: object) -> None:
        self._taps.probe()
        self.parts.alive()

    def _stop(self, item: Stop) -> None:
        self._stopping = item.cause

    def _chores(self, now: float) -> None:
        changed = self.parts.clock.check()
        if changed is not None:
            self._record((changed,))
        self._record(self.parts.guard.chores(now))
        self._record(self.parts.server.chores(self.parts, now))
        for doorway in self.parts.doorways.values():
            self._record(doorway.renew(now))
        self._record(self.parts.chores())
