"""``Idempotency-Key``: a program that got no answer asks again, and nothing is done twice.

A ``POST`` under ``/api/v1`` may carry a key that its caller made up. The first answer is kept
for 24 hours, sealed, since an answer may hold a secret that is shown once. The same key with
the same request gets that answer again; with another request it is refused. An answer that
says nothing of the request (not signed in, too many) is not kept; where nobody knows whether it
was done (a fault of ours, a unit that is silent, a power cut), the key says so and stays taken.
"""

import hmac
from dataclasses import dataclass

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loquet_contract.wire.sealing import open_sealed, seal
from loquet_server.dialect import insert
from loquet_server.errors import PROBLEM, Conflict, Invalid, Problem, problem
from loquet_server.keys import Keys
from loquet_server.models import IdempotencyKey
from loquet_server.office import Office, limited_body
from loquet_server.who import Actor

HEADER = "idempotency-key"
KEPT_MS = 24 * 3600 * 1000
MOST_BODY = 6 << 20
LONGEST = 200
UNFINISHED = 0
CONTEXT = "idempotency-answer"
_NOT_KEPT = frozenset({401, 403, 408, 413, 429})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request under a key; ``request`` is a digest of all that it says."""

    actor: str
    key: str
    request: str
    at: int


class Idempotency:
    """Middleware: asks the table before, and writes the answer there after."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _counts(scope):
            await self._app(scope, receive, send)
            return
        try:
            await self._once(scope, receive, send)
        except Problem as error:
            answer = problem(error.status, error.slug, error.title, error.detail)
            await answer(scope, receive, send)

    async def _once(self, scope: Scope, receive: Receive, send: Send) -> None:
        office = scope["app"].state.office
        assert isinstance(office, Office)
        request = Request(scope, receive)
        body = await limited_body(request, MOST_BODY)
        asked = _asked(request, body, office)
        async with office.database.with_transaction() as session:
            known = await _begin(session, asked)
        if known is not None:
            await _again(known, asked, office.keys)(scope, receive, send)
            return
        heard = _Heard(send)
        await self._app(scope, _given(body, receive), heard)
        if not heard.whole or heard.status >= 500:
            return
        async with office.database.with_transaction() as session:
            await _end(session, asked, heard, office.keys)


def _counts(scope: Scope) -> bool:
    return (
        scope["type"] == "http"
        and scope["method"] == "POST"
        and scope["path"].startswith("/api/v1/")
        and isinstance(scope.get("state", {}).get("actor"), Actor)
        and any(name == HEADER.encode() for name, _ in scope["headers"])
    )


def _asked(request: Request, body: bytes, office: Office) -> Asked:
    key = request.headers[HEADER].strip()
    if not key.isprintable() or not 0 < len(key) <= LONGEST:
        raise Invalid(f"Idempotency-Key has 1 to {LONGEST} visible characters")
    actor: Actor = request.state.actor
    name = actor.operator or actor.name
    # Keyed: a body may hold a badge number, which a plain digest would let be searched for.
    digest = hmac.new(office.keys.pepper, b"loquet/v1/request\n", "sha256")
    for part in (request.url.path, request.url.query, request.headers.get("content-type", "")):
        digest.update(f"{len(part)}:{part}\n".encode())
    digest.update(body)
    return Asked(name[:200], key, digest.hexdigest(), office.now_ms())


class _Heard:
    """Passes an answer on, and remembers it while it is small."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 500
        self.body = bytearray()
        self.whole = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        elif len(self.body) <= MOST_BODY:
            self.body += message.get("body", b"")
            self.whole = not message.get("more_body", False) and len(self.body) <= MOST_BODY
        await self._send(message)


def _given(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that was read already, once; then what comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again


async def _begin(session: AsyncSession, asked: Asked) -> IdempotencyKey | None:
    """Claim the key; return what is known of it if it is claimed already."""
    await session.execute(delete(IdempotencyKey).where(IdempotencyKey.at < asked.at - KEPT_MS))
    values = {
        "actor": asked.actor, "key": asked.key, "request": asked.request, "at": asked.at,
        "status": UNFINISHED, "body": b"",
    }  # fmt: skip
    statement = insert(session.sync_session, IdempotencyKey).values(values)
    mine = await session.execute(
        statement.on_conflict_do_nothing().returning(IdempotencyKey.__table__.c.key)
    )
    if mine.first() is not None:
        return None
    return await session.get(IdempotencyKey, (asked.actor, asked.key))


def _again(known: IdempotencyKey, asked: Asked, keys: Keys) -> Response:
    if known.request != asked.request:
        raise Invalid(
            "this Idempotency-Key came with another request before; use a new key for each request"
        )
    if known.status == UNFINISHED:
        raise Conflict(
            "a request with this Idempotency-Key is being worked on, or was cut off; look whether"
            " it was done before you ask with a new key"
        )
    body = open_sealed(keys.sealing, known.body.decode("ascii"), CONTEXT)
    media = PROBLEM if known.status >= 400 else "application/json"
    return Response(body, known.status, {"idempotency-replayed": "true"}, media_type=media)


async def _end(session: AsyncSession, asked: Asked, heard: _Heard, keys: Keys) -> None:
    """Keep the answer, or forget that anything was asked."""
    mine = (IdempotencyKey.actor == asked.actor, IdempotencyKey.key == asked.key)
    if heard.status in _NOT_KEPT:
        await session.execute(delete(IdempotencyKey).where(*mine))
        return
    sealed = seal(keys.seal_public, bytes(heard.body), CONTEXT).encode("ascii")
    await session.execute(
        update(IdempotencyKey).where(*mine).values(status=heard.status, body=sealed)
    )
