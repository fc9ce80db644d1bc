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
from loquet_edge.card_desk import CardDesk
from loquet_edge.card_key_store import CardKeyStore
from loquet_edge.card_orders import CardFacts
from loquet_edge.clock import UnitClock
from loquet_edge.counters import CounterHall
from loquet_edge.desk_taps import DeskReaders, DeskTaps
from loquet_edge.desks import DeskHall
from loquet_edge.door import events
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.ports import (
    CardEncoded,
    CardSeen,
    KeyPressed,
    ReaderKeySet,
    ReaderLost,
    ReaderPower,
    ReaderReturned,
    ReaderTamper,
)
from loquet_edge.enrolment_mode import EnrolmentMode
from loquet_edge.guard_ear import GuardEar
from loquet_edge.inbox import (
    BeamChanged,
    FactsFound,
    GuardSaid,
    Inspected,
    Item,
    JournalGrew,
    LeafMoved,
    LinkJoined,
    LinkSaid,
    Probe,
    SensorChanged,
    SensorGone,
    Stop,
    WireMoved,
)
from loquet_edge.installer import Installer
from loquet_edge.key_windows import KeyWindows
from loquet_edge.keypads import KeptAttempts
from loquet_edge.lockguard.leases import Tell, Told
from loquet_edge.mapped_sensors import MappedSensors
from loquet_edge.moving import MovingFacts
from loquet_edge.osdp_readers import said
from loquet_edge.other_wires import OtherWires
from loquet_edge.passages import Passages
from loquet_edge.pepper_store import PepperStore
from loquet_edge.ports import Keeper, PolicyInForce, Sealer
from loquet_edge.server_words import ServerWords
from loquet_edge.taps import Taps
from loquet_edge.wishes import Wishes

CHORE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ReaderPlace:
    """Where a reader stands. ``exit``: its configuration says that it is at the way out.

    ``keys``: it may have some; False where it is known to have none.
    """

    door: DoorId
    access_point: AccessPointId
    exit: bool = False
    keys: bool = True


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
    sensors: MappedSensors
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
    desk_readers: DeskReaders = field(default_factory=DeskReaders)
    counters: CounterHall = field(default_factory=CounterHall)
    wires: OtherWires = field(default_factory=OtherWires)
    installer: Installer = field(default_factory=Installer)
    key_windows: KeyWindows = field(default_factory=KeyWindows)
    attempts: KeptAttempts = field(default_factory=KeptAttempts)
    cards: CardDesk = field(default_factory=lambda: CardDesk(()))
    card_keys: CardKeyStore | None = None
    pepper_store: PepperStore | None = None


