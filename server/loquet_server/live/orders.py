"""What a manager may order from the live page; the doors' own room carries it out."""

from collections.abc import Sequence
from typing import Protocol

from loquet_server.who import Actor


class OrderFailed(Exception):
    """An order came to nothing; ``detail`` says why and what to do.

    ``kind``: refused (by the unit), offline or silent, for which pages have words of their own.
    """

    def __init__(self, detail: str, status: int = 409, kind: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status
        self.kind = kind


class Orders(Protocol):
    """Orders to doors; each raises OrderFailed. ``reason`` and ``actor`` go into the record."""

    async def release(self, door: str, reason: str, actor: str) -> None:
        """Release a door once; returns when its unit has done so."""

    async def lock_down(self, door: str, reason: str, actor: str) -> None:
        """Lock a door down until it is lifted; its unit confirms later."""

    async def lift(self, door: str, reason: str, actor: str) -> None:
        """Lift a door's lockdown."""

    async def lock_down_site(self, site: str, reason: str, actor: str) -> None:
        """Lock all doors of a site down until they are lifted."""

    async def lift_site(self, site: str, reason: str, actor: str) -> None:
        """Lift all lockdowns of a site."""

    async def follow_up(self, site: str, passages: Sequence[int], note: str, actor: str) -> None:
        """Note that somebody has looked after these refusals."""

    async def close_incident(self, incident: int, actor: Actor) -> None:
        """Close an incident: somebody has seen to it."""

    async def take_on_incident(self, incident: int, actor: Actor) -> None:
        """Note that somebody looks after an incident; raise Conflict if another was quicker."""

    async def looked(self, holder: str, actor: Actor) -> None:
        """Note that somebody was shown a member's refusals."""
