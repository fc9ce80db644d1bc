"""The keys of a unit that waits, kept over a restart, so that its code stays the same.

A nonce that was shown to one server is never shown to another, nor to the same one under another
nonce of the server's: who has seen it could reckon out what to answer to force a code.
"""

import contextlib
import json
import secrets
from dataclasses import dataclass, replace
from pathlib import Path

from loquet_contract.wire import base64url, sealing
from loquet_contract.wire.adoption import NONCE_BYTES, commit
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.signing import SigningKey
from loquet_edge.identity import write_private

PENDING = "adoption.pending"


@dataclass(frozen=True, slots=True, repr=False)
class Secrets:
    """``server``: the key and the nonce of the server that our nonce was shown to, if any."""

    signing: SigningKey
    seal: bytes
    tls_key: str
    nonce: str
    server: tuple[str, str] | None = None

    @property
    def seal_key(self) -> str:
        """The public key to which the identity will be sealed."""
        return base64url.to_text(sealing.public(self.seal))

    @property
    def commitment(self) -> str:
        """What is shown before the nonce."""
        return commit(self.signing.public.text, self.seal_key, self.tls_key, self.nonce)

    def afresh(self) -> "Secrets":
        """Return the same keys with a nonce that nobody has seen."""
        return replace(self, nonce=_nonce(), server=None)


def secrets_in(path: Path, tls_key: str, signing: SigningKey | None = None) -> Secrets:
    """Return the kept secrets of this TLS key, or new ones; ``signing``: a key to go on with."""
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        kept = json.loads(path.read_text("utf-8"))
        key = SigningKey(base64url.from_text(kept["signing"]))
        if kept["tls_key"] == tls_key and (signing is None or signing.raw == key.raw):
            server = kept["server"]
            return Secrets(
                key, base64url.from_text(kept["seal"]), tls_key, str(kept["nonce"]),
                None if server is None else (str(server[0]), str(server[1])),
            )  # fmt: skip
    found = Secrets(signing or SigningKey.generate(), sealing.generate(), tls_key, _nonce())
    keep(path, found)
    return found


def keep(path: Path, found: Secrets) -> None:
    """Write the secrets, readable by their owner only."""
    kept = {
        "signing": base64url.to_text(found.signing.raw),
        "seal": base64url.to_text(found.seal),
        "tls_key": found.tls_key,
        "nonce": found.nonce,
        "server": None if found.server is None else list(found.server),
    }
    write_private(path, canonical(kept))


def _nonce() -> str:
    return secrets.token_hex(NONCE_BYTES)
