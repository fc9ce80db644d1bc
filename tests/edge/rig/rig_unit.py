"""The documents' example, unmodified but for its folders, as real processes on simulated devices.

Every time is the board's own CLOCK_MONOTONIC: a line's record, or the moment at which the board
took a card into the field of its reader chip.
"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record
from loquet_contract.ids import HolderId, RuleId
from loquet_contract.wire.envelope import Entry
from loquet_contract.wire.signing import Verifier
from loquet_edge import inspection
from loquet_edge.commissioning.record import Record as CommissioningRecord
from loquet_edge.commissioning.record import confirmed, save
from loquet_edge.config import UnitConfig, load
from loquet_edge.journal_file import JournalReader
from loquet_edge.policy_writer import PolicyWriter
from tests.edge.unit.a_unit import PEPPER, SITE, UNIT, Line, Server, records
from tests.rig.rig import Rig, a_rig

EXAMPLE = (
    Path(__file__).parents[3] / "hardware" / "examples" / "one_door_rc522" / "unit.toml"
).read_text("utf-8")
READER = "front"
RELEASE = 1.0
LOCK, CONTACT, EXIT, FIRE, REARM = 17, 22, 23, 24, 25
AT_REST = ((FIRE, 0), (CONTACT, 0), (EXIT, 1), (REARM, 1))
REPLACED = (
    ("/var/lib/loquet/identity.json", "identity.json"), ("/var/lib/loquet", "data"),
    ("/run/loquet", "run"), ("my-space", SITE), ('"front-door"', f'"{UNIT}"'),
    ('access_point = "front-in"', 'access_point = "in"'),
    ("release = 5.0", f"release = {RELEASE}"),
)  # fmt: skip
WAIT_SECONDS = 30.0

DISK_FULL = (
    "import os, resource, sys\n"
    "os.environ['PYTHONDONTWRITEBYTECODE'] = '1'\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (256, 256))\n"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
)
"""No file grows over 256 bytes, which the rig itself needs, for this process and its children:
EFBIG, where a full disk says ENOSPC (setrlimit(2)). Python 3.11 would leave the first 256 bytes of
its bytecode as if they were all."""


def card(number: int) -> str:
    """The 7-byte number of a member's card, in hex."""
    return f"04a1b2c3d4{number:04x}"


def cards(count: int) -> list[Record]:
    """A policy in which so many members have a card each."""
    found = records()
    for number in range(count):
        holder = HolderId(f"h{number}")
        key = digest(PEPPER, from_uid(bytes.fromhex(card(number))))
        found += [HolderRecord(holder, (RuleId("all"),)), CredentialRecord(key, holder)]
    return sorted(found, key=lambda record: record.key)


def prove(config: UnitConfig) -> None:
    """Write down that somebody stood at each door, as ``loquet-edge commission`` does."""
    proven = {str(door.id): confirmed(door, "2026-01-05T09:00:00Z") for door in config.doors}
    save(config.data, CommissioningRecord(proven))


