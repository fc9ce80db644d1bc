"""Bad lines between a card and its reader, as a family: one test runs over all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from loquet_edge.simulation.air import Burst


class Noise:
    """Spoils the answers whose turn it is, and lets all others pass."""

    def __init__(self, spoil: Callable[[Burst], Burst | None], turns: range | set[int]) -> None:
        self._spoil = spoil
        self._turns = turns
        self.answers = 0

    def __call__(self, burst: Burst) -> Burst | None:
        self.answers += 1
        return self._spoil(burst) if self.answers - 1 in self._turns else burst


def _wrong_bit(burst: Burst) -> Burst:
    return replace(burst, bits=(*burst.bits[:5], 1 - burst.bits[5], *burst.bits[6:]))


BAD_LINES: dict[str, Callable[[Burst], Burst | None]] = {
    "lost answer": lambda burst: None,
    "truncated in a byte": lambda burst: replace(burst, bits=burst.bits[:-3]),
    "truncated to a byte": lambda burst: replace(burst, bits=burst.bits[:8]),
    "truncated to nothing": lambda burst: replace(burst, bits=()),
    "wrong bit, wrong parity": lambda burst: replace(_wrong_bit(burst), parity_ok=False),
    "wrong bit, right parity": _wrong_bit,
    "right bits, wrong parity": lambda burst: replace(burst, parity_ok=False),
    "false collision": lambda burst: replace(burst, collisions=(3,)),
    "collision beyond the number": lambda burst: replace(burst, collisions=(35,)),
    "far too long": lambda burst: replace(burst, bits=burst.bits * 40),
    "far too late": lambda burst: replace(burst, delay=0.002),
}
