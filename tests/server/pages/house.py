"""The pages alone, without a broker: an application over a given database."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.types import ASGIApp, Receive, Scope, Send

from loquet_server.bench.schemas import BadgeChoice
from loquet_server.pages import Parts, join
from loquet_server.who import LOCAL


@dataclass
class OrdersTaken:
    """Orders that only remember what was asked, or fail with what they are given."""

    asked: list[tuple[str, str, str]] = field(default_factory=list)
    failure: Exception | None = None

    async def release(self, door: str, reason: str, actor: str) -> None:
        await self._order("release", door, reason)

    async def lock_down(self, door: str, reason: str, actor: str) -> None:
        await self._order("lock_down", door, reason)

    async def lift(self, door: str, reason: str, actor: str) -> None:
        await self._order("lift", door, reason)

    async def lock_down_site(self, site: str, reason: str, actor: str) -> None:
        await self._order("lock_down_site", site, reason)

    async def lift_site(self, site: str, reason: str, actor: str) -> None:
        await self._order("lift_site", site, reason)

    async def _order(self, order: str, door: str, reason: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.asked.append((order, door, reason))


class AsLocal:
    """In the guard's place: whoever asks sits at this machine."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope.setdefault("state", {}).update(actor=LOCAL, csrf="")
        await self._app(scope, receive, send)


Reading = Callable[[], AbstractAsyncContextManager[AsyncSession]]


def application(
    reading: Reading,
    clock: Callable[[], int],
    orders: OrdersTaken,
    boards: Path | None = None,
    badges: Sequence[BadgeChoice] = (),
) -> FastAPI:
    """Return the pages of a space; its broadcaster is ``app.state.broadcaster``."""
    app = FastAPI()
    join(app, Parts(reading, clock, orders, boards, badges))
    app.add_middleware(AsLocal)
    return app
