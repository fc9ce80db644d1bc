"""The world around a benchmarked unit, as a process of its own: its board, its cards, their times.

    python -m tests.bench.world SOCKET READER LOCK_LINE [--chip [--proven]]

Times are CLOCK_MONOTONIC nanoseconds, taken in the board's own loop. Each line on stdin is answered
with one line of JSON: ``taps`` (card in the field; its first answer, ATQA, or null), ``lock``
(changes of the lock line: time, level) and ``transfers`` on the reader's bus so far.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from loquet_edge.simulation.air import Bits, Burst
from loquet_edge.simulation.board import Board
from loquet_edge.simulation.board_server import BoardServer
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.mfrc522_chip import Mfrc522Chip
from loquet_edge.simulation.ultralight_cards import UltralightAes
from tests.bench.wake_ups import real_time
from tests.edge.cards.antenna import FIRST, Antenna


class TimedCard(VirtualCard):
    """A card that notes when it first answered."""

    answered: int | None = None

    def receive(self, frame: Bits) -> Burst | None:
        burst = super().receive(frame)
        if burst is not None and self.answered is None:
            self.answered = time.monotonic_ns()
        return burst


class TimedProvenCard(UltralightAes):
    """A card that proves a key, and notes when it first answered."""

    answered: int | None = None

    def __init__(self, uid: bytes) -> None:
        super().__init__(uid)
        assert Antenna(self).encode(FIRST, uid=uid).outcome.good
        self.power_off()
        self.answered = None

    def receive(self, frame: Bits) -> Burst | None:
        burst = super().receive(frame)
        if burst is not None and self.answered is None:
            self.answered = time.monotonic_ns()
        return burst


class World:
    """Notes each card's arrival before the unit can hear of it."""

    def __init__(self, reader: str, lock: int, chip: bool, proven: bool = False) -> None:
        self.board = Board(strict_gpiod=True)
        self.board.subscribe(self._note)
        self._reader, self._lock = reader, lock
        self._taps: list[tuple[int, TimedCard | TimedProvenCard | None]] = []
        self._chip = Mfrc522Chip() if chip else None
        if self._chip is not None:
            make = TimedProvenCard if proven else TimedCard
            self.board.attach_chip(reader, (0, 0), self._chip, make)
        else:
            self.board.add_reader(reader)

    def _note(self, message: dict[str, Any]) -> None:
        if message["event"] == "reader" and message["cards"]:
            card = self.board.reader(self._reader).cards[message["cards"][-1]]
            at = time.monotonic_ns()
            timed = isinstance(card, TimedCard | TimedProvenCard)
            self._taps.append((at, card if timed else None))

    def report(self) -> dict[str, Any]:
        history = tuple(self.board.line(self._lock).history)
        return {
            "taps": [(at, card and card.answered) for at, card in self._taps],
            "lock": [(each.monotonic_ns, each.level) for each in history],
            "transfers": self._chip.transfers if self._chip else 0,
        }


def main(path: str, reader: str, lock: str, *chip: str) -> None:
    """Serve until stdin ends."""
    sys.setswitchinterval(0.0005)
    real_time()
    world = World(reader, int(lock), bool(chip), "--proven" in chip)
    server = BoardServer(world.board, Path(path))
    threading.Thread(target=_answer, args=(world, server), daemon=True).start()
    server.serve()


def _answer(world: World, server: BoardServer) -> None:
    print("serving", flush=True)
    for _ in sys.stdin:
        print(json.dumps(world.report()), flush=True)
    server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
