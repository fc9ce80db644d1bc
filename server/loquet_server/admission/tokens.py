"""One-time tokens of SD cards: a unit that starts from such a card and this server know each other.

A token's secret is derived from the card's name under a key that never leaves the server. So a
stranger's token is refused by reckoning alone: no query, no row, and the same time for each.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.adoption import Announcement, Token, token_proof
from loquet_server.keys import Keys
from loquet_server.ledger import record
from loquet_server.models import Action, AdoptionCard
from loquet_server.settings import Settings
from loquet_server.who import Actor

DAYS = 30
"""An SD card may lie in a drawer for so long before it is first used."""
_DAY_MS = 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token. ``expires_at``: UTC milliseconds."""

    card: str
    text: str
    expires_at: int


class AdoptionTokens:
    """Makes tokens, within one transaction."""

    def __init__(self, session: AsyncSession, settings: Settings, keys: Keys) -> None:
        self._session, self._settings, self._keys = session, settings, keys

    async def issue(
        self, site: str, actor: Actor, now_ms: int, days: int = DAYS, unit: str | None = None
    ) -> IssuedToken:
        """Return a token for one SD card of a site; ``unit``: which unit it is meant to become."""
        card = secrets.token_hex(16)
        expires = now_ms + days * _DAY_MS
        self._session.add(
            AdoptionCard(id=card, site=site, unit=unit, created_at=now_ms, expires_at=expires)
        )
        record(
            self._session, Action.UNIT_CARD_MADE, unit or card[:16], now_ms, actor=actor.name,
            site=site,
        )  # fmt: skip
        fingerprint = self._keys.signing.public.fingerprint
        token = Token(self._settings.own_address, fingerprint, card, card_secret(self._keys, card))
        return IssuedToken(card, token.text(), expires)


def card_secret(keys: Keys, card: str) -> bytes:
    """Return the secret of a card that this server made, and of any other name too; 16 bytes."""
    words = f"loquet/v1/adoption-card\n{card}".encode()
    return hmac.digest(keys.sealing, words, hashlib.sha256)[:16]


def proves_card(keys: Keys, asked: Announcement) -> bool:
    """True if whoever asks holds the token of a card that this server made."""
    due = token_proof(card_secret(keys, asked.card), asked.commitment)
    return hmac.compare_digest(due.encode(), asked.proof.encode())
