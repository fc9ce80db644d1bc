"""So many a minute and no more: what a stranger can cause must not fill the journal."""

from __future__ import annotations

MINUTE = 60.0


class Throttle:
    """Lets the first ``limit`` of each key's minute pass; a minute begins with its first one."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._minutes: dict[str, tuple[float, int]] = {}

    def passes(self, key: str, now: float) -> bool:
        """Count one at monotonic ``now``; return whether it is among the first."""
        since, count = self._minutes.get(key, (now, 0))
        if now - since >= MINUTE:
            since, count = now, 0
        self._minutes[key] = (since, count + 1)
        return count < self._limit
