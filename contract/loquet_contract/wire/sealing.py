"""For one reader only: a message sealed to a public key.

X25519 with a fresh key per message, HKDF-SHA256, ChaCha20-Poly1305; the context is bound in,
so that what was sealed as one thing cannot be opened as another. A box is
``ephemeral public key (32) | ciphertext and tag``. Each message has a key of its own, hence
the nonce may be zero. Sources: RFC 7748, RFC 5869, RFC 8439.
"""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from loquet_contract.wire import base64url

_NONCE = bytes(12)


class CannotOpen(ValueError):
    """A box was not sealed to this key for this context, or was altered."""


def generate() -> bytes:
    """Return a new private key; 32 raw bytes."""
    return X25519PrivateKey.generate().private_bytes_raw()


def public(private: bytes) -> bytes:
    """Return the public key of a private one; 32 raw bytes."""
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def seal(to: bytes, plaintext: bytes, context: str) -> str:
    """Return ``plaintext`` sealed to the public key ``to``, as unpadded base64url."""
    own = X25519PrivateKey.generate()
    mine = own.public_key().public_bytes_raw()
    shared = own.exchange(X25519PublicKey.from_public_bytes(to))
    box = ChaCha20Poly1305(_key(shared, mine, to, context)).encrypt(_NONCE, plaintext, None)
    return base64url.to_text(mine + box)


def open_sealed(private: bytes, box: str, context: str) -> bytes:
    """Return what was sealed; raise CannotOpen if it was not for this key and context."""
    try:
        raw = base64url.from_text(box)
        shared = X25519PrivateKey.from_private_bytes(private).exchange(
            X25519PublicKey.from_public_bytes(raw[:32])
        )
        key = _key(shared, raw[:32], public(private), context)
        return ChaCha20Poly1305(key).decrypt(_NONCE, raw[32:], None)
    except (InvalidTag, ValueError) as error:
        raise CannotOpen("the box does not open with this key") from error


def _key(shared: bytes, ephemeral: bytes, to: bytes, context: str) -> bytes:
    info = b"loquet/v1/seal\n" + context.encode()
    return HKDF(SHA256(), 32, salt=ephemeral + to, info=info).derive(shared)
