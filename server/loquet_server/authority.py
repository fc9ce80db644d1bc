"""Who may connect at all: a private authority that issues the certificates of broker and units.

Its key stands with the other secrets in ``keys/`` and comes with every backup; its certificate
follows from the key alone, so that a server on a fresh machine is the same authority. Nobody
but this server's broker and units believes it.

A certificate is worth what its end says. Its beginning is always the same day long past,
because the clock of whoever looks may have stopped: a Pi has none at boot.
"""

import hashlib
import ipaddress
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from loquet_contract.wire.certificates import BROKER_NAME, SERVER_NAME
from loquet_server.keys import Keys

UNIT_DAYS = 90
BROKER_DAYS = 398
SERVER_DAYS = 3650
"""The server makes its own anew at each start, in memory."""
BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
END = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""No end is known (RFC 5280, 4.1.2.5)."""
_CURVE = ec.SECP256R1()
_DAY_MS = 86_400_000


class WrongKey(ValueError):
    """What was handed in for certification is no public key of the kind that we certify."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate. ``serial`` in hexadecimal; ``ends_at_ms`` in UTC."""

    pem: str
    serial: str
    ends_at_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class Authority:
    """Issues certificates; its text form shows no key."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def of(cls, keys: Keys) -> "Authority":
        """Return the authority whose key is among these; equal keys make equal certificates."""
        key = ec.derive_private_key(int.from_bytes(keys.authority), _CURVE)
        name = _name(f"Loquet {key_digest(spki(key.public_key()))[:16]}")
        subject = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        usage = _usage(signature=False, signs=True)
        builder = (
            _builder(name, name, key.public_key(), 1, END)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(subject, critical=False)
        )
        return cls(key, builder.sign(key, hashes.SHA256(), ecdsa_deterministic=True))

    @property
    def certificate_pem(self) -> str:
        """Return the certificate that units and broker believe."""
        return _pem(self.certificate)

    def issue_unit(self, site: str, unit: str, public_key_spki: bytes, now_ms: int) -> Issued:
        """Return a unit's certificate: its id is CN (mosquitto) and SAN (NATS). WrongKey."""
        names = [x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, site)]
        key = _public(public_key_spki)
        return self._leaf(unit, names, [unit], key, now_ms + UNIT_DAYS * _DAY_MS, client=True)

    def issue_server(self, names: Sequence[str], now_ms: int) -> tuple[str, str]:
        """Return certificate and private key for the broker's listener, reached by ``names``."""
        key = ec.generate_private_key(_CURVE)
        every = list(dict.fromkeys([BROKER_NAME, *names]))
        end = now_ms + BROKER_DAYS * _DAY_MS
        return self._leaf(BROKER_NAME, [], every, key.public_key(), end).pem, _key_pem(key)

    def issue_office(self, now_ms: int) -> tuple[str, str]:
        """Return certificate and private key with which the server itself comes to the broker."""
        key = ec.generate_private_key(_CURVE)
        end = now_ms + SERVER_DAYS * _DAY_MS
        found = self._leaf(SERVER_NAME, [], [SERVER_NAME], key.public_key(), end, client=True)
        return found.pem, _key_pem(key)

    def revocations(self, serials: Sequence[str], made_at_ms: int) -> str:
        """Return the list of revoked certificates as PEM; equal input makes equal text.

        It has no end: a broker must not shut everybody out because a list was not renewed. Of
        two lists brokers believe the one with the later ``made_at_ms``, in whole seconds.
        """
        made = max(BEGINNING, _moment(made_at_ms))
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(made)
            .next_update(END)
        )
        for serial in sorted(serials):
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial, 16))
            builder = builder.add_revoked_certificate(entry.revocation_date(BEGINNING).build())
        signed = builder.sign(self.key, hashes.SHA256(), ecdsa_deterministic=True)
        return signed.public_bytes(serialization.Encoding.PEM).decode("ascii")

    def _leaf(
        self,
        name: str,
        more: list[x509.NameAttribute[str]],
        alternatives: Sequence[str],
        public: ec.EllipticCurvePublicKey,
        end_ms: int,
        *,
        client: bool = False,
    ) -> Issued:
        purpose = ExtendedKeyUsageOID.CLIENT_AUTH if client else ExtendedKeyUsageOID.SERVER_AUTH
        serial, end = secrets.randbits(120) | 1 << 120, _moment(end_ms)
        ours = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        others = x509.SubjectAlternativeName([_alternative(each) for each in alternatives])
        builder = (
            _builder(_name(name, *more), self.certificate.subject, public, serial, end)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signature=True, signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(others, critical=False)
            .add_extension(ours, critical=False)
        )
        signed = builder.sign(self.key, hashes.SHA256(), ecdsa_deterministic=True)
        return Issued(_pem(signed), f"{serial:x}", int(end.timestamp() * 1000))

    def __repr__(self) -> str:
        return f"Authority({self.certificate.subject.rfc4514_string()})"


def spki(public: ec.EllipticCurvePublicKey) -> bytes:
    """Return a public key as DER SubjectPublicKeyInfo."""
    return public.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def key_digest(public_key_spki: bytes) -> str:
    """Return what a public key is known by, 64 hexadecimal digits."""
    return hashlib.sha256(public_key_spki).hexdigest()


def ends_at_ms(pem: str) -> int:
    """Return when a certificate ends, UTC milliseconds; ValueError if ``pem`` is none."""
    found = x509.load_pem_x509_certificate(pem.encode())
    return int(found.not_valid_after_utc.timestamp() * 1000)


def names_in(pem: str) -> set[str]:
    """Return the names and addresses that a certificate is for; ValueError if it is none."""
    found = x509.load_pem_x509_certificate(pem.encode())
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return set()
    addresses = {str(each) for each in names.get_values_for_type(x509.IPAddress)}
    return addresses | set(names.get_values_for_type(x509.DNSName))


def issued_by(authority: Authority, pem: str) -> bool:
    """Return True if this authority issued the certificate; ValueError if it is none."""
    found = x509.load_pem_x509_certificate(pem.encode())
    try:
        found.verify_directly_issued_by(authority.certificate)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _public(public_key_spki: bytes) -> ec.EllipticCurvePublicKey:
    try:
        found = serialization.load_der_public_key(public_key_spki)
    except (ValueError, TypeError) as error:
        raise WrongKey("this is no public key; an EC P-256 key is wanted") from error
    if not isinstance(found, ec.EllipticCurvePublicKey) or found.curve.name != _CURVE.name:
        raise WrongKey("this public key is of another kind; an EC P-256 key is wanted")
    return found


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    serial: int,
    end: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(BEGINNING)
        .not_valid_after(end)
    )


def _usage(*, signature: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signature,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str, *more: x509.NameAttribute[str]) -> x509.Name:
    return x509.Name([*more, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _moment(ms: int) -> datetime:
    return min(datetime.fromtimestamp(0, UTC) + timedelta(seconds=ms // 1000), END)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode("ascii")


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode("ascii")
