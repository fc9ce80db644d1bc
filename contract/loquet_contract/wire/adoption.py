"""How a unit that nobody knows asks to be let in, and the short code by which people know it.

A unit *announces* itself over HTTP(S), and again every few seconds until it is let in. It only
ever asks; so it works behind any router. The answer to strangers is always the same: waiting.

**The code.** Unit and server show the same six letters and digits; a person compares them. The
code is a digest of everything that matters: the unit's three public keys, the server's trust
anchor, and a nonce from either side. So whoever stands in between, with keys of their own, makes
two different codes. 30 bits are enough because nobody can choose:

1. the unit commits to its keys and its nonce by a digest, and only then learns the server's nonce;
2. the server's nonce is a MAC over that commitment, under a key that never leaves the server;
3. only then does the unit show its own nonce, and the server the unit.

Somebody in between has to fix what the unit will show before knowing it, and then gets one
guess in 2^30 per announcement at the server, which counts announcements per address. The
*blinks*, four digits from 1 to 6, come from the same digest: they tell boxes apart that have
no screen, and are never the proof alone.

**Two ways in.** An SD card's *token* carries the server's address, the fingerprint of its trust
anchor, and a secret: unit and server then believe each other by it, wherever they are, and the
code only says which box it is. Without one, a unit that was found on the local network is
shown while somebody looks for it, and the code is all there is to believe.

The final answer is the same sealed ``Identity`` that an enrolment gives.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import ClassVar

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.codec import MalformedMessage, canonical, parse

SEAL_CONTEXT = "adoption"
SERVICE = "_loquet._tcp.local."
"""DNS-SD (RFC 6763): how a server is found on its own network."""
NONCE_BYTES = 16
WAITING, ADOPTED, REFUSED = "waiting", "adopted", "refused"
_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 signs: no 0 and O, no 1 and I."""
_HALF = 3
_BLINKS = 4
_PREFIX = "loquet2."


class InvalidToken(ValueError):
    """What an SD card carries is no token; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Token:
    """What an SD card carries. ``fingerprint``: 64 hexadecimal digits; ``secret``: 16 bytes.

    ``card`` (32 hexadecimal digits) names the card and gives nothing away.
    """

    address: str
    fingerprint: str
    card: str
    secret: bytes = field(repr=False)

    def text(self) -> str:
        """Return the token as it stands in the card's file."""
        plain = canonical([self.address, self.fingerprint, self.card, self.secret.hex()])
        return _PREFIX + base64url.to_text(plain.encode())

    @classmethod
    def from_text(cls, text: str) -> "Token":
        """Return the token that a file holds; raise InvalidToken."""
        try:
            body = text.strip().removeprefix(_PREFIX)
            if body == text.strip():
                raise ValueError("prefix")
            address, fingerprint, card, secret = parse(base64url.from_text(body))
            token = cls(str(address), str(fingerprint), str(card), bytes.fromhex(secret))
            sizes = (len(token.fingerprint), len(token.card), len(token.secret))
            if sizes != (64, 32, 16) or not token.address.startswith(("http://", "https://")):
                raise ValueError("length")
        except (ValueError, TypeError, MalformedMessage) as error:
            raise InvalidToken(
                f"this is not the token of an SD card, which begins with {_PREFIX!r}; have the"
                " server make the card's files again"
            ) from error
        return token


@dataclass(frozen=True, slots=True)
class Announcement:
    """A unit asks to be let in; signed by its own new key (purpose ``announcement``).

    Keys are base64url: ``public_key`` Ed25519, ``seal_key`` X25519, ``tls_key`` the
    SubjectPublicKeyInfo of an EC P-256 key. ``nonce`` (hexadecimal) is empty the first time, while
    the unit only commits to it. ``serial``: the last digits of the board's number. ``wish``: the
    id that its ``unit.toml`` gives it, if there is one. ``card`` and ``proof``: an SD card's.
    ``voucher``: the server's own word that this key was a unit of it before.
    """

    kind: ClassVar[str] = "announcement"
    public_key: str
    seal_key: str
    commitment: str
    tls_key: str = ""
    nonce: str = ""
    model: str = ""
    serial: str = ""
    software: str = ""
    wish: str = ""
    card: str = ""
    proof: str = ""
    voucher: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """The server's answer, signed by its trust anchor (purpose ``standing``).

    ``state``: waiting, adopted or refused. ``sealed`` opens to an ``Identity`` once adopted.
    """

    kind: ClassVar[str] = "standing"
    commitment: str
    server_key: str
    nonce: str
    state: str
    sealed: str = ""


@dataclass(frozen=True, slots=True)
class Voucher:
    """The server's word, in every ``Identity``, that a key is a unit's (purpose ``voucher``).

    ``issued_at``: UTC milliseconds.
    """

    kind: ClassVar[str] = "voucher"
    site: SiteId
    unit: UnitId
    public_key: str
    issued_at: int


@dataclass(frozen=True, slots=True)
class ShortCode:
    """What people compare: ``text`` such as K7M-4QX, and ``blinks`` such as 3142."""

    text: str
    blinks: str


def commit(public_key: str, seal_key: str, tls_key: str, nonce: str) -> str:
    """Return what a unit shows before its nonce, in hexadecimal."""
    words = f"loquet/v1/adoption-commitment\n{public_key}\n{seal_key}\n{tls_key}\n{nonce}"
    return hashlib.sha256(words.encode()).hexdigest()


def committed(asked: Announcement) -> bool:
    """True if the nonce, once shown, is the one that was committed to, with these keys."""
    due = commit(asked.public_key, asked.seal_key, asked.tls_key, asked.nonce)
    return hmac.compare_digest(due.encode(), asked.commitment.encode())


def short_code(server_key: str, server_nonce: str, commitment: str, nonce: str) -> ShortCode:
    """Return the code of these two; both sides reckon it by themselves."""
    words = f"loquet/v1/adoption-code\n{server_key}\n{server_nonce}\n{commitment}\n{nonce}"
    digest = hashlib.sha256(words.encode()).digest()
    bits = int.from_bytes(digest[:8], "big")
    letters = "".join(_LETTERS[bits >> (5 * at) & 31] for at in range(2 * _HALF))
    spots = int.from_bytes(digest[8:16], "big")
    blinks = "".join(str(spots // 6**at % 6 + 1) for at in range(_BLINKS))
    return ShortCode(f"{letters[:_HALF]}-{letters[_HALF:]}", blinks)


def same_code(shown: str, typed: str) -> bool:
    """True if a person typed the code that is shown; case, spaces and dashes do not matter."""
    return re.sub(r"[\s-]", "", typed).upper() == shown.replace("-", "")


def token_proof(secret: bytes, commitment: str) -> str:
    """Return the HMAC-SHA256 that proves a card's secret for these keys, in hexadecimal."""
    words = f"loquet/v1/adoption-token\n{commitment}".encode()
    return hmac.new(secret, words, hashlib.sha256).hexdigest()
