"""Who this unit is: what the server gave it, and the key that it made itself."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.wire import base64url
from loquet_contract.wire.codec import MalformedMessage, canonical, decode, parse, to_plain
from loquet_contract.wire.enrolment import Identity
from loquet_contract.wire.signing import Signer, SigningKey, Verifier, VerifyKey
from loquet_edge.errors import IdentityMissing


@dataclass(frozen=True, slots=True)
class UnitIdentity:
    """An enrolled unit; the file that keeps it is readable by its owner only."""

    identity: Identity
    key: SigningKey

    @property
    def signer(self) -> Signer:
        """Signs as this unit."""
        return Signer(self.key)

    @property
    def verifier(self) -> Verifier:
        """Verifies what the server signs."""
        return Verifier(VerifyKey.from_text(self.identity.server_key))

    @property
    def server_seal_key(self) -> bytes:
        """The X25519 key to which numbers of unknown badges are sealed."""
        return base64url.from_text(self.identity.server_seal_key)

    @property
    def pepper(self) -> bytes:
        """The key of the credential digests."""
        return base64url.from_text(self.identity.pepper)

    @classmethod
    def load(cls, path: Path) -> "UnitIdentity":
        """Return the identity in the file; raise IdentityMissing saying what to do."""
        try:
            text = path.read_text("utf-8")
        except FileNotFoundError as error:
            raise IdentityMissing(
                f"{path}: this unit has no identity yet; run 'loquet-edge enrol CODE' with the"
                " code that 'loquet-server add-unit' prints"
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise IdentityMissing(f"{path}: cannot be read: {error}") from error
        try:
            plain = parse(text)
            due = _sum(plain["identity"], plain["private_key"])
            if plain.get("sum", due) != due:
                raise ValueError("it is not what was written")
            key = SigningKey(base64url.from_text(plain["private_key"]))
            found = cls(decode(Identity, plain["identity"]), key)
            _ = (found.signer, found.verifier, found.server_seal_key, found.pepper)
        except (MalformedMessage, ValueError, KeyError, TypeError, AttributeError) as error:
            raise IdentityMissing(
                f"{path}: is damaged ({type(error).__name__}); enrol this unit again with a new"
                " code"
            ) from error
        return found

    def save(self, path: Path) -> None:
        """Write the file, readable by its owner only, whole or not at all."""
        private, identity = base64url.to_text(self.key.raw), to_plain(self.identity)
        kept = {"identity": identity, "private_key": private, "sum": _sum(identity, private)}
        write_private(path, f"{canonical(kept)}\n")


def _sum(identity: object, private: object) -> str:
    """Return what stands beside both, so that a bit that flips is found; an older file has none."""
    return hashlib.sha256(canonical([identity, private]).encode()).hexdigest()[:32]


def write_private(path: Path, text: str) -> None:
    """Write a file with mode 0600, whole or not at all, kept over a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
