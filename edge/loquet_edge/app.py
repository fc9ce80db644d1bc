"""The ``door`` process: names the concrete parts, joins them, and lets the loop run."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import logging
import queue
import secrets
import signal
import threading
from collections.abc import Callable
from importlib.metadata import version

from loquet_contract.ids import BootId, DeskId, DoorId
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.events import ProcessRestarted, UnitStarted, UnitStopped
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Verifier
from loquet_edge.clock import UnitClock, boot_id, kernel_synchronised
from loquet_edge.config import DoorUnitConfig, OutputConfig, UnitConfig
from loquet_edge.desk.state import SensorKind
from loquet_edge.desks import DeskHall
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.catalogue import open_lines, request_input, request_output
from loquet_edge.drivers.ports import InputLine, Lines, OutputLine
from loquet_edge.errors import IdentityMissing
from loquet_edge.guard_ear import GuardEar
from loquet_edge.health import Looks
from loquet_edge.identity import UnitIdentity
from loquet_edge.inbox import GuardSaid, Item, JournalGrew, LeafMoved, Probe, SensorChanged, Stop
from loquet_edge.indicators import Indicators
from loquet_edge.journal import Journal
from loquet_edge.link_port import LinkPort
from loquet_edge.lockguard.client import GuardClient
from loquet_edge.moving import MovingFacts
from loquet_edge.moving_store import MovingStore
from loquet_edge.notify import Notifier
from loquet_edge.orders import Orders
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.priority import prefer
from loquet_edge.reader_threads import open_reader
from loquet_edge.restarts import take_restarts
from loquet_edge.runner import Parts, ReaderPlace, Runner
from loquet_edge.schedules import Schedules
from loquet_edge.server_words import ServerWords, apply_wishes
from loquet_edge.state_store import StateStore
from loquet_edge.wishes import Wishes

log = logging.getLogger(__name__)

FLOOR_SECONDS = 60.0


class DoorApp:
    """All parts of one unit's ``door`` process."""

    def __init__(self, config: UnitConfig, lines: Lines, notifier: Notifier) -> None:
        _make_folders(config)
        self.config, self._lines, self._notifier = config, lines, notifier
        self.inbox: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._closing: list[Callable[[], None]] = []
        self._identity = _identity(config)
        self._verifier = Verifier() if self._identity is None else self._identity.verifier
        self.store = StateStore(config.data / "door.db")
        self.moving = MovingStore(config.data / "moving.db")
        self.boot = BootId(secrets.token_hex(16)) if config.simulated else boot_id()
        self.clock = _clock(config, self.store)
        self._floor_at = 0.0
        self._levels: dict[str, InputLine] = {}
        self.guard = GuardClient(config.guard_socket, lambda tell: self.inbox.put(GuardSaid(tell)))
        self.journal = self._journal()
        self.link = LinkPort(config.door_socket, self.inbox.put)
        self.parts = self._parts()
        self.runner = Runner(self.parts, self.inbox)

    def _journal(self) -> Journal:
        return Journal(
            self.config.data / "journal.db",
            self.config.site,
            self.config.unit,
            self.boot,
            self.clock.stamp,
            self._verifier,
            lambda journal, last: self.inbox.put(JournalGrew(journal, last)),
        )

    def _parts(self) -> Parts:
        config, now = self.config, self.clock.now().monotonic
        doorways = {
            door.id: Doorway(door, at, self.guard, self._indicators(door))
            for at, door in enumerate(config.doors)
        }
        for door in config.doors:
            self._watch_leaf(door)
        names = tuple(doorways)
        ear = GuardEar(
            doorways, names, config.fire.doors if config.fire else (), self._leaf_open, now
        )
        orders = Orders(self._verifier, config.site, config.unit, self.boot, now)
        words = ServerWords(
            orders, Schedules(), self.boot, self.store, self.link.send,
            Looks(config.data), now,
        )  # fmt: skip
        return Parts(
            clock=self.clock,
            journal=self.journal,
            policy=StoredPolicy(config.data / "policy.db"),
            wishes=Wishes(self._verifier, config.site, config.unit, self.store),
            moving=MovingFacts(self._verifier, config.site, self.moving, self._origin(), now),
            doorways=doorways,
            desks=DeskHall(config.desks),
            guard=ear,
            server=words,
            readers={
                each.id: ReaderPlace(each.door, each.access_point, each.exit)
                for each in config.readers
            },
            peppers=() if self._identity is None else (self._identity.pepper,),
            seal=self._seal,
            chores=self._chores,
            alive=self._notifier.alive,
            reader_states={each.id: "well" for each in config.readers},
        )

    def start(self) -> None:
        """Bring every part to work, in the order in which they need each other."""
        for part in (self.journal, self.guard, self.link):
            part.start()
        digest = hashlib.sha256(self.config.text.encode()).hexdigest()[:16]
        self.journal.append(UnitStarted(version("loquet"), self.boot, digest))
        for reader in self.config.readers:
            self._closing.append(open_reader(reader, self.config, self.inbox.put).close)
        now = self.clock.now().monotonic
        for fact in self.parts.desks.start(self._watch_desks(), now):
            self.journal.append(fact)
        for fact in apply_wishes(self.parts, now):
            self.journal.append(fact)
        if self._notifier.ping_seconds is not None:
            self._start_probing(self._notifier.ping_seconds)
        self._notifier.ready()

    def run(self) -> None:
        """Work until told to stop, then end in order."""
        gc.collect()
        gc.freeze()
        cause = self.runner.run()
        self._notifier.stopping()
        self.guard.close()
        for close in self._closing:
            close()
        self.journal.append(UnitStopped(cause))
        self._keep_floors()
        self.journal.close()
        self.store.close()
        self.moving.close()
        self.link.close()
        self._lines.close()

    def stop(self, cause: str) -> None:
        """Have the loop end; from any thread or a signal."""
        self.inbox.put(Stop(cause))

    # ---- lines ----------------------------------------------------------------------------

    def _indicators(self, door: DoorUnitConfig) -> Indicators:
        return Indicators(
            self._output(door.led_granted), self._output(door.led_denied), self._output(door.buzzer)
        )

    def _output(self, config: OutputConfig | None) -> OutputLine | None:
        return None if config is None else request_output(self._lines, config)

    def _watch_leaf(self, door: DoorUnitConfig) -> None:
        if door.contact is None:
            return
        name = door.id
        line = request_input(self._lines, door.contact)
        line.subscribe(lambda active, _at: self.inbox.put(LeafMoved(name, active)))
        self._levels[name] = line

    def _leaf_open(self, door: DoorId) -> bool:
        line = self._levels.get(door)
        return line is not None and line.active

    def _watch_desks(self) -> dict[DeskId, dict[SensorKind, bool]]:
        found: dict[DeskId, dict[SensorKind, bool]] = {}
        for desk in self.config.desks:
            for kind, wired in ((SensorKind.SEAT, desk.seat), (SensorKind.PIR, desk.pir)):
                if wired is not None:
                    line = request_input(self._lines, wired)
                    line.subscribe(self._sensor(desk.id, kind))
                    found.setdefault(desk.id, {})[kind] = line.active
        return found

    def _sensor(self, desk: DeskId, kind: SensorKind) -> Callable[[bool, float], None]:
        return lambda active, _at: self.inbox.put(SensorChanged(desk, kind, active))

    # ---- the rest -------------------------------------------------------------------------

    def _origin(self) -> str:
        """Whose word is kept here: one server's, about one site."""
        key = "" if self._identity is None else self._identity.identity.server_key
        return f"{self.config.site} {key}"

    def _seal(self, number: bytes) -> str | None:
        if self._identity is None:
            return None
        return seal(self._identity.server_seal_key, number, SEALED_NUMBER_CONTEXT)

    def _chores(self) -> list[ProcessRestarted]:
        now = self.clock.now()
        if now.trusted and now.monotonic >= self._floor_at:
            self._floor_at = now.monotonic + FLOOR_SECONDS
            self._keep_floors()
        return take_restarts(self.config.run)

    def _keep_floors(self) -> None:
        self.store.put("floor", str(int(self.clock.floor)))
        self.store.put("signed_floor", str(int(self.clock.signed)))

    def _start_probing(self, seconds: float) -> None:
        ended = threading.Event()
        self._closing.append(ended.set)

        def probe() -> None:
            while not ended.wait(seconds):
                self.inbox.put(Probe())

        threading.Thread(target=probe, name="probe", daemon=True).start()


