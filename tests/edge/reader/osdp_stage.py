"""An RS-485 line with libosdp readers in processes of their own, and all that may befall it."""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from loquet_edge.drivers.osdp import OsdpBus
from loquet_edge.drivers.osdp_member import Member, OsdpTimes
from loquet_edge.drivers.ports import ReaderEvent

PATIENCE = 15.0
KEY = bytes.fromhex("8c2f61d7039be4a85510c6fd72394e1b")
OTHER_KEY = bytes.fromhex("1fe09a4457b30c82d6693fa1c47d25b8")
HASTY = OsdpTimes(silence=0.5, attempt=1.0, unanswered=0.25, rest=0.2, grace=0.9)
"""So that a test need not wait for what people may."""
Spoil = Callable[[bytes], list[bytes]]
Found = TypeVar("Found")


def straight(data: bytes) -> list[bytes]:
    """A good line."""
    return [data]


class Ends:
    """A pseudo terminal: a name that a program opens, and the handle at its other end."""

    def __init__(self) -> None:
        self.handle, self._slave = os.openpty()
        tty.setraw(self.handle)
        tty.setraw(self._slave)
        self.path = os.ttyname(self._slave)

    def close(self) -> None:
        os.close(self.handle)
        os.close(self._slave)


class Wire:
    """Carries what the unit says to every reader and what any reader says to the unit."""

    def __init__(self, count: int) -> None:
        self.unit, self.readers = Ends(), [Ends() for _ in range(count)]
        self.inward: Spoil = straight
        """What becomes of bytes on their way to the unit."""
        self.outward: Spoil = straight
        self.cut: set[int] = set()
        """Readers that are unplugged."""
        self.said: list[bytes] = []
        """What the unit has sent."""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(PATIENCE)
        for each in (self.unit, *self.readers):
            each.close()

    def inject(self, data: bytes) -> None:
        """Bytes for the unit that no reader sent."""
        os.write(self.unit.handle, data)

    def _carry(self) -> None:
        ends = [self.unit.handle, *(each.handle for each in self.readers)]
        while not self._ended.is_set():
            ready, _, _ = select.select(ends, [], [], 0.05)
            for handle in ready:
                data = os.read(handle, 4096)
                if handle == self.unit.handle:
                    self.said.append(data)
                    for run in self.outward(data):
                        for at, each in enumerate(self.readers):
                            if at not in self.cut:
                                os.write(each.handle, run)
                elif ends.index(handle) - 1 not in self.cut:
                    for run in self.inward(data):
                        os.write(self.unit.handle, run)


class Reader:
    """libosdp as a reader, in a process of its own."""

    def __init__(self, path: str, address: int, key: bytes | str) -> None:
        words = [path, str(address), key if isinstance(key, str) else key.hex()]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.edge.reader.osdp_reader", *words],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.told: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        assert "ready" in self.told.get(timeout=PATIENCE)

    def say(self, **event: Any) -> None:
        """Have it report a card, keys or its cover."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(event) + "\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._thread.join(PATIENCE)

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.told.put(json.loads(line))


class Line:
    """A bus under test, its wire and its readers; `with` ends all of it."""

    def __init__(
        self,
        keys: Sequence[bytes | str] = (KEY,),
        unit_keys: Sequence[tuple[bytes, ...]] | None = None,
        times: OsdpTimes = HASTY,
    ) -> None:
        self.wire = Wire(len(keys))
        self.readers = [
            Reader(ends.path, at + 1, key)
            for at, (ends, key) in enumerate(zip(self.wire.readers, keys, strict=True))
        ]
        wanted = unit_keys or [(KEY,)] * len(keys)
        self.members = [Member(f"r{at + 1}", at + 1, wanted[at]) for at in range(len(keys))]
        self.bus = OsdpBus(Path(self.wire.unit.path), 115200, self.members, times=times)
        self.events: list[ReaderEvent] = []

    def __enter__(self) -> Line:
        return self

    def __exit__(self, *_: object) -> None:
        self.bus.close()
        for each in self.readers:
            each.close()
        self.wire.close()

    def until(self, condition: Callable[[], bool], seconds: float = PATIENCE) -> float:
        """Poll until it holds; return how many seconds that took."""
        began = time.monotonic()
        while not condition():
            assert time.monotonic() - began < seconds, f"it never came; {self.events}"
            self.turn()
        return time.monotonic() - began

    def turn(self) -> None:
        now = time.monotonic()
        self.events += self.bus.poll(now)
        while (wait := self.bus.next_poll(now) - time.monotonic()) > 0:
            time.sleep(wait)

    def run(self, seconds: float) -> list[ReaderEvent]:
        """Poll for so long; return what came."""
        before, end = len(self.events), time.monotonic() + seconds
        while time.monotonic() < end:
            self.turn()
        return self.events[before:]

    def secure(self, at: int = 0) -> None:
        """Wait until a reader's channel stands."""
        self.until(lambda: self.members[at].secure)

    def next(self, kind: type[Found], seconds: float = PATIENCE) -> Found:
        """The next event of a kind; those before it are dropped."""

        def there() -> bool:
            return any(isinstance(each, kind) for each in self.events)

        self.until(there, seconds)
        while not isinstance(found := self.events.pop(0), kind):
            pass
        return found
