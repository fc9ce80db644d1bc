"""What changes with every tap, and so travels apart from the policy.

A unit holds what the server told last, and over it what it saw itself since. A decision only
reads: who paid for which period, what is left, who is where, how many are inside.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loquet_contract.ids import AccountId, AreaId, DoorId, HolderId, LockdownId


@dataclass(frozen=True, slots=True)
class Balance:
    """Passes left in an account; of the window that began at ``window`` (UTC seconds), if any."""

    left: int
    window: int | None = None


@dataclass(frozen=True, slots=True)
class Stay:
    """The area that a holder was last let into, and since when (UTC seconds)."""

    area: AreaId
    since: int


@dataclass(frozen=True, slots=True)
class Presence:
    """The moving facts that a decision may read."""

    locked_down: Mapping[DoorId, LockdownId] = field(default_factory=dict)
    """Doors under lockdown, and under which."""
    stays: Mapping[HolderId, Stay] = field(default_factory=dict)
    balances: Mapping[AccountId, Balance] = field(default_factory=dict)
    paid: Mapping[tuple[AccountId, HolderId], int] = field(default_factory=dict)
    """The start (UTC seconds) of the latest period that a holder's pass has paid for."""
    people: Mapping[AreaId, int] = field(default_factory=dict)


NOBODY = Presence()
