"""Restarting, fetching anew and sending the log, when the server asks.

A restart ends ``link`` and ``door`` in order; the supervisor, or systemd, starts them again. The
guard stays: it alone lets people out, and heeds fire, while the others are away. ``link`` cannot
bring any of this about: it passes signed orders on, and only ``door`` obeys them.

Without ``door`` the guard drives each lock to its declared state, so a door that fails safe
stands free for the second that a restart takes. Hence none while a door is locked down, and none
while somebody passes, leaves, enrols a badge, or proves a door.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from loquet_contract.wire.commands import Command, What
from loquet_edge.door.state import Fire
from loquet_edge.orders import OrderRefused
from loquet_edge.seam import Ending, FetchWanted, LogWanted, ToLink

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

LINGER_SECONDS = 0.5
"""From the answer to the end of ``link``, and from there to that of ``door``."""
CAUSE = "restarted by order of the server"


class FarOrders:
    """What reaches beyond the doors; times are monotonic seconds."""

    def __init__(self, send: Callable[[ToLink], None], stop: Callable[[str], None]) -> None:
        self._send, self._stop = send, stop
        self._ends_at: float | None = None
        self._link_ended = False

    def obey(self, command: Command, parts: Parts, now: float) -> None:
        """Do what such a command says; raise OrderRefused."""
        if command.what is What.FETCH:
            self._send(FetchWanted())
        elif command.what is What.LOGS:
            self._send(LogWanted(command.command))
        else:
            why = hindrance(parts, now)
            if why:
                raise OrderRefused(why, command.command)
            self._ends_at, self._link_ended = now + LINGER_SECONDS, False

    def chores(self, parts: Parts, now: float) -> None:
        """End ``link``, then this process, if it is time and nothing came between."""
        if self._ends_at is None or now < self._ends_at:
            return
        self._ends_at = None
        if hindrance(parts, now):
            return
        if self._link_ended:
            self._stop(CAUSE)
        else:
            self._send(Ending())
            self._ends_at, self._link_ended = now + LINGER_SECONDS, True


def hindrance(parts: Parts, now: float) -> str:
    """Return why the unit must not be restarted now; empty where it may."""
    if any(active for name, active in parts.guard.levels.items() if name.startswith("exit:")):
        return "somebody is leaving: try again in a few seconds"
    for name, doorway in parts.doorways.items():
        door = doorway.door
        if door.fire is not Fire.CLEAR:
            return "there is a fire alarm that nobody has ended at the door"
        if door.lockdown is not None:
            return f"door {name} is locked down: lift that first"
        if door.granted is not None or door.exit is not None or door.leaving is not None:
            return f"somebody is passing door {name}: try again in a few seconds"
    if parts.enrolling.waits(now):
        return "a reader waits for a badge to be enrolled: try again afterwards"
    if parts.installer.busy:
        return "a door is being proven: end or stop that first"
    return ""
