"""How long requests take, by the template of their route: never by an address with an id in it."""

import time
from collections.abc import MutableMapping
from typing import Any, Final

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""Seconds."""
OTHER: Final = "other"
"""What no route serves: strangers must not be able to invent labels."""
_STREAM: Final = "text/event-stream"


class Durations:
    """The histogram of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "loquet_http_request_seconds",
            "Time until a request was answered, by route; streams are not counted.",
            ("method", "route", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )

    def note(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        known = method if method in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD") else OTHER
        self._seconds.labels(known, route, f"{status // 100}xx").observe(seconds)


class Measured:
    """Measures every request; inside the guard, so that strangers' tries are not counted."""

    def __init__(self, app: ASGIApp, durations: Durations) -> None:
        self._app = app
        self._durations = durations

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status, stream = time.perf_counter(), 500, False

        async def noting(message: Message) -> None:
            nonlocal status, stream
            if message["type"] == "http.response.start":
                status, stream = message["status"], _is_stream(message)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            if not stream:
                took = time.perf_counter() - started
                self._durations.note(scope["method"], route_of(scope), status, took)


def route_of(scope: MutableMapping[str, Any]) -> str:
    """Return the template of the route that served a request, such as ``/doors/{door}``."""
    found = getattr(scope.get("route"), "path", None)
    if isinstance(found, str):
        return found
    return "/static" if str(scope["path"]).startswith("/static/") else OTHER


def _is_stream(message: Message) -> bool:
    return any(
        name == b"content-type" and value.startswith(_STREAM.encode())
        for name, value in message.get("headers", ())
    )
