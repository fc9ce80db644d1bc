"""The clock that the server goes by: the machine's, or its own reckoning while that is in doubt."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from loquet_server.reckoning.judgement import TOLERANCE_MS


def elapsed() -> float:
    """Return seconds since the machine started, sleep included: nobody can set them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class _Mark:
    """A UTC in seconds, and the instant at which it was."""

    utc: float
    at: float


class ServerClock:
    """Called, it returns UTC seconds. Any thread may ask; one decides."""

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        instant: Callable[[], float] = elapsed,
    ) -> None:
        """``wall``: the machine's clock; ``instant``: seconds that no setting of it moves."""
        self.wall, self.instant = wall, instant
        self._mark: _Mark | None = None

    def __call__(self) -> float:
        mark = self._mark
        return self.wall() if mark is None else mark.utc + self.instant() - mark.at

    @property
    def doubted(self) -> bool:
        """True while the machine's clock is not believed."""
        return self._mark is not None

    def now_ms(self) -> int:
        """Return the machine's clock, UTC milliseconds, believed or not."""
        return int(self.wall() * 1000)

    def trust(self) -> None:
        """Go by the machine's clock."""
        self._mark = None

    def reckon(self, utc_ms: int) -> None:
        """Go by ``utc_ms`` and what passes from now on."""
        self._mark = _Mark(utc_ms / 1000, self.instant())

    def follow(self, utc_ms: int) -> None:
        """Reckon as another process does, whose word may be a minute old: never jump for that."""
        if self._mark is None or abs(self() * 1000 - utc_ms) > TOLERANCE_MS:
            self.reckon(utc_ms)
