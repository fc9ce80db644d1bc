"""How a unit gets its identity: a one-time code, and one exchange over HTTP(S).

The code carries the server's address, the fingerprint of its trust anchor (the key that signs
policies) and a secret. The secret itself never travels: the unit proves it with an HMAC over
its own new public keys, and believes only an answer that the trust anchor of the code has
signed and that is sealed to the key which the unit made for this exchange. So the exchange
is safe on a plain network too; TLS comes on top.
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import ClassVar

from loquet_contract.ids import PepperId, SiteId, UnitId
from loquet_contract.wire import base64url
from loquet_contract.wire.codec import MalformedMessage, canonical, parse

CODE_SECONDS = 15 * 60
SEAL_CONTEXT = "enrolment"
SEALED_NUMBER_CONTEXT = "unknown-credential"
_PREFIX = "loquet1."


class InvalidCode(ValueError):
    """What was typed is not an enrolment code; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Code:
    """``fingerprint`` is 64 hexadecimal digits, ``secret`` 16 random bytes."""

    address: str
    fingerprint: str
    secret: bytes = field(repr=False)

    @property
    def token(self) -> str:
        """What the server knows the code by: a digest of the secret that does not give it away."""
        return hashlib.sha256(b"loquet/v1/token\n" + self.secret).hexdigest()

    def text(self) -> str:
        """Return the code as the installer copies it."""
        plain = canonical([self.address, self.fingerprint, self.secret.hex()])
        return _PREFIX + base64url.to_text(plain.encode())

    @classmethod
    def from_text(cls, text: str) -> "Code":
        """Return the code that was typed; raise InvalidCode."""
        try:
            body = text.strip().removeprefix(_PREFIX)
            if body == text.strip():
                raise ValueError("prefix")
            raw = base64url.from_text(body)
            address, fingerprint, secret = parse(raw)
            code = cls(str(address), str(fingerprint), bytes.fromhex(secret))
            if len(code.fingerprint) != 64 or len(code.secret) != 16:
                raise ValueError("length")
            if not code.address.startswith(("http://", "https://")):
                raise ValueError("address")
        except (ValueError, TypeError, MalformedMessage) as error:
            raise InvalidCode(
                "this is not an enrolment code; copy the whole line that begins with"
                f" {_PREFIX!r} as 'loquet-server add-unit' printed it"
            ) from error
        return code


@dataclass(frozen=True, slots=True)
class EnrolRequest:
    """``public_key`` (Ed25519) and ``seal_key`` (X25519) as base64url; ``proof`` in hexadecimal.

    ``tls_key``: SubjectPublicKeyInfo of an EC P-256 key, DER as base64url; ``tls_proof`` binds it.
    """

    kind: ClassVar[str] = "enrol_request"
    token: str
    public_key: str
    seal_key: str
    proof: str
    software: str = ""
    tls_key: str | None = None
    tls_proof: str | None = None


@dataclass(frozen=True, slots=True)
class EnrolAnswer:
    """Signed by the trust anchor (purpose ``enrolment``); ``sealed`` opens to an Identity."""

    kind: ClassVar[str] = "enrol_answer"
    token: str
    server_key: str
    sealed: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a unit is from now on. Keys are base64url; ``pepper`` is secret."""

    kind: ClassVar[str] = "identity"
    site: SiteId
    unit: UnitId
    broker_host: str
    broker_port: int
    broker_user: str
    broker_password: str = field(repr=False)
    server_address: str
    server_key: str
    server_seal_key: str
    pepper_id: PepperId
    pepper: str = field(repr=False)
    unit_toml: str = ""
    """What the server suggests as the unit's configuration; the installer may change it."""
    authority: str | None = None
    """Certificate (PEM) of the authority that issues the broker's certificate and the units'."""
    certificate: str | None = None
    """The unit's own, PEM, for the ``tls_key`` that it asked with."""
    broker_tls: bool | None = None
    """Whether the broker speaks TLS, and asks for that certificate."""
    voucher: str | None = None
    """The server's signed word that this key is this unit's, to be known by later."""


@dataclass(frozen=True, slots=True)
class PolicyRequest:
    """A unit asks for its whole policy; signed by the unit (purpose ``policy_request``)."""

    kind: ClassVar[str] = "policy_request"
    site: SiteId
    unit: UnitId
    have: int | None
    nonce: str


@dataclass(frozen=True, slots=True)
class MovingRequest:
    """A unit asks for all that moves; signed by the unit (purpose ``moving_request``)."""

    kind: ClassVar[str] = "moving_request"
    site: SiteId
    unit: UnitId
    have: int | None
    nonce: str


def proof(secret: bytes, public_key: str, seal_key: str) -> str:
    """Return the HMAC-SHA256 that proves the secret for these keys, in hexadecimal."""
    message = f"loquet/v1/enrol\n{public_key}\n{seal_key}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()


def tls_proof(secret: bytes, public_key: str, tls_key: str) -> str:
    """Return the HMAC-SHA256 that binds a TLS key to an enrolment, in hexadecimal."""
    message = f"loquet/v1/enrol-tls\n{public_key}\n{tls_key}".encode()
    return hmac.new(secret, message, hashlib.sha256).hexdigest()
