"""For a moment a reader takes a number down instead of deciding: how a badge is enrolled by a tap.

One badge, or the time, ends it; a lockdown too, since the badge that may lift it must be heard.
Asking to leave is never affected.
"""

from collections.abc import Collection

from loquet_contract.ids import AccessPointId, CommandId

MOST_SECONDS = 300


class EnrolmentMode:
    """Which access points wait for a badge, until when, and by which command."""

    def __init__(self) -> None:
        self._waiting: dict[AccessPointId, tuple[CommandId, float]] = {}

    def begin(self, point: AccessPointId, command: CommandId, seconds: int, now: float) -> None:
        """Wait for a badge; a command given before for the same place ends. Monotonic seconds."""
        self._waiting[point] = command, now + seconds

    def end(self, points: Collection[AccessPointId]) -> None:
        """Wait no longer at these."""
        for point in points:
            self._waiting.pop(point, None)

    def waits(self, now: float) -> bool:
        """True if any place waits for a badge."""
        return any(now < until for _, until in self._waiting.values())

    def take(self, point: AccessPointId, now: float) -> CommandId | None:
        """Return for which command the badge that just came is, once; None: it is to be decided."""
        if not self._waiting:
            return None
        command, until = self._waiting.pop(point, (None, now))
        return command if now < until else None
