"""Codes by mail: eight digits, ten minutes, five tries; strangers and members see the same.

Whoever asks gets a ticket, known address or not. A code counts with its ticket alone, so that
only the device that asked can use it, and what the database keeps (digests of both together)
lets nobody in.
"""

import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.identity import throttle
from loquet_server.identity.codes import digest
from loquet_server.membership_access.repository import AccessRepository
from loquet_server.models import Holder, MemberCode, SignInAttempt

LIFE_MS: Final = 10 * 60_000
TRIES: Final = 5
DIGITS: Final = 8


@dataclass(frozen=True, slots=True, repr=False)
class Asked:
    """What came of a wish for a code. ``holder`` None: there is nobody to send it to."""

    ticket: str
    code: str
    holder: Holder | None


async def ask(session: AsyncSession, mail: str, now: int) -> Asked:
    """Return a ticket, and the code to send; nobody gets one where two share an address."""
    repository = AccessRepository(session)
    await repository.forget_old_codes(now)
    found = await repository.by_mail(mail)
    holder = found[0] if len(found) == 1 else None
    ticket = secrets.token_urlsafe(24)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    repository.add(
        MemberCode(
            id=digest(ticket),
            holder=None if holder is None else holder.id,
            digest=_both(ticket, code),
            tries=0,
            created_at=now,
            expires_at=now + LIFE_MS,
        )
    )
    return Asked(ticket, code, holder)


async def use(session: AsyncSession, ticket: str, code: str, now: int) -> Holder | None:
    """Return whose code this is and forget it; None, always alike, if it does not count."""
    repository, name = AccessRepository(session), digest(ticket)
    if not await repository.try_code(name, TRIES, now):
        return None
    row = await repository.code(name)
    if row is None or row.holder is None:
        return None
    if not hmac.compare_digest(row.digest, _both(ticket, tidy(code))):
        return None
    holder = await repository.holder(row.holder)
    if holder is None or holder.archived_at is not None or not await repository.forget_code(name):
        return None
    return holder


async def wait(session: AsyncSession, key: str, now: int) -> None:
    """Raise TooMany while a line has to wait after wrong links and codes."""
    found = await AccessRepository(session).failures(key, now - throttle.WINDOW_MS)
    throttle.refuse(throttle.MEMBER_LINE.wait_ms(*found, now))


async def count(session: AsyncSession, keys: dict[str, throttle.Limit], now: int) -> None:
    """Count an attempt under each key; raise TooMany while one of them has to wait."""
    repository = AccessRepository(session)
    for key, limit in keys.items():
        found = await repository.failures(key, now - throttle.WINDOW_MS)
        throttle.refuse(limit.wait_ms(*found, now))
    session.add_all([SignInAttempt(key=key, at=now) for key in keys])


def tidy(code: str) -> str:
    """Return a code as it was made: people type spaces and dashes."""
    return "".join(letter for letter in code if letter.isdigit())


def _both(ticket: str, code: str) -> str:
    return digest(f"{ticket}\n{code}")
