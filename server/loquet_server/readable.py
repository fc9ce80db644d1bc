"""Addresses that no database can be asked for: a NUL in a path or a query is refused at once."""

from starlette.types import ASGIApp, Receive, Scope, Send

from loquet_server.errors import problem


class Readable:
    """Middleware: answers 422 to an address that holds a NUL character."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (
            "\0" in scope["path"]
            or b"%00" in scope["query_string"]
            or b"\0" in scope["query_string"]
        ):
            detail = "The address holds a character that no text may hold (NUL). Leave it out."
            await problem(422, "invalid", "Invalid", detail)(scope, receive, send)
            return
        await self._app(scope, receive, send)
