"""One question to a server, and what to believe of its answer."""

import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException

from loquet_contract.wire import sealing
from loquet_contract.wire.adoption import (
    ADOPTED,
    SEAL_CONTEXT,
    Announcement,
    ShortCode,
    Standing,
    Token,
    short_code,
    token_proof,
)
from loquet_contract.wire.codec import MAX_MESSAGE, decode_text, encode, parse
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.signing import Purpose, Signer, Verifier, VerifyKey, WrongSignature
from loquet_edge.adoption.secrets import Secrets
from loquet_edge.link.fetch import Web

SECONDS = 20.0


class NoAnswer(OSError):
    """The server did not answer, or not as it should; the message says what."""


@dataclass(frozen=True, slots=True)
class About:
    """What a unit says of itself to whoever decides."""

    model: str = ""
    serial: str = ""
    software: str = ""
    wish: str = ""
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Where:
    """Whom to ask. ``fingerprint``: of the only trust anchor to believe; empty if not known."""

    address: str
    fingerprint: str = ""
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """``identity`` is there once the unit was let in."""

    state: str
    code: ShortCode
    identity: Identity | None = None


class Asker:
    """Asks one server; ``keep`` hears of secrets that must outlive this process."""

    def __init__(
        self, where: Where, own: Secrets, about: About, web: Web, keep: Callable[[Secrets], None]
    ) -> None:
        self._where, self._own, self._about = where, own, about
        self._web, self._keep = web, keep

    def ask(self) -> Answer:
        """Announce the unit once; raise NoAnswer."""
        try:
            if self._own.server is None:
                self._meet()
            found = self._posted(self._own.nonce)
            if (found.server_key, found.nonce) != self._own.server:
                self._renew(self._own.afresh())
                raise NoAnswer("another server answers than before; the code changes")
            code = short_code(found.server_key, found.nonce, self._own.commitment, self._own.nonce)
            identity = self._opened(found) if found.state == ADOPTED else None
        except (ValueError, LookupError, TypeError) as error:
            raise NoAnswer(f"{self._where.address}: cannot be believed: {error}") from error
        return Answer(found.state, code, identity)

    def _meet(self) -> None:
        """Commit to our nonce, and note whose nonce comes back."""
        found = self._posted("")
        own = self._own
        self._renew(
            Secrets(own.signing, own.seal, own.tls_key, own.nonce, (found.server_key, found.nonce))
        )

    def _renew(self, own: Secrets) -> None:
        self._own = own
        self._keep(own)

    def _opened(self, found: Standing) -> Identity:
        opened = sealing.open_sealed(self._own.seal, found.sealed, SEAL_CONTEXT)
        identity = decode_text(Identity, opened)
        if identity.server_key != found.server_key:
            raise WrongSignature("an identity of another server")
        return identity

    def _posted(self, nonce: str) -> Standing:
        own, about, token = self._own, self._about, self._where.token
        asked = Announcement(
            public_key=own.signing.public.text, seal_key=own.seal_key, tls_key=own.tls_key,
            commitment=own.commitment, nonce=nonce, model=about.model, serial=about.serial,
            software=about.software, wish=about.wish, voucher=about.voucher,
            card="" if token is None else token.card,
            proof="" if token is None else token_proof(token.secret, own.commitment),
        )  # fmt: skip
        document = Signer(own.signing).sign(Purpose.ANNOUNCEMENT, encode(asked))
        return self._believed(self._sent(document))

    def _believed(self, document: bytes) -> Standing:
        """Return the answer if it is signed by the key it names, to our question, by the right one.

        Which key is right says the SD card; without one, the code that people compare.
        """
        key = VerifyKey.from_text(str(parse(parse(document)["payload"])["server_key"]))
        if self._where.fingerprint and key.fingerprint != self._where.fingerprint:
            raise WrongSignature("this is not the server that this unit's SD card is for")
        found = decode_text(Standing, Verifier(key).payload(Purpose.STANDING, document))
        if found.commitment != self._own.commitment:
            raise WrongSignature("an answer to somebody else")
        return found

    def _sent(self, document: str) -> bytes:
        request = urllib.request.Request(
            f"{self._where.address.rstrip('/')}/api/v1/adoptions",
            data=document.encode(),
            headers={"Content-Type": "application/json", "Accept": "application/json"},
            method="POST",
        )
        try:
            with self._web(request, SECONDS) as answer:
                return answer.read(MAX_MESSAGE)
        except urllib.error.HTTPError as error:
            with error:
                raise NoAnswer(
                    f"{self._where.address} answers HTTP {error.code} {error.reason}"
                ) from error
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{self._where.address} does not answer: {error}") from error
