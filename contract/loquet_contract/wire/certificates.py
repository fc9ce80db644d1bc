"""How a unit's certificate is renewed, over HTTP(S) and without a person.

A unit that finds its certificate old, or that no broker lets in, asks with the key of its
identity; the answer is signed by the trust anchor, for this question alone. It also says where
the broker is now and whether it speaks TLS, so that a unit enrolled before there was TLS, or
before the broker moved, finds its way. Certificates limit who may connect; what opens doors is
signed with the keys of the identity, which no certificate replaces.
"""

from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import SiteId, UnitId

BROKER_NAME = "loquet.broker"
"""What every broker's certificate says beside its addresses: units look for this name, so that
they come through by whatever address, tunnel or cable the broker is reached. With a dot, so
that no unit can be called so."""
SERVER_NAME = "loquet.server"
"""The name in the server's own certificate, and its user at the broker."""


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """Signed by the unit (purpose ``certificate_request``).

    ``tls_key``: SubjectPublicKeyInfo of an EC P-256 key, DER as base64url.
    """

    kind: ClassVar[str] = "certificate_request"
    site: SiteId
    unit: UnitId
    nonce: str
    tls_key: str


@dataclass(frozen=True, slots=True)
class CertificateAnswer:
    """Signed by the server (purpose ``certificate``). ``certificate`` and ``authority``: PEM."""

    kind: ClassVar[str] = "certificate_answer"
    site: SiteId
    unit: UnitId
    nonce: str
    certificate: str
    authority: str
    broker_host: str
    broker_port: int
    broker_tls: bool
