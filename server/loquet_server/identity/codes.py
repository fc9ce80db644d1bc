"""One-time codes: for the first start, an invitation, a new password; kept as digests only."""

import hashlib
import re
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity.repository import IdentityRepository
from loquet_server.models import OneTimeCode

LINK_MS: Final = 72 * 3_600_000
"""How long an invitation, or a link to a new password, counts."""
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter looks like a digit."""
_SAME: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})


class Purpose(StrEnum):
    """What a code is for."""

    SETUP = "setup"
    INVITATION = "invitation"
    PASSWORD = "password"


@dataclass(frozen=True, slots=True)
class Codes:
    """Issues and takes codes, within one transaction."""

    session: AsyncSession
    now: int

    async def setup(self) -> str:
        """Return a new code for the first start, of 80 bits in four groups; older ones end."""
        raw = "".join(secrets.choice(_LETTERS) for _ in range(16))
        await IdentityRepository(self.session).forget_codes(Purpose.SETUP)
        self._keep(raw, Purpose.SETUP, None, None)
        return "-".join(raw[at : at + 4] for at in range(0, 16, 4))

    async def link(self, purpose: Purpose, operator: str) -> str:
        """Return a new secret of 256 bits for a link; older ones of this operator end."""
        secret = secrets.token_urlsafe(32)
        await IdentityRepository(self.session).forget_codes(None, operator)
        self._keep(secret, purpose, operator, self.now + LINK_MS)
        return secret

    async def find(self, code: str, *purposes: Purpose) -> OneTimeCode | None:
        """Return a code that counts now for one of these, or None."""
        row = await IdentityRepository(self.session).code(digest(tidy(code, purposes)))
        if row is None or row.used_at is not None or row.purpose not in purposes:
            return None
        if row.expires_at is not None and row.expires_at <= self.now:
            return None
        return row

    async def use(self, row: OneTimeCode) -> bool:
        """Use a code up; False if somebody else just did."""
        return await IdentityRepository(self.session).use_code(row.digest, self.now)

    def _keep(self, code: str, purpose: Purpose, operator: str | None, expires: int | None) -> None:
        self.session.add(
            OneTimeCode(
                digest=digest(code),
                purpose=purpose.value,
                operator=operator,
                created_at=self.now,
                expires_at=expires,
            )
        )


def digest(secret: str) -> str:
    """Return what is kept of a secret of high entropy."""
    return hashlib.sha256(secret.encode()).hexdigest()


def tidy(code: str, purposes: tuple[Purpose, ...] = (Purpose.SETUP,)) -> str:
    """Return a code as it was made: a typed one may lack dashes, or have O for 0."""
    if Purpose.SETUP not in purposes:
        return code
    return re.sub(r"[\s-]+", "", code).upper().translate(_SAME)
