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

from loquet_contract.ids import BootId, DoorId
from loquet_contract.wire.clock import ClockSource
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.events import Event, UnitStarted, UnitStopped
from loquet_contract.wire.sealing import seal
from loquet_contract.wire.signing import Verifier
from loquet_edge.card_desk import CardDesk
from loquet_edge.card_key_store import CardKeyStore
from loquet_edge.clock import UnitClock, boot_id, kernel_synchronised, network_time
from loquet_edge.commissioning import keeping, wiring
from loquet_edge.commissioning.live import Proving
from loquet_edge.config import DoorUnitConfig, UnitConfig
from loquet_edge.config_readers import Rc522Wiring, SimulatedWiring, WiredReader
from loquet_edge.counters import CounterHall
from loquet_edge.desks import DeskHall
from loquet_edge.doorway import Doorway
from loquet_edge.drivers.catalogue import open_lines, request_input
from loquet_edge.drivers.ports import InputLine, Lines
from loquet_edge.errors import IdentityMissing
from loquet_edge.faces import faces_of, minute_of
from loquet_edge.guard_ear import GuardEar
from loquet_edge.hardware_clock import HardwareClock
from loquet_edge.identity import UnitIdentity
from loquet_edge.inbox import GuardSaid, Item, JournalGrew, LeafMoved, Probe, Stop
from loquet_edge.inspection import InspectionPort
from loquet_edge.installer import Examiner, Installer
from loquet_edge.journal import Journal
from loquet_edge.journal_room import MB, JournalRoom
from loquet_edge.keypads import KeptAttempts, has_keys
from loquet_edge.link_port import LinkPort
from loquet_edge.lockguard.client import GuardClient
from loquet_edge.mapped_sensors import MappedSensors
from loquet_edge.moving import MovingFacts
from loquet_edge.moving_store import MovingStore
from loquet_edge.notify import Notifier
from loquet_edge.orders import Orders
from loquet_edge.osdp_readers import OsdpReaders, is_osdp
from loquet_edge.other_wires import OtherWires, watch_wires
from loquet_edge.pepper_store import PepperStore
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.priority import prefer
from loquet_edge.proven import unproven
from loquet_edge.radar_threads import watch_radars
from loquet_edge.reader_threads import open_reader
from loquet_edge.restarts import take_restarts
from loquet_edge.runner import Parts, ReaderPlace, Runner
from loquet_edge.schedules import Schedules
from loquet_edge.server_words import ServerWords, apply_wishes
from loquet_edge.signed_time import Heard
from loquet_edge.state_store import StateStore
from loquet_edge.update import outcome
from loquet_edge.watching import desk_readers, watch_counters, watch_desks
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
        self.spare = StateStore(config.data / "desired.db")
        self.moving = MovingStore(config.data / "moving.db")
        self.boot = BootId(secrets.token_hex(16)) if config.simulated else boot_id()
        self.clock = _clock(config, self.store)
        self._floor_at = 0.0
        self._heard: Heard | None = None
        self._levels: dict[str, InputLine] = {}
        self.guard = GuardClient(config.guard_socket, lambda tell: self.inbox.put(GuardSaid(tell)))
        self.journal = self._journal()
        self.link = LinkPort(config.door_socket, self.inbox.put)
        self.inspection = InspectionPort(config.run, self.inbox.put)
        self.osdp = OsdpReaders(config, self.inbox.put)
        talking = (Rc522Wiring, SimulatedWiring)
        able = [each.id for each in config.all_readers if isinstance(each.wiring, talking)]
        self.peppers = PepperStore(config.identity, self._identity)
        self.cards = CardDesk(self.peppers.in_force, able=able)
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
            keep_days=self.config.keep_days,
            room=JournalRoom(self.config.data / "journal.db", self.config.keep_free_mb * MB),
        )

    def _parts(self) -> Parts:
        config, now = self.config, self.clock.now().monotonic
        faces = faces_of(config, self._lines, minute_of(self.clock), self.osdp.show)
        wrong = unproven(config)
        doorways = {
            door.id: Doorway(door, at, self.guard, faces[door.id], wrong.get(door.id, ""))
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
            orders, Schedules(), self.boot, self.store, self.link.send, self.stop, now,
        )  # fmt: skip
        return Parts(
            clock=self.clock,
            journal=self.journal,
            policy=StoredPolicy(config.data / "policy.db"),
            wishes=Wishes(self._verifier, config.site, config.unit, self.store, self.spare),
            moving=MovingFacts(self._verifier, config.site, self.moving, self._origin(), now),
            doorways=doorways,
            desks=DeskHall(config.desks, self._utc, self.store),
            sensors=MappedSensors(self._verifier, config.site, config.unit),
            desk_readers=desk_readers(self._lines, config),
            counters=CounterHall(config.counters),
            attempts=KeptAttempts(self.store),
            wires=OtherWires(doorways),
            guard=ear,
            server=words,
            readers={
                each.id: ReaderPlace(each.door, each.access_point, each.exit, has_keys(each.wiring))
                for each in config.readers
            },
            peppers=self.peppers.in_force,
            pepper_store=self.peppers,
            cards=self.cards,
            card_keys=CardKeyStore(
                config.identity.with_name("card-keys.json"), self._identity, self.cards
            ),
            seal=self._seal,
            chores=self._chores,
            alive=self._notifier.alive,
            reader_states={each.id: "well" for each in config.all_readers},
            installer=self._installer(),
            key_windows=self.osdp.windows,
        )

    def start(self) -> None:
        """Bring every part to work, in the order in which they need each other."""
        for part in (self.journal, self.guard, self.link, self.inspection):
            part.start()
        digest = hashlib.sha256(self.config.text.encode()).hexdigest()[:16]
        wires = {door.id: wiring.digest(self.config, door) for door in self.config.doors}
        self.journal.append(UnitStarted(version("loquet"), self.boot, digest, wires))
        for reader in self.config.all_readers:
            if not is_osdp(reader):
                self._closing.append(self._opened(reader))
        self.osdp.start()
        self._closing.append(self.osdp.close)
        now = self.clock.now().monotonic
        for fact in self._start_watching(now):
            self.journal.append(fact)
        for fact in apply_wishes(self.parts, now):
            self.journal.append(fact)
        self._closing.append(watch_radars(self.config.desks, self.inbox.put))
        if self._notifier.ping_seconds is not None:
            self._start_probing(self._notifier.ping_seconds)
        self._notifier.ready()

    def _opened(self, reader: WiredReader) -> Callable[[], None]:
        put, meet = self.inbox.put, self.cards.meet
        return open_reader(reader, self.config, put, self._lines, meet).close

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
        self.spare.close()
        self.moving.close()
        self.link.close()
        self.inspection.close()
        self._lines.close()

    def stop(self, cause: str) -> None:
        """Have the loop end; from any thread or a signal."""
        self.inbox.put(Stop(cause))

    # ---- lines ----------------------------------------------------------------------------

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

    # ---- the rest -------------------------------------------------------------------------

    def _start_watching(self, now: float) -> list[Event]:
        """Read the sensors of desks and the beams of counters, and hear of every later change."""
        desks, counters, put = self.parts.desks, self.parts.counters, self.inbox.put
        found = self.parts.wires.start(watch_wires(self._lines, self.config, put), now)
        found += desks.start(watch_desks(self._lines, self.config, put), now)
        for door in self._levels:
            found += desks.door_moved(DoorId(door), self._leaf_open(DoorId(door)), now)
        return found + counters.start(watch_counters(self._lines, self.config, put), now)

    def _utc(self, monotonic: float) -> float:
        now = self.clock.now()
        return now.utc + (monotonic - now.monotonic)

    def _origin(self) -> str:
        """Whose word is kept here: one server's, about one site."""
        key = "" if self._identity is None else self._identity.identity.server_key
        return f"{self.config.site} {key}"

    def _installer(self) -> Installer:
        config, unit = self.config, self._identity
        sign = None if unit is None else unit.signer.sign
        return Installer(
            Proving(config, keeping.finish_running(config, sign)),
            keeping.Waiting(config.data, sign),
            Examiner(config, self.inbox),
        )

    def _seal(self, number: bytes) -> str | None:
        if self._identity is None:
            return None
        return seal(self._identity.server_seal_key, number, SEALED_NUMBER_CONTEXT)

    def _chores(self) -> list[Event]:
        self._hear_time()
        now = self.clock.now()
        if now.monotonic >= self._floor_at:
            self._floor_at = now.monotonic + FLOOR_SECONDS
            self._keep_floors()
        return [*take_restarts(self.config.run), *outcome.take(self.config.data)]

    def _hear_time(self) -> None:
        heard = self.journal.heard
        if heard is not None and heard is not self._heard:
            self._heard = heard
            self.clock.confirmed(heard.sequence, heard.utc, self.journal.last)

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
    trust = _trust(config, store)
    doubt = trust.why_not if isinstance(trust, HardwareClock) else ""
    return UnitClock(trust, kept["floor"], signed=kept["signed_floor"], chip_doubt=doubt)


def _trust(config: UnitConfig, store: StateStore) -> Callable[[], ClockSource | None]:
    if config.clock == "trusted":
        return lambda: ClockSource.CONFIGURED
    if config.clock == "kernel":
        return network_time
    found = HardwareClock(kernel_synchronised, store)
    if found.why_not:
        log.warning("%s; until the clock is synchronised it is not trusted", found.why_not)
    return found


def run(config: UnitConfig, notifier: Notifier) -> int:
    """Run the door until SIGTERM or SIGINT."""
    prefer(50)
    app = DoorApp(config, open_lines(config), notifier)
    for number, name in ((signal.SIGTERM, "told to stop"), (signal.SIGINT, "interrupted")):
        signal.signal(number, lambda *_, cause=name: app.stop(cause))
    app.start()
    app.run()
    return 0
