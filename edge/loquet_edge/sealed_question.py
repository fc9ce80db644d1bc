"""A unit asks the server for a secret, and opens the one answer that is sealed to its question.

A question is signed by the unit and names a key made for it alone. An answer counts once, if the
server signed it for this unit and this question; a copied one opens nothing later. What came is
kept in a file of its own that its owner alone can read, in no database and no journal.
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.sealing import CannotOpen, generate, open_sealed, public
from loquet_contract.wire.signing import Purpose, WrongSignature
from loquet_edge.identity import UnitIdentity

log = logging.getLogger(__name__)
T = TypeVar("T")

ASK_AGAIN_SECONDS = 30.0


class AnswerRefused(ValueError):
    """An answer with secrets, or a file of them, does not count; the message says why."""


class Answer(Protocol):
    """What every such answer has; ``sealed`` opens to the secret."""

    @property
    def site(self) -> SiteId: ...
    @property
    def unit(self) -> UnitId: ...
    @property
    def nonce(self) -> str: ...
    @property
    def sealed(self) -> str: ...


class SealedQuestion:
    """One question at a time: an answer to the one before counts no more.

    ``request``: makes a question of site, unit, nonce and key; ``context``: what is sealed.
    """

    def __init__(
        self, request: Callable[[SiteId, UnitId, str, str], object], answer: type[Answer],
        asks: Purpose, answers: Purpose, context: str,
    ) -> None:  # fmt: skip
        self._request, self._answer = request, answer
        self._asks, self._answers, self._context = asks, answers, context
        self._asked: tuple[str, bytes] | None = None

    def ask(self, identity: UnitIdentity) -> str:
        """Return a signed question."""
        private, nonce = generate(), secrets.token_hex(16)
        self._asked = nonce, private
        who = identity.identity
        seal_key = base64url.to_text(public(private))
        request = self._request(who.site, who.unit, nonce, seal_key)
        return identity.signer.sign(self._asks, encode(request))

    def opened(self, identity: UnitIdentity | None, document: str, secret: type[T]) -> T:
        """Return the secret that a signed answer holds; raise AnswerRefused."""
        asked, self._asked = self._asked, None
        if asked is None or identity is None:
            raise AnswerRefused("nobody asked for it")
        try:
            payload = identity.verifier.payload(self._answers, document)
            answer = decode_text(self._answer, payload)
            who = identity.identity
            if (answer.site, answer.unit, answer.nonce) != (who.site, who.unit, asked[0]):
                raise AnswerRefused("it answers another question")
            opened = open_sealed(asked[1], answer.sealed, self._context)
            return decode_text(secret, opened.decode())
        except (WrongSignature, MalformedMessage, CannotOpen, UnicodeDecodeError) as error:
            raise AnswerRefused(f"it cannot be read: {error}") from error


def secrets_in(path: Path, read: Callable[[str], T], nothing: T) -> T:
    """Return what a file of secrets holds; ``nothing`` if there is none, or it cannot be read."""
    try:
        if path.stat().st_mode & 0o077:
            log.error("%s: others may read it; run: chmod 600 %s", path, path)
        return read(path.read_text("utf-8"))
    except FileNotFoundError:
        return nothing
    except (OSError, UnicodeDecodeError, MalformedMessage, AnswerRefused) as error:
        log.error("%s: cannot be read (%s); the server is asked again", path, type(error).__name__)
        return nothing
