"""What changes with every tap, and so travels apart from the policy.

A unit holds what the server told last, and over it what it saw itself since. A decision only
reads: who paid for which period, what is left, who is where, how many are inside.
"""

from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from loquet_contract.ids import AccountId, AreaId, DoorId, HolderId, LockdownId

K = TypeVar("K", contravariant=True)
V = TypeVar("V", covariant=True)


class Lookup(Protocol[K, V]):
    """Facts by key, such as a dictionary; a unit finds each in its file when it is asked."""

    def get(self, key: K, /) -> V | None: ...


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

    locked_down: Lookup[DoorId, LockdownId] = field(default_factory=dict)
    """Doors under lockdown, and under which."""
    stays: Lookup[HolderId, Stay] = field(default_factory=dict)
    balances: Lookup[AccountId, Balance] = field(default_factory=dict)
    paid: Lookup[tuple[AccountId, HolderId], int] = field(default_factory=dict)
    """The start (UTC seconds) of the latest period that a holder's pass has paid for."""
    people: Lookup[AreaId, int] = field(default_factory=dict)


NOBODY = Presence()