def _make_folders(config: UnitConfig) -> None:
    """Make data and run; a unit without them lets people out, and in while its policy can be read.

    What needs a folder that is not there says so itself, and tries again.
    """
    for folder in (config.data, config.run):
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            log.error("%s cannot be made: %s", folder, error)


def _identity(config: UnitConfig) -> UnitIdentity | None:
    try:
        found = UnitIdentity.load(config.identity)
    except IdentityMissing as error:
        log.error("%s; until then no badge opens, and every exit works", error)
        return None
    given = (found.identity.site, found.identity.unit)
    if given != (config.site, config.unit):
        log.error(
            "%s is of unit %s at site %s, not of this one; until that is put right no badge opens",
            config.identity, given[1], given[0],
        )  # fmt: skip
        return None
    return found


def _clock(config: UnitConfig, store: StateStore) -> UnitClock:
    kept = {"floor": 0.0, "signed_floor": 0.0}
    for name in kept:
        with contextlib.suppress(ValueError):
            kept[name] = float(store.get(name) or 0.0)
    trust = kernel_synchronised if config.clock == "kernel" else lambda: True
    return UnitClock(trust, kept["floor"], signed=kept["signed_floor"])


def run(config: UnitConfig, notifier: Notifier) -> int:
    """Run the door until SIGTERM or SIGINT."""
    prefer(50)
    app = DoorApp(config, open_lines(config), notifier)
    for number, name in ((signal.SIGTERM, "told to stop"), (signal.SIGINT, "interrupted")):
        signal.signal(number, lambda *_, cause=name: app.stop(cause))
    app.start()
    app.run()
    return 0
