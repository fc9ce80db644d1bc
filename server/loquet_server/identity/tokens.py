"""API tokens: a program's key, with less than its operator may, and never more.

``loquet_`` and 256 bits; the database keeps the SHA-256. Scopes are permissions, and count only
as long as the operator has them.
"""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity.codes import digest
from loquet_server.identity.repository import IdentityRepository
from loquet_server.models import ApiToken, Operator
from loquet_server.who import PERMISSIONS, Actor, Permission, Role

PREFIX: Final = "loquet_"
NEVER: Final = frozenset({Permission.OPERATORS_WRITE, Permission.SELF})
"""What no program may do: accounts are the business of people."""
USED_MS: Final = 60_000
"""How exactly it is kept when a token was last used."""


def new_secret() -> str:
    """Return a new token, shown once."""
    return PREFIX + secrets.token_urlsafe(32)


def allowed(operator: Operator) -> list[Permission]:
    """Return what a token of this operator may be given."""
    mine = PERMISSIONS[Role(operator.role)] - NEVER
    return [each for each in Permission if each in mine]


async def find(session: AsyncSession, secret: str, now: int) -> tuple[Actor, bool] | None:
    """Return whose token this is, and whether to keep that it was used; None if it counts not."""
    found = await IdentityRepository(session).token(digest(secret))
    if found is None:
        return None
    row, operator = found
    over = row.expires_at is not None and row.expires_at <= now
    if over or row.revoked_at is not None or operator.disabled_at is not None:
        return None
    scopes = frozenset(allowed(operator)).intersection(row.scopes)
    actor = Actor(
        f"{operator.name} ({row.name})",
        Role(operator.role),
        frozenset(Permission(each) for each in scopes),
        operator.id,
        operator.site,
        token=row.id,
    )
    return actor, (row.last_used_at or 0) < now - USED_MS


async def used(session: AsyncSession, token: str, now: int) -> None:
    """Keep when a token was last used."""
    row = await session.get(ApiToken, token)
    if row is not None:
        row.last_used_at = now
