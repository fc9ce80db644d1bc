"""A process dies at each point of saving a policy, of appending to the journal, of keeping facts.

    LD_PRELOAD=loquet_kill.so python -m tests.chaos.kill_points POINTS

A *point* is a system call that changes a file: the child is killed before it, or with half of its
bytes written. Each child is a fork that does what a unit does, on a copy of the same folder; then
the files are opened again as a unit opens them at its start. What is already written stays in
the kernel, as with SIGKILL: what a loss of power does to a disk's own cache is not tried here.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from loquet_contract.access.policy import HolderRecord, Record
from loquet_contract.wire.policy import line, whole_digest
from loquet_contract.wire.signing import Verifier
from loquet_edge.journal_file import JournalReader, open_file
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from tests import policies
from tests.edge.link.test_policy_killed import records_of
from tests.edge.unit.test_journal import UNIT as JOURNAL_UNIT
from tests.edge.unit.test_journal import Bench

START_SECONDS = 2.0
HOLDERS, FACTS, CONFIRMED = 300, 60, 20
SITE, UNIT = policies.SITE, policies.UNIT


def _lines(found: dict[str, Record]) -> dict[str, str]:
    return {key: line(each) for key, each in found.items()}


@dataclass
class Policies:
    """Version 1 lies on the disk; the child brings 2 as a delta and 3 as a whole."""

    name: str = "saving a policy"
    contents: list[dict[str, str]] = field(default_factory=lambda: [{}])

    def prepare(self, folder: Path) -> None:
        found = {each.key: each for each in policies.records(HOLDERS)}
        lines = policies.lines_of(list(found.values()))
        with contextlib.closing(self._writer(folder)) as writer:
            writer.apply_whole(policies.whole(1, list(found.values())))
        self.contents.append(_lines(found))
        changed: list[Record] = [
            replace(each, suspended=True)
            for each in found.values()
            if isinstance(each, HolderRecord)
        ][:40]
        found |= {each.key: each for each in changed}
        self._delta, _ = policies.delta(2, whole_digest(lines), len(found), changed)
        self.contents.append(_lines(found))
        found = {each.key: each for each in policies.records(HOLDERS + 50)}
        self._whole = policies.whole(3, list(found.values()))
        self.contents.append(_lines(found))

    def act(self, folder: Path, say: Callable[[int], None]) -> None:
        writer = self._writer(folder)
        say(writer.apply_delta(self._delta).version)
        say(writer.apply_whole(self._whole).version)
        writer.close()

    def look(self, folder: Path, said: int) -> int:
        """Open it as a unit does; the version found is what was said, or the next."""
        began = time.monotonic()
        with contextlib.closing(StoredPolicy(folder / "policy.db")) as stored:
            version = stored.version or 0
            granted = stored.credential(policies.badge(0))
        with contextlib.closing(self._writer(folder)) as writer:
            assert writer.version == version
        took = time.monotonic() - began
        assert took < START_SECONDS, f"{took:.2f} s to start"
        assert version in (max(said, 1), max(said, 1) + 1), f"{version} after {said} was said"
        assert granted is not None and granted[1] is not None
        assert granted[1].suspended == (version == 2)
        with contextlib.closing(sqlite3.connect(folder / "policy.db")) as db:
            found = records_of(db)
        assert found == self.contents[version], f"version {version} is not whole"
        return version

    def _writer(self, folder: Path) -> PolicyWriter:
        return PolicyWriter(folder / "policy.db", Verifier(policies.SERVER_KEY.public), SITE, UNIT)


@dataclass
class Journals:
    """The child appends by ones and by many, hears that some are confirmed, and closes."""

    name: str = "appending to the journal"

    def prepare(self, folder: Path) -> None:
        bench = Bench(folder / "journal.db")
        self._key = bench.key
        bench.add(3)
        bench.wait(4)
        bench.journal.close()

    def act(self, folder: Path, say: Callable[[int], None]) -> None:
        bench = Bench(folder / "journal.db", key=self._key)
        for number in range(5, 5 + FACTS):
            bench.add(1)
            if number % 3:  # every third waits for the next, and they are committed together
                bench.wait(number)
                say(number)
            if number == CONFIRMED:
                with bench.reader() as reader:
                    bench.journal.acknowledge(
                        bench.ack(CONFIRMED - 5, reader.chain_at(CONFIRMED - 5))
                    )
        bench.journal.close()

    def look(self, folder: Path, said: int) -> int:
        """Nothing that was said to be kept is gone, and the chain is whole."""
        began = time.monotonic()
        with contextlib.closing(open_file(folder / "journal.db", JOURNAL_UNIT)) as file:
            last, acked = file.last, file.acked
        took = time.monotonic() - began
        assert took < START_SECONDS, f"{took:.2f} s to start"
        assert max(said, 4) <= last <= 4 + FACTS, f"{last} after {said} was said"
        assert acked in (0, CONFIRMED - 5)
        with contextlib.closing(JournalReader(folder / "journal.db")) as reader:
            assert reader.verify() == last
            assert [each.sequence for each in reader.after(0, 10**9)] == list(range(1, last + 1))
        return last


Scene = Policies | Journals


class Killing:
    """Forks children on copies of a scene's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._library = ctypes.CDLL(None)
        self._library.loquet_kill_at.argtypes = (ctypes.c_char_p, ctypes.c_long, ctypes.c_int)
        self._library.loquet_calls.restype = ctypes.c_long
        self.longest = 0.0

    def points(self, scene: Scene) -> int:
        """Return how many points a scene has: by a child that is not killed."""
        with self._copy(scene) as folder:
            status, said = self._child(scene, folder, 0, False)
            assert status == 0, f"{scene.name} does not work even undisturbed"
            return int(said[-1])

    def kill(self, scene: Scene, point: int, half: bool) -> int:
        """Kill at a point; return what is found afterwards."""
        with self._copy(scene) as folder:
            status, said = self._child(scene, folder, point, half)
            assert status in (0, signal.SIGKILL), f"ended with {status} at point {point}"
            began = time.monotonic()
            found = scene.look(folder, said[-1] if said and status else 0)
            self.longest = max(self.longest, time.monotonic() - began)
            return found

    @contextlib.contextmanager
    def _copy(self, scene: Scene) -> Iterator[Path]:
        copy = self._folder / "copy"
        shutil.copytree(self._folder / type(scene).__name__, copy)
        yield copy
        shutil.rmtree(copy)

    def _child(self, scene: Scene, folder: Path, point: int, half: bool) -> tuple[int, list[int]]:
        """Return how the child ended, and what it said: at last its points if it was not killed."""
        hear, speak = os.pipe()
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.close(hear)
                say = lambda number: os.write(speak, b"%d\n" % number)  # noqa: E731
                self._library.loquet_kill_at(str(folder).encode(), point, half)
                scene.act(folder, say)  # type: ignore[arg-type]
                if not point:
                    say(self._library.loquet_calls())
                status = 0
            except BaseException:  # noqa: BLE001
                traceback.print_exc()  # a fork must not go on as if it were the test
            finally:
                os._exit(status)
        os.close(speak)
        with os.fdopen(hear) as pipe:
            said = [int(each) for each in pipe.read().split()]
        return os.waitpid(child, 0)[1] & 0x7F or os.waitstatus_to_exitcode(0), said


def main(points: int) -> None:
    """Kill at so many points, half of each scene's, spread over all there are; print figures."""
    scenes: tuple[Scene, ...] = (Policies(), Journals())
    with tempfile.TemporaryDirectory(prefix="lq-kill-") as name:
        killing = Killing(Path(name))
        for scene in scenes:
            folder = Path(name) / type(scene).__name__
            folder.mkdir()
            scene.prepare(folder)
            gc.collect()
            there = killing.points(scene)
            ways = [(point, half) for half in (False, True) for point in range(1, there + 1)]
            step = max(1.0, len(ways) / (points / len(scenes)))
            chosen = [ways[int(at * step)] for at in range(int(len(ways) / step))]
            found = [killing.kill(scene, point, half) for point, half in chosen]
            print(
                f"{scene.name}: killed at {len(chosen)} of {len(ways)} points, found"
                f" {len(set(found))} different states ({min(found)} to {max(found)}),"
                f" opened again within {killing.longest * 1e3:.0f} ms"
            )


if __name__ == "__main__":
    main(int(sys.argv[1]))
