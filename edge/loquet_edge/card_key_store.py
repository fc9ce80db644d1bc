"""The site's card masters on a unit: in a file of their own, readable by its owner only.

They stand beside the identity, where the pepper is, and in no database and no journal. What the
server names in the desired state and what is here are compared by name; what is missing is asked
for with a key made for that question, until it comes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from loquet_contract.wire import base64url
from loquet_contract.wire.card_keys import (
    MASTER_BYTES,
    MOST_VERSIONS,
    SEAL_CONTEXT,
    CardKeysAnswer,
    CardKeysRequest,
    CardMaster,
    CardMasters,
)
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.signing import Purpose
from loquet_edge.card_desk import CardDesk
from loquet_edge.identity import UnitIdentity, write_private
from loquet_edge.protocols.card_keys import CardKey
from loquet_edge.sealed_question import ASK_AGAIN_SECONDS, AnswerRefused, SealedQuestion, secrets_in

log = logging.getLogger(__name__)


class CardKeyStore:
    """Keeps ``desk`` supplied with the masters in force; times are monotonic seconds."""

    def __init__(self, path: Path, identity: UnitIdentity | None, desk: CardDesk) -> None:
        self._path, self._identity, self._desk = path, identity, desk
        self._wanted: tuple[str, ...] | None = None
        self._question = SealedQuestion(
            CardKeysRequest, CardKeysAnswer, Purpose.CARD_KEYS_REQUEST, Purpose.CARD_KEYS,
            SEAL_CONTEXT,
        )  # fmt: skip
        self._ask_at = 0.0
        desk.keys = secrets_in(path, lambda text: _keys(decode_text(CardMasters, text)), ())

    def want(self, names: Sequence[str] | None) -> None:
        """Hear which masters are in force, the newest first; None: nothing was said."""
        if names is None or tuple(names) == self._wanted:
            return
        self._wanted, self._ask_at = tuple(names), 0.0
        if not names and self._desk.keys:
            self._keep(())

    def wish(self, now: float) -> str | None:
        """Return a signed question for the masters if it is time to ask."""
        wanted, identity = self._wanted, self._identity
        if not wanted or identity is None or now < self._ask_at or wanted == self._names():
            return None
        self._ask_at = now + ASK_AGAIN_SECONDS
        return self._question.ask(identity)

    def take(self, document: str) -> None:
        """Take in a signed answer; raise AnswerRefused."""
        self._keep(_keys(self._question.opened(self._identity, document, CardMasters)))

    def _names(self) -> tuple[str, ...]:
        return tuple(each.id.hex() for each in self._desk.keys)

    def _keep(self, keys: tuple[CardKey, ...]) -> None:
        self._desk.keys = keys
        masters = tuple(CardMaster(each.version, base64url.to_text(each.master)) for each in keys)
        try:
            write_private(self._path, encode(CardMasters(masters)) + "\n")
        except OSError as error:
            log.error("%s: the card keys cannot be kept over a restart: %s", self._path, error)
        log.info("card keys in force: %s", [each.version for each in keys])


def _keys(found: CardMasters) -> tuple[CardKey, ...]:
    try:
        keys = [CardKey(each.version, base64url.from_text(each.master)) for each in found.keys]
    except ValueError as error:
        raise AnswerRefused("a master is not base64url") from error
    if len(keys) > MOST_VERSIONS or any(len(each.master) != MASTER_BYTES for each in keys):
        raise AnswerRefused(f"at most {MOST_VERSIONS} masters of {MASTER_BYTES} bytes are kept")
    return tuple(sorted(keys, key=lambda each: -each.version))
