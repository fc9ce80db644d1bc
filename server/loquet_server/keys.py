"""The server's secrets: files for its own user alone, apart from the database.

``signing``   Ed25519, the trust anchor of all units: signs policies, commands, acknowledgements
``sealing``   X25519: opens badge numbers and PINs at rest, and numbers that units sealed
``pepper``    of the site: what units key their digests with
``broker``    the server's own password at the embedded broker
``authority`` EC P-256, issues the certificates of broker and units (``authority.py``)

Each is made on first start. Whoever copies this folder and the database has everything;
whoever copies one of them has neither names with numbers nor doors.
"""

import base64
import contextlib
import hashlib
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from loquet_contract.access.credential import Representation, digest
from loquet_contract.access.pin import pin_digest
from loquet_contract.ids import CredentialDigest, HolderId, PepperId, PinDigest
from loquet_contract.wire.sealing import generate, open_sealed, public, seal
from loquet_contract.wire.signing import Signer, SigningKey

NUMBER_CONTEXT = "credential-number"
PIN_CONTEXT = "holder-pin"


class KeysUnusable(OSError):
    """A secret cannot be read or made; the message names the file and what to do."""


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """All secrets of one server; its text form shows none."""

    signing: SigningKey
    sealing: bytes
    pepper: bytes
    broker_password: str
    authority: bytes

    @property
    def signer(self) -> Signer:
        """Return what signs as the trust anchor."""
        return Signer(self.signing)

    @property
    def seal_public(self) -> bytes:
        """Return the public key to which numbers are sealed; 32 bytes."""
        return public(self.sealing)

    @property
    def pepper_id(self) -> PepperId:
        """Return the name of the pepper; it gives nothing away."""
        return PepperId(hashlib.sha256(b"loquet/v1/pepper\n" + self.pepper).hexdigest()[:16])

    def seal_number(self, representation: Representation) -> str:
        """Return a badge number as it rests in the database."""
        return seal(self.seal_public, representation.value, NUMBER_CONTEXT)

    def open_number(self, sealed: str) -> bytes:
        """Return the number that ``seal_number`` sealed; raise CannotOpen."""
        return open_sealed(self.sealing, sealed, NUMBER_CONTEXT)

    def unit_digest(self, representation: Representation) -> CredentialDigest:
        """Return what units, and our own table, know this number by."""
        return digest(self.pepper, representation)

    def seal_pin(self, digits: str) -> str:
        """Return a PIN as it rests in the database."""
        return seal(self.seal_public, digits.encode("ascii"), PIN_CONTEXT)

    def open_pin(self, sealed: str) -> str:
        """Return the PIN that ``seal_pin`` sealed; raise CannotOpen."""
        return open_sealed(self.sealing, sealed, PIN_CONTEXT).decode("ascii")

    def unit_pin(self, holder: HolderId, digits: str) -> PinDigest:
        """Return what units know a holder's PIN by; raise InvalidPin."""
        return pin_digest(self.pepper, holder, digits)

    def __repr__(self) -> str:
        return f"Keys({self.signing.public.key_id})"


def authority_key() -> bytes:
    """Return a new private value for EC P-256; 32 bytes."""
    return ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32)


def load(folder: Path) -> Keys:
    """Return the keys of ``folder``, making what is missing; raise KeysUnusable."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        signing = _secret(folder / "signing", lambda: SigningKey.generate().raw)
        return Keys(
            signing=SigningKey(signing),
            sealing=_secret(folder / "sealing", generate),
            pepper=_secret(folder / "pepper", lambda: secrets.token_bytes(32)),
            broker_password=_secret(folder / "broker", lambda: secrets.token_bytes(32)).hex(),
            authority=_secret(folder / "authority", authority_key),
        )
    except OSError as error:
        raise KeysUnusable(f"{error.filename or folder}: {error.strerror or error}") from error


def _secret(path: Path, make: Callable[[], bytes]) -> bytes:
    """Return the 32 bytes that ``path`` holds as base64url; make them if it is not there."""
    with contextlib.suppress(FileExistsError):
        _write_new(path, make())
    mode = path.stat().st_mode & 0o077
    if mode:
        raise KeysUnusable(1, f"others may read it; run: chmod 600 {path}", str(path))
    try:
        raw = base64.urlsafe_b64decode(path.read_text("ascii").strip())
    except ValueError:
        raw = b""
    if len(raw) != 32:
        raise KeysUnusable(22, "does not hold 32 bytes; restore it from a backup", str(path))
    return raw


def _write_new(path: Path, raw: bytes) -> None:
    """Write a secret whole or not at all; FileExistsError if it is there."""
    if path.exists():
        raise FileExistsError(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(base64.urlsafe_b64encode(raw).decode("ascii") + "\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)
    finally:
        temporary.unlink()
