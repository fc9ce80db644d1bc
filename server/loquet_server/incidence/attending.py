"""Who does what about an incident: whoever attends to doors takes any on; its kind says who closes.

Somebody on call must be able to take on whatever they are woken for, so taking on and noting ask
for one permission, whatever it is about. To close is to say that the cause is gone or harmless.
"""

from typing import Final

from loquet_server.roles import Permission

ATTENDS: Final = Permission.DOORS_RELEASE
"""Takes incidents on, notes, and closes what happens at doors."""
TENDS_UNITS: Final = Permission.UNITS_WRITE
"""Closes the rest, and mutes."""
AT_THE_DOOR: Final = frozenset(
    {
        "door_forced_open", "door_held_open", "exit_stuck", "doorbell_rung", "help_asked",
        "area_warning", "area_full", "count_drift",
    }
)  # fmt: skip
"""What whoever welcomes people can see with their own eyes."""


def closer(kind: str) -> Permission:
    """Return what it takes to say that such an incident was seen to."""
    return ATTENDS if kind in AT_THE_DOOR else TENDS_UNITS
