"""A whole house: the real server with its broker, one unit on the rig; each to be hurt alone."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import Any

import psutil

from loquet_edge.config import load
from loquet_edge.enrolment import enrol
from loquet_edge.journal_file import JournalReader
from loquet_edge.simulation.cable import Cable
from loquet_server.demo import village
from tests.brokers import until
from tests.edge.rig.rig_unit import EXIT, FIRE, LOCK, READER, REARM, RigUnit, prove
from tests.edge.rig.rig_unit import RELEASE as LONG
from tests.edge.safety.faults import FaultPage
from tests.edge.safety.pins import Pins
from tests.journey.stack import START_SECONDS, Stack, in_a_thread
from tests.rig import laid_in
from tests.rig.rig import Rig, a_rig

LOCKED, RELEASED = 0, 1
BOUND = 0.1
"""Seconds from an input's edge to the lock's, for exit and fire."""
RELEASE = 0.2
"""So short, that a day of exits fits a test."""
MAXIMUM = 1.0
HEALED_SECONDS = 80.0
DOOR = "entree"
MEMBER = village.members()[1].uid
"""Comes at any hour."""
AS_IN_THE_VILLAGE = (
    ('site = "site"', f'site = "{village.SITE}"'), ('id = "front"', f'id = "{DOOR}"'),
    ('door = "front"', f'door = "{DOOR}"'), ('access_point = "in"', 'access_point = "entree-in"'),
    (f"release = {LONG}",
     f"release = {RELEASE}\nextended_release = {2 * RELEASE}\nmaximum = {MAXIMUM}"),
)  # fmt: skip

PAUSES = 0.02, 0.1
"""Seconds between two calls of the link: so that a thousand cuts meet a thousand sessions."""


class Office(Stack):
    """The server of the village with its broker; no unit of its own."""

    def start(self) -> None:
        in_a_thread(self._seed)
        self.start_server()

    def broker(self) -> psutil.Process:
        pid = self.pid("broker")
        assert pid is not None
        return psutil.Process(pid)

    def server(self) -> psutil.Process:
        pid = self.pid("server")
        assert pid is not None
        return psutil.Process(pid)


class House(RigUnit):
    """The unit at the entrance, on the rig, enrolled with a real server; and its way there."""

    def __init__(self, rig: Rig, office: Office) -> None:
        super().__init__(rig)
        self.office = office
        self.cable = Cable(("127.0.0.1", office.broker_port))
        text = self._file.read_text("utf-8")
        for before, after in AS_IN_THE_VILLAGE:
            assert before in text, before
            text = text.replace(before, after)
        self._file.write_text(f'{text}\n[link]\nbroker = "localhost:{self.cable.port}"\n', "utf-8")
        self.config = load(self._file)
        prove(self.config)
        self.flag, self.raised = rig.folder / "raise", rig.folder / "raised"
        self.raised.touch()
        self.page = FaultPage(rig.folder / "faults").lay_under(rig, self.config.data)
        self.pins = Pins(rig.server.board, LOCK, EXIT, FIRE)
        rig.more |= laid_in.words(pauses=PAUSES, raising=(self.flag, self.raised))

    def enrol(self) -> None:
        """Become the unit of the village's entrance, as an installer would."""
        self.config.identity.unlink()
        enrol(self.office.codes[village.DOORS[0].unit], self._file)

    # ---- what is known --------------------------------------------------------------------

    def told(self) -> bool:
        """Whether the server has confirmed all that the unit has written."""
        try:
            reader = JournalReader(self.config.data / "journal.db")
        except LookupError:
            return False
        with contextlib.closing(reader) as journal:
            return journal.last > 0 and journal.acked()[0] == journal.last

    def shown(self) -> Any:
        """The unit as the office shows it."""
        units: Any = self.office.get("units")
        return next(each for each in units if each["id"] == village.DOORS[0].unit)

    def calm(self) -> bool:
        """Whether the unit is online, enforces the newest policy and has told all."""
        shown = self.shown()
        current = shown["policy_current"] is not None
        enforced = current and shown["policy_version"] == shown["policy_current"]
        return bool(shown["online"] and enforced and self.told())

    def wait_calm(self, what: str) -> None:
        """Wait until all is told and enforced; a request that hung takes its 30 s first."""
        try:
            until(self.calm, what, HEALED_SECONDS)
        except AssertionError as error:
            keys = ("online", "policy_version", "policy_current")
            said = {key: self.shown()[key] for key in keys}
            raise AssertionError(f"{error}; told {self.told()}, {said}") from None

    def at_rest(self) -> bool:
        """Whether the lock is locked, and not just between two words of the door's."""
        last = self.pins.last(LOCK)
        return last.level == LOCKED and time.monotonic() - last.at > 0.05

    def quiet(self) -> bool:
        """Whether the lock is locked and has not moved for longer than a release lasts."""
        last = self.pins.last(LOCK)
        return last.level == LOCKED and time.monotonic() - last.at > 2 * RELEASE

    @property
    def burns(self) -> bool:
        """Whether the fire loop is cut."""
        return self.pins.last(FIRE).level == 1

    # ---- power ----------------------------------------------------------------------------

    def power_on(self) -> float:
        """Start every process; wait for the first level that the lock is driven to, ever since."""
        at = time.monotonic()
        words = ("-m", "loquet_edge.cli", "run", "--config", self._file)
        self._supervisor = self.rig.start(sys.executable, *words)
        self.wait(lambda: any(each.output for each in self.pins.since(LOCK, at)), "a first level")
        return at

    # ---- people ---------------------------------------------------------------------------

    def badge(self, uid: str = MEMBER) -> float:
        """Bring a badge into the field and take it away again; return when it was there."""
        count = len(self.tapped)
        self.rig.control.present_card(READER, uid)
        self.wait(lambda: len(self.tapped) > count, "the badge is in the field")
        return self.tapped[count]

    def leave(self) -> float:
        """Press the exit button and let it go; return the seconds from press to release."""
        self.wait(self.at_rest, "the lock is at rest")
        at = self._put(EXIT, 0)
        took = self.pins.driven(LOCK, RELEASED, at) - at
        let_go = self._put(EXIT, 1)
        self.pins.driven(LOCK, LOCKED, let_go)
        return took

    def burn(self) -> float:
        """Cut the fire loop, restore it and re-arm; return the seconds from cut to release."""
        self.wait(self.at_rest, "the lock is at rest")
        at = self._put(FIRE, 1)
        took = self.pins.driven(LOCK, RELEASED, at) - at
        self.rearm()
        return took

    def rearm(self) -> None:
        """Close the loop and turn the key until the lock is locked, as a person would."""
        at = self._put(FIRE, 0)
        assert self.pins.last(LOCK).level == RELEASED, "locked again before a person re-armed"

        def locked(within: float) -> bool:
            with contextlib.suppress(AssertionError):
                return bool(self.pins.driven(LOCK, LOCKED, at, within))
            return False

        def turned() -> bool:
            self.rig.control.set_input(REARM, 0)
            done = locked(0.3)
            self.rig.control.set_input(REARM, 1)
            return done or locked(0.1)

        self.wait(turned, "locked after the key was turned")

    def pulse(self, line: int, level: int, seconds: float) -> None:
        """Put a level on a line for so long, by the board's own clock; returns at once."""
        self.rig.control.ask("set_input", line=line, level=level, seconds=seconds)

    def _put(self, line: int, level: int) -> float:
        self.rig.control.set_input(line, level)
        return self.pins.last(line).at

    def close(self) -> None:
        self.page.close()
        super().close()
        self.cable.close()
        self.pins.close()


@contextlib.contextmanager
def a_house(*, strict_gpiod: bool = True) -> Iterator[House]:
    """Server, broker and one enrolled unit, running and calm, for the length of a block."""
    with Office() as office, a_rig(strict_gpiod=strict_gpiod, readers=(f"{READER}=0.0",)) as rig:
        house = House(rig, office)
        try:
            house.enrol()
            house.start()
            until(house.calm, "the unit is online and has told all", START_SECONDS)
            yield house
        finally:
            house.close()
