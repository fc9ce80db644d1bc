"""Devices on which a member is signed in: 180 days since they were last used.

The cookie holds a secret of 256 bits; the database its SHA-256. It has a name of its own, so
that an operator's session and a member's live side by side in one browser, and neither is ever
taken for the other.
"""

import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from loquet_server.identity.codes import digest
from loquet_server.membership_access.member import Member
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.models import Holder, MemberSession

IDLE_MS: Final = 180 * 24 * 3_600_000
TOUCH_MS: Final = 24 * 3_600_000
"""How exactly it is kept when a session was last seen; the cookie is made young again with it."""
COOKIE: Final = "loquet_member"
SECURE_COOKIE: Final = "__Host-loquet_member"
"""Browsers take this name from https alone, and from this very host (RFC 6265bis)."""


@dataclass(frozen=True, slots=True)
class MemberSignedIn:
    """Whose session it is. ``touch``: it is time to keep that it was seen."""

    member: Member
    csrf: str
    touch: bool


def cookie_name(secure: bool) -> str:
    """Return the name of the session's cookie."""
    return SECURE_COOKIE if secure else COOKIE


def set_cookie(answer: Response, secret: str, *, secure: bool) -> None:
    """Give a device its session; scripts cannot read it, other sites cannot send it along."""
    answer.set_cookie(
        cookie_name(secure), secret, max_age=IDLE_MS // 1000, path="/", httponly=True,
        secure=secure, samesite="lax",
    )  # fmt: skip


def clear_cookie(answer: Response, *, secure: bool) -> None:
    """Take a device's session away."""
    answer.delete_cookie(
        cookie_name(secure), path="/", httponly=True, secure=secure, samesite="lax"
    )


async def begin(
    session: AsyncSession, holder: Holder, now: int, browser: str, *,
    link: str | None = None, old: str = "",
) -> str:  # fmt: skip
    """Return the secret of a new session; the one of the secret ``old`` ends."""
    repository = AccessRepository(session)
    before = await repository.session(digest(old)) if old else None
    if before is not None:
        await repository.end_sessions(before[1].id, only=before[0].id)
    await repository.forget_idle_sessions(now - IDLE_MS)
    secret = secrets.token_urlsafe(32)
    repository.add(
        MemberSession(
            id=digest(secret),
            holder=holder.id,
            link=link,
            csrf=secrets.token_urlsafe(32),
            created_at=now,
            seen_at=now,
            browser=browser[:200],
        )
    )
    return secret


async def find(session: AsyncSession, secret: str, now: int) -> MemberSignedIn | None:
    """Return whose session this is, if it counts now."""
    found = await AccessRepository(session).session(digest(secret))
    if found is None:
        return None
    row, holder = found
    if row.seen_at < now - IDLE_MS or holder.archived_at is not None:
        return None
    member = Member(holder.id, holder.site, holder.name, holder.language, row.id)
    return MemberSignedIn(member, row.csrf, row.seen_at < now - TOUCH_MS)


async def touch(session: AsyncSession, member: Member, now: int) -> None:
    """Keep that a session was seen."""
    await AccessRepository(session).touch(member.session, now)