class Runner:
    """One unit at work; ``run`` returns when it was told to stop."""

    def __init__(self, parts: Parts, inbox: queue.SimpleQueue[Item]) -> None:
        self.parts, self.inbox = parts, inbox
        self._chore_at = 0.0
        points = {each.access_point for each in parts.readers.values()}
        self._passages = Passages(parts.policy, parts.moving, points)
        self._taps = Taps(parts, self._passages, self._record)
        self._desk_taps = DeskTaps(parts, self._record)
        self._card_facts = CardFacts(parts, self._record)
        self._stopping: str | None = None
        self._acts: dict[type, Callable[[object], None]] = {
            CardSeen: self._card_seen,  # type: ignore[dict-item]
            CardEncoded: self._card_encoded,  # type: ignore[dict-item]
            KeyPressed: self._key_pressed,  # type: ignore[dict-item]
            LeafMoved: self._leaf_moved,  # type: ignore[dict-item]
            WireMoved: self._wire_moved,  # type: ignore[dict-item]
            SensorChanged: self._sensor_changed,  # type: ignore[dict-item]
            SensorGone: self._sensor_gone,  # type: ignore[dict-item]
            BeamChanged: self._beam_changed,  # type: ignore[dict-item]
            GuardSaid: self._guard_said,  # type: ignore[dict-item]
            ReaderLost: self._reader_lost,  # type: ignore[dict-item]
            ReaderReturned: self._reader_returned,  # type: ignore[dict-item]
            ReaderTamper: self._reader_said,  # type: ignore[dict-item]
            ReaderPower: self._reader_said,  # type: ignore[dict-item]
            ReaderKeySet: self._reader_key_set,  # type: ignore[dict-item]
            LinkSaid: self._link_said,  # type: ignore[dict-item]
            LinkJoined: self._link_joined,  # type: ignore[dict-item]
            JournalGrew: self._journal_grew,  # type: ignore[dict-item]
            FactsFound: lambda item: self._record(item.facts),  # type: ignore[attr-defined]
            Inspected: self._inspected,  # type: ignore[dict-item]
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
        self._record(self.parts.installer.turn(self.parts))

    def _wait(self) -> float:
        now = self.parts.clock.now().monotonic
        due = [doorway.deadline for doorway in self.parts.doorways.values()]
        due += [self.parts.desks.deadline, self.parts.counters.deadline]
        due += [self.parts.desk_readers.deadline, self._chore_at, self.parts.server.status_due]
        due.append(self.parts.installer.deadline)
        due.append(self._taps.deadline)
        return max(0.0, min(at for at in due if at is not None) - now)

    def _pass_time(self) -> None:
        now = self.parts.clock.now().monotonic
        for doorway in self.parts.doorways.values():
            due = doorway.deadline
            if due is not None and due <= now:
                self._record(doorway.pass_time(now))
        for hall in (self.parts.desks, self.parts.counters):
            due = hall.deadline
            if due is not None and due <= now:
                self._record(hall.pass_time(now))
        due = self.parts.desk_readers.deadline
        if due is not None and due <= now:
            self.parts.desk_readers.refresh(now)
        due = self._taps.deadline
        if due is not None and due <= now:
            self._taps.pass_time(now)
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
        now = self.parts.clock.now().monotonic
        # The door's Start reads the level; before it, an opening would look forced.
        if self.parts.guard.started:
            event = events.LeafOpened() if item.open else events.LeafClosed()
            self._record(self.parts.doorways[item.door].feed(event, now))
        self._record(self.parts.desks.door_moved(item.door, item.open, now))
        if item.open:
            self._record(self.parts.key_windows.leaf_opened(item.door, now))

    def _card_seen(self, item: CardSeen) -> None:
        self.parts.installer.badge(item.reader)
        desk = self.parts.desk_readers.desk(item.reader)
        if desk is None:
            self._taps.card_seen(item)
        else:
            self._desk_taps.card_seen(desk, item)
        self._card_facts.card_seen(item)

    def _card_encoded(self, item: CardEncoded) -> None:
        self._card_facts.card_encoded(item)

    def _key_pressed(self, item: KeyPressed) -> None:
        self._taps.key_pressed(item)

    def _wire_moved(self, item: WireMoved) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.wires.moved(item.wire, item.active, now))

    def _sensor_changed(self, item: SensorChanged) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.desks.sense(item.desk, item.sensor, item.active, now))

    def _sensor_gone(self, item: SensorGone) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.desks.lose(item.desk, item.sensor, now))

    def _beam_changed(self, item: BeamChanged) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.counters.look(item.counter, item.beam, item.broken, now))

    def _guard_said(self, item: GuardSaid) -> None:
        now = self.parts.clock.now().monotonic
        self._record(self.parts.guard.hear(item.tell, now))
        match item.tell:
            case Tell(told=Told.EXIT, door=door, active=True):
                pressed = tuple(self.parts.doorways)[door]
                self._record(self.parts.key_windows.exit_pressed(pressed, now))
            case Tell(told=Told.REARM):
                self._record(self.parts.key_windows.rearmed(now))

    def _reader_lost(self, item: ReaderLost) -> None:
        reader = ReaderId(item.reader)
        if self.parts.reader_states.get(reader) != "lost":
            self.parts.reader_states[reader] = "lost"
            self._record((facts.ReaderLost(reader, item.detail),))
            self._desk_taps.reader_lost(reader)

    def _reader_returned(self, item: ReaderReturned) -> None:
        reader = ReaderId(item.reader)
        if self.parts.reader_states.get(reader) == "lost":
            self._record((facts.ReaderReturned(reader),))
            self._desk_taps.reader_returned(reader)
        self.parts.reader_states[reader] = "well"

    def _link_said(self, item: LinkSaid) -> None:
        item.taken()  # first: whatever it brings about, the link may go on
        self._record(self.parts.server.hear(item.message, self.parts))

    def _link_joined(self, item: LinkJoined) -> None:
        item.taken()
        self.parts.server.joined(self.parts)

    def _journal_grew(self, item: JournalGrew) -> None:
        self.parts.server.journal_grew(item.journal, item.last)

    def _reader_said(self, item: ReaderTamper | ReaderPower) -> None:
        self._record((said(item),))

    def _reader_key_set(self, item: ReaderKeySet) -> None:
        self._record(self.parts.key_windows.key_set(ReaderId(item.reader)))

    def _inspected(self, item: Inspected) -> None:
        window = self.parts.key_windows.inspect(item.request, self.parts.clock.now().monotonic)
        if window is not None:
            item.reply(window)
            return
        answer, found = self.parts.installer.inspect(self.parts, item.request)
        self._record(found)
        item.reply(answer)

    def _probe(self, _item: object) -> None:
        self._taps.probe()
        self.parts.alive()

    def _stop(self, item: Stop) -> None:
        self._stopping = item.cause

    def _chores(self, now: float) -> None:
        self._record(self.parts.clock.check())
        self._record(self.parts.guard.chores(now))
        self._record(self.parts.server.chores(self.parts, now))
        for doorway in self.parts.doorways.values():
            self._record(doorway.renew(now))
        self._record(self.parts.chores())
        self._record(self.parts.installer.chores(now))
        self._record(self.parts.key_windows.chores(now))
