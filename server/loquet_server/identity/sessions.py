"""Browsers that are signed in: 12 hours without use, 30 days at most, ended at any time.

The cookie holds a secret of 256 bits; the database its SHA-256. A session is made anew at each
sign-in, so that a cookie planted before is worth nothing after.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from loquet_server.identity.codes import digest
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.throttle import WINDOW_MS
from loquet_server.models import Operator, OperatorSession
from loquet_server.who import PERMISSIONS, Actor, Role

IDLE_MS: Final = 12 * 3_600_000
LIFE_MS: Final = 30 * 24 * 3_600_000
PROVED_MS: Final = 10 * 60_000
"""How long a password that was just given counts for dangerous acts."""
TOUCH_MS: Final = 5 * 60_000
"""How exactly it is kept when a session was last seen: not every look writes."""
COOKIE: Final = "loquet_session"
SECURE_COOKIE: Final = "__Host-loquet_session"
"""Browsers take this name from https alone, and from this very host (RFC 6265bis)."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose session it is. ``touch``: it is time to keep that it was seen."""

    actor: Actor
    csrf: str
    language: str
    touch: bool


def cookie_name(secure: bool) -> str:
    """Return the name of the session's cookie."""
    return SECURE_COOKIE if secure else COOKIE


def set_cookie(answer: Response, secret: str, *, secure: bool) -> None:
    """Give a browser its session; scripts cannot read it, other sites cannot send it along."""
    answer.set_cookie(
        cookie_name(secure), secret, max_age=LIFE_MS // 1000, path="/", httponly=True,
        secure=secure, samesite="lax",
    )  # fmt: skip


def clear_cookie(answer: Response, *, secure: bool) -> None:
    """Take a browser's session away."""
    answer.delete_cookie(
        cookie_name(secure), path="/", httponly=True, secure=secure, samesite="lax"
    )


async def begin(
    session: AsyncSession, operator: Operator, now: int, browser: str, old: str = ""
) -> str:
    """Return the secret of a new session; the one of the secret ``old`` ends."""
    repository = IdentityRepository(session)
    if old:
        await repository.end_sessions(operator.id, only=digest(old))
    await repository.sweep(now - IDLE_MS, now, now - WINDOW_MS)
    secret = secrets.token_urlsafe(32)
    repository.add(
        OperatorSession(
            id=digest(secret),
            operator=operator.id,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
            expires_at=now + LIFE_MS,
            proved_at=now,
            browser=browser[:200],
        )
    )
    operator.last_seen_at = now
    return secret


async def find(session: AsyncSession, secret: str, now: int) -> SignedIn | None:
    """Return whose session this is, if it counts now."""
    found = await IdentityRepository(session).session(digest(secret))
    if found is None:
        return None
    row, operator = found
    if row.expires_at <= now or row.seen_at < now - IDLE_MS or operator.disabled_at is not None:
        return None
    role = Role(operator.role)
    actor = Actor(
        operator.name,
        role,
        PERMISSIONS[role],
        operator.id,
        operator.site,
        session=row.id,
        proved=now - row.proved_at < PROVED_MS,
    )
    return SignedIn(actor, row.csrf, operator.language, row.seen_at < now - TOUCH_MS)


async def touch(session: AsyncSession, secret: str, now: int) -> None:
    """Keep that a session was seen, and its operator with it."""
    found = await IdentityRepository(session).session(digest(secret))
    if found is not None:
        found[0].seen_at = found[1].last_seen_at = now
