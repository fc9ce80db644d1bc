"""The unit's certificate, and whom it believes at the other end: files beside the identity.

``authority.pem``  the server's authority: who else shows a certificate is not our broker
``tls.pem``        the unit's own key and certificate, in one file so that both change at once
``tls.key``        a key that waits for its certificate: an answer lost on the way is asked again
``broker.json``    where the broker is, as the server said last

The key is made here and never leaves. Certificates say who may connect; they open no door. So a
unit whose clock cannot be trusted looks at the broker's names and signatures but not at the
dates: it must come online to learn the time, and all that counts is signed besides.
"""

import json
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from loquet_contract.wire import base64url
from loquet_contract.wire.broker_context import broker_context
from loquet_contract.wire.enrolment import Identity
from loquet_edge.identity import write_private

NO_CHECK_TIME = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME (openssl/x509_vfy.h); Python's ssl has no name for it."""


class WrongCertificate(ValueError):
    """A certificate does not fit; the message says how."""


@dataclass(frozen=True, slots=True, repr=False)
class TlsKey:
    """A private EC P-256 key."""

    private: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> "TlsKey":
        """Return a new key from the system's random source."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: str) -> "TlsKey":
        """Return the first private key in the text; ValueError if there is none of our kind."""
        found = serialization.load_pem_private_key(pem.encode(), None)
        if not isinstance(found, ec.EllipticCurvePrivateKey):
            raise ValueError("not an EC key")
        return cls(found)

    @property
    def pem(self) -> str:
        """Return the key as PEM; for files that only their owner reads."""
        return self.private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode("ascii")

    @property
    def public_text(self) -> str:
        """Return the public key as a server wants it: DER SubjectPublicKeyInfo, base64url."""
        return base64url.to_text(_spki(self.private.public_key()))


@dataclass(frozen=True, slots=True)
class BrokerPlace:
    """Where the broker is, and whether it speaks TLS."""

    host: str
    port: int
    tls: bool


class TlsFolder:
    """The files of one unit; ``folder`` is where its identity is."""

    def __init__(self, folder: Path) -> None:
        self._authority, self._own = folder / "authority.pem", folder / "tls.pem"
        self._pending, self._broker = folder / "tls.key", folder / "broker.json"

    @property
    def key(self) -> TlsKey | None:
        """Return the key that has a certificate; None if there is none that can be read."""
        return _read_key(self._own)

    def pending_key(self) -> TlsKey:
        """Return the key that waits for its certificate, made now if there is none."""
        found = _read_key(self._pending)
        if found is None:
            found = TlsKey.generate()
            write_private(self._pending, found.pem)
        return found

    def forget_pending(self) -> None:
        """Forget the key that waits: it has its certificate, maybe in another folder."""
        self._pending.unlink(missing_ok=True)

    def ends_at_ms(self) -> int | None:
        """Return when the certificate ends, UTC milliseconds; None without one."""
        try:
            own = x509.load_pem_x509_certificate(self._own.read_bytes())
        except (OSError, ValueError):
            return None
        return int(own.not_valid_after_utc.timestamp() * 1000)

    def keep(self, key: TlsKey, certificate: str, authority: str, broker: BrokerPlace) -> None:
        """Keep what a server has issued for ``key``; raise WrongCertificate, and keep nothing."""
        _check(key, certificate, authority)
        write_private(self._authority, authority)
        write_private(self._own, key.pem + certificate)
        self._told(broker)
        self._pending.unlink(missing_ok=True)

    def keep_identity(self, key: TlsKey, identity: Identity) -> None:
        """Keep the TLS part of a new identity; a server that gives none leaves none."""
        place = _first_place(identity)
        if identity.certificate and identity.authority:
            self.keep(key, identity.certificate, identity.authority, place)
            return
        for each in (self._authority, self._own, self._pending, self._broker):
            each.unlink(missing_ok=True)

    def place(self, identity: Identity) -> BrokerPlace:
        """Return where the broker is, as the server said last."""
        try:
            told = json.loads(self._broker.read_text("utf-8"))
            return BrokerPlace(str(told["host"]), int(told["port"]), bool(told["tls"]))
        except (OSError, ValueError, KeyError, TypeError):
            return _first_place(identity)

    def context(self, check_dates: bool) -> ssl.SSLContext:
        """Return what a connection to the broker needs; raise OSError saying what is missing."""
        try:
            found = broker_context(self._authority.read_text("ascii"))
            found.load_cert_chain(self._own)
        except (OSError, ValueError) as error:
            raise OSError(
                f"{self._own}, {self._authority}: no certificate to come with ({error});"
                " the unit asks the server for one by itself"
            ) from error
        if not check_dates:
            found.verify_flags |= ssl.VerifyFlags(NO_CHECK_TIME)
        return found

    def _told(self, broker: BrokerPlace) -> None:
        told = {"host": broker.host, "port": broker.port, "tls": broker.tls}
        write_private(self._broker, json.dumps(told) + "\n")


def _first_place(identity: Identity) -> BrokerPlace:
    tls = identity.broker_tls or False
    return BrokerPlace(identity.broker_host, identity.broker_port, tls)


def _check(key: TlsKey, certificate: str, authority: str) -> None:
    try:
        own = x509.load_pem_x509_certificate(certificate.encode())
        issuer = x509.load_pem_x509_certificate(authority.encode())
        own.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature) as error:
        raise WrongCertificate("the certificate is not of the authority that came with it") from (
            error
        )
    public = own.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or _spki(public) != _spki(
        key.private.public_key()
    ):
        raise WrongCertificate("the certificate is for another key than this unit's")


def _read_key(path: Path) -> TlsKey | None:
    try:
        return TlsKey.from_pem(path.read_text("ascii"))
    except (OSError, ValueError, TypeError):
        return None


def _spki(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
