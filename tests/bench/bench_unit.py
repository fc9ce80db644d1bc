"""A real unit for benchmarks: its three processes, and the world in a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record
from loquet_contract.ids import HolderId, RuleId
from loquet_contract.wire import base64url
from loquet_contract.wire.card_keys import CardMaster, CardMasters
from loquet_contract.wire.codec import encode
from loquet_contract.wire.signing import Verifier
from loquet_edge.config import UnitConfig, load
from loquet_edge.identity import write_private
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.simulation.control import BoardControl
from tests import policies
from tests.edge.cards.antenna import FIRST
from tests.edge.rig.rig_unit import EXAMPLE, REPLACED, cards, prove
from tests.edge.unit.a_unit import SITE, UNIT, UNIT_TOML, Server
from tests.rig.build import library

HOLDERS = 100_000
CARDS = 2_000
"""So many of the holders have a card whose number is known."""
PATIENCE_SECONDS = 30.0
LOCK, CONTACT = 17, 22
AT_REST = ((24, 0), (CONTACT, 0), (23, 1), (25, 1))


def holders(count: int) -> list[Record]:
    """The policy of a unit with so many holders, each with one badge."""
    found = cards(min(count, CARDS))
    for number in range(CARDS, count):
        holder = HolderId(f"h{number:021d}")
        found.append(HolderRecord(holder, (RuleId("all"),)))
        found.append(CredentialRecord(policies.badge(number), holder))
    return sorted(found, key=lambda record: record.key)


class BenchUnit:
    """One unit with its world; ``start`` starts its processes."""

    def __init__(
        self, folder: Path, found: Sequence[Record], chip: bool, more: str, proven: bool = False
    ) -> None:
        text = UNIT_TOML
        if chip:
            text = EXAMPLE
            for before, after in REPLACED:
                text = text.replace(before, after)
        self.chip, self.reader = chip, "front" if chip else "front-in"
        self._file = folder / "unit.toml"
        self._file.write_text(text + more, "utf-8")
        self.config: UnitConfig = load(self._file)
        for path in (self.config.data, self.config.run):
            path.mkdir()
        prove(self.config)
        self.server = Server()
        self.identity = self.server.identity()
        self.identity.save(self.config.identity)
        if proven:
            give_card_key(self.config)
        writer = PolicyWriter(
            self.config.data / "policy.db", Verifier(self.server.key.public), SITE, UNIT
        )
        writer.apply_whole(self.server.policy(list(found)))
        writer.close()
        self.world = _world(self.config.board_socket, self.reader, chip, proven)
        self.board = BoardControl(self.config.board_socket)
        if chip:
            for line, level in AT_REST:
                self.board.set_input(line, level)
        self._supervisor: subprocess.Popen[bytes] | None = None
        self._journal: sqlite3.Connection | None = None
        self._counts: Counter[str] = Counter()
        self._closed = 0
        self.seen = 0
        """The last entry of the journal that was looked at."""

    def start(self) -> float:
        """Start all with a card in the field; return seconds until the lock is released for it."""
        self.bring(0)
        environment = dict(os.environ)
        if self.chip:
            environment["LD_PRELOAD"] = str(library())
            environment["LOQUET_RIG_SOCKET"] = str(self.config.board_socket)
        began = time.monotonic()
        words = [sys.executable, "-m", "loquet_edge.cli", "run", "--config", str(self._file)]
        self._supervisor = subprocess.Popen(
            words, env=environment, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.wait_lock(1)
        released = next(at for at, level in self.report()["lock"] if level)
        path = self.config.data / "journal.db"
        self.wait(path.exists, "the journal")
        self._journal = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        self.wait(lambda: self._count("access_granted") > 0, "the first grant")
        return float(released / 1e9 - began)

    def bring(self, number: int) -> None:
        """Bring a card into the field."""
        self.board.present_card(self.reader, f"04a1b2c3d4{number % CARDS:04x}")

    def pass_through(self) -> None:
        """Somebody goes through: the leaf opens, the strike relocks, the leaf closes."""
        self.board.set_input(CONTACT, 1)
        self.wait_lock(0)
        self.board.remove_card(self.reader)
        self.board.set_input(CONTACT, 0)
        self._closed += 1
        self.wait(lambda: self._count("door_closed") >= self._closed, "door_closed")

    def wait_lock(self, level: int) -> None:
        self.wait(lambda: self.board.read_line(LOCK)["level"] == level, f"lock at {level}")

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Look every 2 ms: often enough, and too seldom to be in the way of what is measured."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError(f"never came: {what}")
            time.sleep(0.002)

    def expect_proven(self) -> None:
        """Raise AssertionError if any grant was given to a number without a proof."""
        assert self._journal is not None
        query = "SELECT count(*) FROM entries WHERE kind = 'access_granted'"
        proven = f"{query} AND json_extract(body, '$.assurance') = 2"
        found = [self._journal.execute(each).fetchone()[0] for each in (query, proven)]
        assert found[0] == found[1] > 0, found

    def _count(self, kind: str) -> int:
        """How often the unit recorded such a fact; reads only what is new."""
        assert self._journal is not None
        with contextlib.suppress(sqlite3.OperationalError):
            newer = self._journal.execute(
                "SELECT sequence, kind FROM entries WHERE sequence > ?", (self.seen,)
            )
            for self.seen, each in newer.fetchall():
                self._counts[each] += 1
        return self._counts[kind]

    def report(self) -> dict[str, Any]:
        """What the world noted; see ``tests.bench.world``."""
        assert self.world.stdin is not None
        assert self.world.stdout is not None
        self.world.stdin.write("report\n")
        self.world.stdin.flush()
        found: dict[str, Any] = json.loads(self.world.stdout.readline())
        return found

    def processes(self) -> dict[str, psutil.Process]:
        """The unit's processes by name."""
        assert self._supervisor is not None
        children = psutil.Process(self._supervisor.pid).children()
        return {(words := each.cmdline())[words.index("--only") + 1]: each for each in children}

    def close(self) -> None:
        if self._journal is not None:
            self._journal.close()
        if self._supervisor is not None:
            self._supervisor.terminate()
            self._supervisor.wait(PATIENCE_SECONDS)
        self.board.close()
        self.world.communicate(timeout=PATIENCE_SECONDS)


def give_card_key(config: UnitConfig) -> None:
    """Give a unit the card key that the world's cards prove."""
    masters = CardMasters((CardMaster(FIRST.version, base64url.to_text(FIRST.master)),))
    write_private(config.identity.with_name("card-keys.json"), encode(masters))


def _world(path: Path, reader: str, chip: bool, proven: bool = False) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "tests.bench.world", str(path), reader, str(LOCK)]
    found = subprocess.Popen(
        [*words, *(["--chip"] if chip else []), *(["--proven"] if proven else [])],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert found.stdout is not None
    assert found.stdout.readline() == "serving\n"
    return found


@contextlib.contextmanager
def bench_unit(
    count: int = HOLDERS,
    *,
    chip: bool = False,
    more: str = "",
    proven: bool = False,
    before: Callable[[BenchUnit], None] = lambda unit: None,
) -> Iterator[BenchUnit]:
    """A unit with so many holders; ``before`` is done to it before anything of it runs."""
    with tempfile.TemporaryDirectory(prefix="lq-", dir="/tmp") as folder:
        unit = BenchUnit(Path(folder), holders(count), chip, more, proven)
        try:
            before(unit)
            yield unit
        finally:
            unit.close()
