"""A whole simulated unit for tests: its folder, its identity, its policy, its processes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.ids import (
    AccessPointId,
    AreaId,
    CommandId,
    DoorId,
    HolderId,
    KeyId,
    LockdownId,
    PepperId,
    RuleId,
    ScheduleId,
    SiteId,
    UnitId,
)
from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Command, What
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.envelope import Entry
from loquet_contract.wire.messages import Desired, Lockdown, Manifest
from loquet_contract.wire.policy import line, whole_digest
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.config import UnitConfig, load
from loquet_edge.identity import UnitIdentity
from loquet_edge.journal_file import JournalReader
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import MAX_PACKET, Status, ToDoor, ToLink, pack, unpack
from loquet_edge.simulation.board import Board
from loquet_edge.simulation.board_server import BoardServer, attach_reader
from loquet_edge.simulation.control import BoardControl, BoardRefusal

SITE, UNIT, DOOR, POINT = SiteId("site"), UnitId("front"), DoorId("front"), AccessPointId("in")
MEMBER, CHIEF, STRANGER = "04a1b2c3d4e5f6", "04ffffffffff01", "aabbccdd"
PEPPER = bytes(range(32))
WAIT_SECONDS = 30.0

UNIT_TOML = """
[unit]
site = "site"
id = "front"
board = "simulated"

[fire]
line = 5
rearm_line = 6

[[doors]]
id = "front"
lock = "strike"
lock_line = 17
contact_line = 22
exit = "button"
exit_line = 23
led_denied_line = 24
release = 2.0

[[readers]]
id = "front-in"
door = "front"
access_point = "in"

[[desks]]
id = "d1"
area = "open"
seat_line = 12
"""


def records(door: DoorRecord | None = None) -> list[Record]:
    """A policy: one member, one chief who may lift lockdowns, one door."""
    rule = RuleRecord(RuleId("all"), (POINT,), ScheduleId("always"))
    found: list[Record] = [
        AccessPointRecord(POINT, DOOR, AreaId("street"), AreaId("open")),
        door or DoorRecord(DOOR),
        ScheduleRecord(ScheduleId("always"), always=True),
        rule,
    ]
    for name, uid, lifts in (("member", MEMBER, False), ("chief", CHIEF, True)):
        holder = HolderId(name)
        found.append(HolderRecord(holder, (rule.rule,), may_lift_lockdown=lifts))
        key = digest(PEPPER, from_uid(bytes.fromhex(uid)))
        found.append(CredentialRecord(key, holder))
    return sorted(found, key=lambda record: record.key)


class Server:
    """The office's keys: signs what a server signs."""

    def __init__(self) -> None:
        self.key = SigningKey.generate()
        self.seal_key = sealing.generate()
        self.signer = Signer(self.key)

    def identity(self) -> UnitIdentity:
        return UnitIdentity(
            Identity(
                site=SITE, unit=UNIT, broker_host="127.0.0.1", broker_port=1, broker_user=UNIT,
                broker_password="secret", server_address="http://127.0.0.1:1",
                server_key=self.key.public.text,
                server_seal_key=base64url.to_text(sealing.public(self.seal_key)),
                pepper_id=PepperId("p1"), pepper=base64url.to_text(PEPPER),
            ),
            SigningKey.generate(),
        )  # fmt: skip

    def policy(self, found: list[Record], version: int = 1) -> list[str]:
        """The lines of a whole signed policy."""
        lines, now = [line(record) for record in found], int(time.time())
        manifest = Manifest(
            SITE, UNIT, version, None, now, now + 86_400, now + 864_000, whole_digest(lines),
            KeyId("k"), PepperId("p1"), len(lines),
        )  # fmt: skip
        return [self.signer.sign(Purpose.POLICY, encode(manifest)), *lines]

    def command(self, status: Status, name: str, **changes: Any) -> str:
        values: dict[str, Any] = {
            "site": SITE, "unit": UNIT, "command": CommandId(name), "what": What.RELEASE,
            "actor": "odile", "reason": "delivery", "boot": status.boot,
            "challenge": status.challenge, "door": DOOR, **changes,
        }  # fmt: skip
        return self.signer.sign(Purpose.COMMAND, encode(Command(**values)))

    def desired(self, version: int, lockdown: str | None = None) -> str:
        lockdowns = {}
        if lockdown is not None:
            lockdowns = {DOOR: Lockdown(LockdownId(lockdown), "odile", "drill", 1)}
        found = Desired(SITE, UNIT, version, int(time.time()), lockdowns)
        return self.signer.sign(Purpose.DESIRED, encode(found))