class RigUnit:
    """One unit on a rig; nothing runs until ``start``."""

    def __init__(
        self,
        rig: Rig,
        text: str = EXAMPLE,
        replaced: Sequence[tuple[str, str]] = REPLACED,
        at_rest: Sequence[tuple[int, int]] = AT_REST,
    ) -> None:
        self.rig, self.server = rig, Server()
        self.tapped: list[float] = []
        """When the board took each card into the field, in seconds."""
        self._supervisor: subprocess.Popen[str] | None = None
        for before, after in replaced:
            assert before in text
            text = text.replace(before, after)
        self._file = rig.folder / "unit.toml"
        self._file.write_text(text, "utf-8")
        self.config: UnitConfig = load(self._file)
        self.config.data.mkdir()
        prove(self.config)
        self.server.identity().save(self.config.identity)
        for line, level in at_rest:
            rig.control.set_input(line, level)
        rig.server.board.subscribe(self._note)

    def _note(self, message: dict[str, Any]) -> None:
        if message["event"] == "reader" and message["cards"]:
            self.tapped.append(time.monotonic())

    def give_policy(self, found: list[Record], version: int = 1) -> None:
        """Write a policy as the link would."""
        verifier = Verifier(self.server.key.public)
        writer = PolicyWriter(self.config.data / "policy.db", verifier, SITE, UNIT)
        with contextlib.closing(writer):
            writer.apply_whole(self.server.policy(found, version))

    # ---- processes ------------------------------------------------------------------------

    def start(self, *before: str) -> None:
        """Start the whole unit and wait until a tap would count."""
        starts = len(self.kinds("unit_started"))
        words = ("-m", "loquet_edge.cli", "run", "--config", self._file)
        self._supervisor = self.rig.start(sys.executable, *before, *words)
        self.wait(lambda: self.met, "the door is with its guard")
        if before:  # which may keep it from writing that it has started
            self.wait(self._rests, "the door is at rest")
        else:
            self.wait(lambda: len(self.kinds("unit_started")) > starts, "unit_started")

    def _rests(self) -> bool:
        with contextlib.suppress(OSError):
            return bool(inspection.ask(self.config.run, op="state")["at_rest"])
        return False

    @property
    def met(self) -> bool:
        """Whether the door process is connected to the guard (unix(7), /proc/net/unix)."""
        ends = Path("/proc/net/unix").read_text("ascii", "replace").split()
        return ends.count(str(self.config.guard_socket)) > 1

    def supervisor(self) -> psutil.Process:
        assert self._supervisor is not None
        return psutil.Process(self._supervisor.pid)

    def process(self, name: str) -> psutil.Process:
        """The process of that name that runs now; LookupError while it does not."""
        for each in self.supervisor().children():
            with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                if each.cmdline()[-4:-2] == ["--only", name]:
                    return each
        raise LookupError(name)

    def wait_successor(self, name: str, before: int) -> None:
        """Wait until another process of that name is at work."""

        def there() -> bool:
            with contextlib.suppress(LookupError):
                return self.process(name).pid != before and (name == "link" or self.met)
            return False

        self.wait(there, f"another {name}")

    def kill_all(self) -> None:
        """SIGKILL for every process at once, as a power cut would."""
        found = [self.supervisor(), *self.supervisor().children()]
        for each in found:
            each.kill()
        assert self._supervisor is not None
        self._supervisor.wait()
        psutil.wait_procs(found[1:], timeout=WAIT_SECONDS)

    def speak(self) -> Line:
        """Take the link's place: kill it, and be on the door's socket before the next one."""
        self.process("link").kill()
        return Line(self.config.door_socket)

    # ---- the world ------------------------------------------------------------------------

    def tap(self, number: int) -> float:
        """Bring a card into the field, to stay; return when it was there."""
        count = len(self.tapped)
        self.rig.control.present_card(READER, card(number))
        self.wait(lambda: len(self.tapped) > count, "the card is in the field")
        return self.tapped[count]

    def take_away(self) -> None:
        self.rig.control.remove_card(READER)

    def press(self, line: int) -> float:
        """Connect a button or a switch to ground; return when."""
        self.rig.control.set_input(line, 0)
        return self.records(line)[-1][0]

    def records(self, line: int) -> list[tuple[float, int, str]]:
        """What a line did: monotonic seconds, level, direction; oldest first."""
        return [
            (each["monotonic_ns"] / 1e9, each["level"], each["direction"])
            for each in self.rig.control.line_history(line)
        ]

    def lock(self, level: int, since: float) -> float:
        """Wait for the lock's level at or after a time; return the first moment of it."""
        found: list[float] = []

        def came() -> bool:
            found[:] = [at for at, each, _ in self.records(LOCK) if at >= since and each == level]
            return bool(found)

        self.wait(came, f"the lock at {level}")
        return found[0]

    # ---- the journal ----------------------------------------------------------------------

    def entries(self) -> list[Entry]:
        """Return the journal as it is on disk."""
        try:
            reader = JournalReader(self.config.data / "journal.db")
        except LookupError:
            return []
        with contextlib.closing(reader):
            return reader.after(0, 10_000_000)

    def kinds(self, *wanted: str) -> list[str]:
        """Return the kinds of the entries, of all or of those wanted."""
        return [each.kind for each in self.entries() if not wanted or each.kind in wanted]

    def wait_kind(self, kind: str, count: int = 1) -> Entry:
        """Wait for the journal to hold that many of a kind; return the last of them."""
        self.wait(lambda: len(self.kinds(kind)) >= count, f"{count} x {kind}")
        return [each for each in self.entries() if each.kind == kind][-1]

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Return as soon as the condition holds; fail after a while, saying what never came.

        Asks ever less often, so as not to take the machine from the unit.
        """
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            assert waited < WAIT_SECONDS, f"never came: {what}; {self.kinds()[-20:]}"
            time.sleep(min(max(0.005, waited / 20), 0.05))

    def close(self) -> None:
        """End in order what runs, so that nothing is left behind."""
        self.rig.server.board.unsubscribe(self._note)
        if self._supervisor is None or self._supervisor.poll() is not None:
            return
        for each in self.supervisor().children():
            each.resume()
        self._supervisor.terminate()
        self._supervisor.wait(WAIT_SECONDS)


@contextlib.contextmanager
def a_rig_unit(*, strict_gpiod: bool = True, holders: int = 1) -> Iterator[RigUnit]:
    """A unit for the length of a ``with`` block; with a policy for so many holders, 0: none."""
    with a_rig(strict_gpiod=strict_gpiod, readers=(f"{READER}=0.0",)) as rig:
        unit = RigUnit(rig)
        if holders:
            unit.give_policy(cards(holders))
        try:
            yield unit
        finally:
            unit.close()
