"""Making and revoking tokens, within one transaction."""

import secrets
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Forbidden, NotFound
from loquet_server.identity.codes import digest
from loquet_server.identity.repository import IdentityRepository
from loquet_server.identity.tokens import allowed, new_secret
from loquet_server.ledger import record
from loquet_server.models import Action, ApiToken, Operator
from loquet_server.tokens.repository import TokenRepository
from loquet_server.tokens.schemas import TokenForm
from loquet_server.who import Actor

DAY_MS: Final = 86_400_000
NO_ACCOUNT: Final = "there is no account: at this machine nobody signs in (LOQUET_ACCOUNTS=local)"


class TokenService:
    """Tokens of the operator who asks."""

    def __init__(self, session: AsyncSession, actor: Actor, now: int) -> None:
        self._session = session
        self._actor = actor
        self._now = now

    async def operator(self) -> Operator:
        """Return whose tokens these are; raise NotFound where nobody has an account."""
        row = await IdentityRepository(self._session).operator(self._actor.operator or "")
        if row is None:
            raise NotFound(NO_ACCOUNT)
        return row

    async def make(self, asked: TokenForm) -> tuple[ApiToken, str]:
        """Return a new token and its secret; raise Forbidden for what one may not do oneself."""
        operator = await self.operator()
        beyond = set(asked.scopes).difference(allowed(operator))
        if beyond:
            raise Forbidden(f"your role has not: {', '.join(sorted(beyond))}")
        secret = new_secret()
        row = ApiToken(
            id=f"tk-{secrets.token_hex(6)}",
            operator=operator.id,
            name=asked.name,
            digest=digest(secret),
            scopes=sorted(each.value for each in set(asked.scopes)),
            created_at=self._now,
            expires_at=self._now + asked.days * DAY_MS if asked.days else None,
        )
        TokenRepository(self._session).add(row)
        self._record(Action.TOKEN_CREATED, row)
        return row, secret

    async def revoke(self, token: str) -> ApiToken:
        """Revoke a token of one's own: it stops to count at once."""
        row = await TokenRepository(self._session).one(self._actor.operator or "", token)
        if row is None:
            raise NotFound(f"there is no token {token!r} of yours")
        if row.revoked_at is None:
            row.revoked_at = self._now
            self._record(Action.TOKEN_REVOKED, row)
        return row

    def _record(self, action: Action, row: ApiToken) -> None:
        record(
            self._session, action, row.id, self._now, actor=self._actor.name,
            site=self._actor.site, detail={"name": row.name, "scopes": row.scopes},
        )  # fmt: skip
