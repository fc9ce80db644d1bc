"""What a Wiegand reader does to two lines of the board."""

from __future__ import annotations

import time

from loquet_edge.simulation.board import Board, Line

PULSE_NS = 50_000
"""How long a reader pulls a line low: within SIA AC-01's 20 to 200 microseconds."""


def send_bits(
    board: Board, lines: tuple[Line, Line], bits: str, interval: float, after: float
) -> None:
    """Pulse D0 for each "0" and D1 for each "1", at once, with the times that a reader would give.

    The first pulse has the time `after` seconds from now, each later one `interval` seconds more.
    """
    began = time.monotonic_ns() + round(after * 1e9)
    for at, bit in enumerate(bits):
        fell = began + at * round(interval * 1e9)
        board.pulse(lines[int(bit)], 0, fell)
        board.pulse(lines[int(bit)], 1, fell + PULSE_NS)
