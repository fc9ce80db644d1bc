"""Where a proof runs: in the running unit, or on lines of our own while no unit runs."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import Protocol

from loquet_contract.wire.codec import decode
from loquet_contract.wire.events_proof import DoorProofMoved
from loquet_edge.commissioning import keeping, wiring
from loquet_edge.commissioning.live import BEGIN, STOP, Proving
from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig
from loquet_edge.drivers.catalogue import request_input, request_output
from loquet_edge.drivers.ports import (
    CardSeen,
    InputLine,
    Lines,
    OutputLine,
    ReaderEvent,
)
from loquet_edge.inspection import ask
from loquet_edge.reader_threads import open_reader

POLL_SECONDS = 0.02
ASK_SECONDS = 0.1
SIGNAL_SECONDS = 2.0


class Host(Protocol):
    """Runs one proof of one door."""

    pause: float
    """Seconds between two looks."""

    def begin(self, installer: str) -> None:
        """Begin, or go on where an interruption was; raise OSError or WrongWord."""

    def look(self) -> DoorProofMoved:
        """How it stands now; it has ended when it waits for nothing. Raises OSError."""

    def answer(self, act: str, word: str) -> None:
        """Pass on a person's word; raise OSError or WrongWord."""

    def close(self) -> None:
        """Let go of everything; a proof that has not ended is stopped, or kept to resume."""


class RunningUnit:
    """The proof runs in the unit's own ``door``, with its lines and its journal."""

    pause = ASK_SECONDS

    def __init__(self, config: UnitConfig, door: DoorUnitConfig) -> None:
        self._run, self._door = config.run, door.id
        self._proof = ""

    def begin(self, installer: str) -> None:
        found = ask(self._run, op="prove", door=self._door, act=BEGIN, word=installer)
        self._proof = decode(DoorProofMoved, found["proof"]).proof

    def look(self) -> DoorProofMoved:
        plain = ask(self._run, op="state")["proof"]
        if plain is None or plain["proof"] != self._proof:
            raise OSError("the unit started again, or another proof began: begin anew")
        return decode(DoorProofMoved, plain)

    def answer(self, act: str, word: str) -> None:
        ask(self._run, op="prove", door=self._door, act=act, word=word)

    def close(self) -> None:
        if self._proof and self.look().waits_for is not None:
            self.answer(STOP, "")


class OwnLines:
    """The proof runs here, on the lines of the door, which no other process has."""

    pause = POLL_SECONDS

    def __init__(
        self,
        config: UnitConfig,
        door: DoorUnitConfig,
        lines: Lines,
        monotonic: Callable[[], float] = time.monotonic,
        utc: Callable[[], float] = time.time,
    ) -> None:
        """Take the door's lines; the lock is driven to rest. Raises LineError."""
        self._config, self._door, self._lines = config, door, lines
        self._monotonic, self._utc = monotonic, utc
        self._proving = Proving(config, keeping.finish_alone(config))
        self._wires = wiring.digest(config, door)
        self._kept = 0
        self._heard: queue.SimpleQueue[ReaderEvent] = queue.SimpleQueue()
        inputs = list(wiring.door_inputs(door).values())
        if config.fire is not None and wiring.in_fire(config, door):
            inputs += [config.fire.loop, config.fire.rearm]
        self._inputs: dict[str, InputLine] = {
            each.name: request_input(lines, each) for each in inputs
        }
        self._lock = request_output(lines, door.lock_output)
        self._signals: list[OutputLine] = [
            request_output(lines, each)
            for field, each in wiring.door_outputs(door).items()
            if field != "lock_output"
        ]
        self._readers = [
            open_reader(each, config, self._put, lines)
            for each in config.readers
            if each.door == door.id
        ]
        self._driven: list[OutputLine] = []
        self._until = 0.0

    def begin(self, installer: str) -> None:
        now, utc = self._now()
        self._proving.order(self._door.id, BEGIN, installer, now, utc)
        earlier = keeping.interrupted(self._config.data, self._door.id, self._wires)
        self._proving.resume(earlier, now)
        self._kept = len(earlier)

    def look(self) -> DoorProofMoved:
        now, utc = self._now()
        while not self._heard.empty():
            event = self._heard.get()
            if isinstance(event, CardSeen):
                self._proving.badge(event.reader)
        self._proving.look({name: line.active for name, line in self._inputs.items()}, now, utc)
        self._drive(now)
        state = self._proving.state()
        assert state is not None, "it was begun"
        if state.waits_for is not None and len(state.acts) != self._kept:
            self._kept = len(state.acts)
            keeping.keep_interrupted(self._config.data, self._door.id, self._wires, state.acts)
        return state

    def answer(self, act: str, word: str) -> None:
        now, utc = self._now()
        self._proving.order(self._door.id, act, word, now, utc)

    def close(self) -> None:
        for reader in self._readers:
            reader.close()
        for line in (self._lock, *self._signals):
            line.drive(False)
        self._lines.close()

    def _put(self, event: object) -> None:
        if isinstance(event, ReaderEvent):
            self._heard.put(event)

    def _drive(self, now: float) -> None:
        wanted = self._proving.wanted()
        if wanted or (self._driven and now >= self._until):
            for line in self._driven:
                line.drive(False)
            self._driven = []
        if wanted:
            lock = wanted == "lock"
            self._driven = [self._lock] if lock else list(self._signals)
            self._until = now + (self._door.release if lock else SIGNAL_SECONDS)
            for line in self._driven:
                line.drive(True)

    def _now(self) -> tuple[float, int]:
        return self._monotonic(), int(self._utc() * 1000)