class Line:
    """A link that a test plays: speaks and hears on the door's socket."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(WAIT_SECONDS)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise

    def send(self, message: ToDoor) -> None:
        self._socket.send(pack(message))

    def hear(self, wanted: Callable[[ToLink], bool]) -> Any:
        """Return the first message that is wanted."""
        while True:
            message: Any = unpack(self._socket.recv(MAX_PACKET))
            if wanted(message):
                return message

    def status(self) -> Status:
        """Return the next status."""
        found: Status = self.hear(lambda message: isinstance(message, Status))
        return found

    def close(self) -> None:
        self._socket.close()


class Unit:
    """Processes on one folder and one board; everything ends with the ``with`` block."""

    def __init__(self, folder: Path, text: str, strict_gpiod: bool) -> None:
        self.file = folder / "unit.toml"
        self.file.write_text(text, "utf-8")
        self.config: UnitConfig = load(self.file)
        self.config.run.mkdir()
        self.config.data.mkdir()
        self.server = Server()
        self.server.identity().save(self.config.identity)
        self.give_policy(records())
        board = Board(strict_gpiod=strict_gpiod)
        for reader in self.config.readers:
            attach_reader(board, reader.id)
        self._board_server = BoardServer(board, self.config.board_socket)
        self._board_server.start()
        self.board = BoardControl(self.config.board_socket)
        self._processes: list[subprocess.Popen[bytes]] = []
        self._lines: list[Line] = []

    def give_policy(self, found: list[Record], version: int = 1) -> None:
        """Write a policy as the link would."""
        verifier = Verifier(self.server.key.public)
        writer = PolicyWriter(self.config.data / "policy.db", verifier, SITE, UNIT)
        with contextlib.closing(writer):
            writer.apply_whole(self.server.policy(found, version))

    def start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start ``loquet-edge run`` with these words."""
        process = subprocess.Popen(
            [sys.executable, "-m", "loquet_edge.cli", "run", "--config", str(self.file), *words],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
        )
        self._processes.append(process)
        return process

    def start_two(self) -> tuple[subprocess.Popen[bytes], subprocess.Popen[bytes]]:
        """Start lockguard and door, without supervisor, and wait until a tap would count."""
        guard = self.start("--only", "lockguard")
        door = self.start("--only", "door")
        self.wait_ready()
        return guard, door

    def wait_ready(self, count: int = 1) -> None:
        """Wait until the door has started ``count`` times, reads and decides.

        Asks as its link: a unit that runs its own link has no line to spare.
        """
        self.wait(lambda: len(self.kinds("unit_started")) >= count, "unit_started")
        link = self.link()
        link.hear(
            lambda message: isinstance(message, Status) and message.doors[DOOR].lock != "fault"
        )
        link.close()

    def link(self) -> Line:
        """Connect as the link would."""
        found: list[Line] = []

        def connect() -> bool:
            with contextlib.suppress(OSError):
                found.append(Line(self.config.door_socket))
            return bool(found)

        self.wait(connect, "the door's socket")
        self._lines.append(found[0])
        return found[0]

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Return as soon as the condition holds; fail after a while, saying what never came.

        Asks ever less often, so as not to take the machine from the unit.
        """
        began = time.monotonic()
        while not condition():
            waited = time.monotonic() - began
            assert waited < WAIT_SECONDS, f"never came: {what}; {self.kinds()}"
            time.sleep(min(max(0.005, waited / 20), 0.05))

    def released(self, door: str = "front") -> bool:
        """Whether the lock is released; False before its line was ever asked for."""
        with contextlib.suppress(BoardRefusal):
            return bool(self.board.read_line(f"lock:{door}")["active"])
        return False

    def wait_released(self, released: bool = True) -> None:
        self.wait(lambda: self.released() == released, f"released: {released}")

    def entries(self) -> list[Entry]:
        """Return the journal as it is on disk."""
        try:
            reader = JournalReader(self.config.data / "journal.db")
        except LookupError:
            return []
        with contextlib.closing(reader), contextlib.suppress(LookupError, OSError):
            return reader.after(0, 10_000_000)
        return []

    def kinds(self, *wanted: str) -> list[str]:
        """Return the kinds of the entries, of all or of those wanted."""
        return [each.kind for each in self.entries() if not wanted or each.kind in wanted]

    def wait_kind(self, kind: str, count: int = 1) -> Entry:
        """Wait for the journal to hold that many of a kind; return the last of them."""
        self.wait(lambda: len(self.kinds(kind)) >= count, f"{count} x {kind}")
        return [each for each in self.entries() if each.kind == kind][-1]

    def close(self) -> None:
        for each in self._lines:
            each.close()
        for process in self._processes:
            if process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(8.0)
            if process.poll() is None:
                process.kill()
                process.wait()
        self.board.close()
        self._board_server.stop()


@contextlib.contextmanager
def a_unit(text: str = UNIT_TOML, *, strict_gpiod: bool = True) -> Iterator[Unit]:
    """A unit for the length of a ``with`` block; nothing runs yet but its board."""
    # A Unix socket's path has 107 bytes at most, so not under a test's own long folder.
    with tempfile.TemporaryDirectory(prefix="unit-") as folder:
        unit = Unit(Path(folder), text, strict_gpiod)
        try:
            yield unit
        finally:
            unit.close()
