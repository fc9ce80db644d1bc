"""The pages alone, without a broker: an application over a given database."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from loquet_server.bench.schemas import BadgeChoice
from loquet_server.database import Database
from loquet_server.pages import Parts, join
from loquet_server.who import LOCAL, Actor


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

    async def follow_up(self, site: str, passages: Sequence[int], note: str, actor: str) -> None:
        self.asked.append(("follow_up", ",".join(map(str, passages)), note))

    async def close_incident(self, incident: int, actor: Actor) -> None:
        self.asked.append(("close_incident", str(incident), actor.name))

    async def take_on_incident(self, incident: int, actor: Actor) -> None:
        self.asked.append(("take_on_incident", str(incident), actor.name))

    async def looked(self, holder: str, actor: Actor) -> None:
        self.asked.append(("looked", holder, actor.name))

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


def application(
    database: Database,
    clock: Callable[[], int],
    orders: OrdersTaken,
    boards: Path | None = None,
    badges: Sequence[BadgeChoice] = (),
) -> FastAPI:
    """Return the pages of a space; its broadcaster is ``app.state.broadcaster``."""
    app = FastAPI()
    join(app, Parts(database.reading, database.read, clock, orders, boards, badges))
    app.add_middleware(AsLocal)
    return app


class _Parts:
    """What differs from test to test, for an application that does not."""

    def __init__(self) -> None:
        self.database: Any = None
        self.clock: Callable[[], int] = int
        self.orders: Any = None

    def reading(self) -> Any:
        return self.database.reading()

    def read(self, work: Any) -> Any:
        return self.database.read(work)

    def now(self) -> int:
        return self.clock()

    def __getattr__(self, order: str) -> Any:
        return getattr(self.orders, order)


_standing: dict[object, tuple[_Parts, FastAPI]] = {}


def lent(
    database: Database,
    clock: Callable[[], int],
    orders: OrdersTaken,
    boards: Path | None = None,
    badges: Sequence[BadgeChoice] = (),
) -> FastAPI:
    """Return ``application`` of these, built once for the tests that ask after each other."""
    kind = (boards, tuple(badges))
    if kind not in _standing:
        parts = _Parts()
        _standing[kind] = (parts, application(parts, parts.now, parts, boards, badges))
    parts, app = _standing[kind]
    parts.database, parts.clock, parts.orders = database, clock, orders
    return app
