"""What a manager may order from the live page; the doors' own room carries it out."""

from typing import Protocol


class OrderFailed(Exception):
    """An order came to nothing; ``detail`` says why and what to do, for people."""

    def __init__(self, detail: str, status: int = 409) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


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
