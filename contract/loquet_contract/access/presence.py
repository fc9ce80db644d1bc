"""What changes with every tap, and so travels apart from the policy.

Passes left, the area a holder was last let into, and counts per area have their place here
from the first day; the rules that read them (passes, anti-passback, capacity) come with the
plans. Until then a presence says only what the desired state says of doors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loquet_contract.ids import AreaId, DoorId, HolderId, LockdownId


@dataclass(frozen=True, slots=True)
class Presence:
    """The moving facts that a decision may read."""

    locked_down: Mapping[DoorId, LockdownId] = field(default_factory=dict)
    """Doors under lockdown, and under which."""
    last_area: Mapping[HolderId, AreaId] = field(default_factory=dict)
    passes_left: Mapping[HolderId, int] = field(default_factory=dict)
    people: Mapping[AreaId, int] = field(default_factory=dict)


NOBODY = Presence()
