"""Public keys of OpenSSH, as people paste them."""

import base64
import binascii
from collections.abc import Iterator

_TYPES = frozenset({
    "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "ssh-rsa",
    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com",
})  # fmt: skip
_COMMENT = 60


class PrivateKey(ValueError):
    """Somebody pasted the half that must never leave their computer."""


class NotAPublicKey(ValueError):
    """This is not one line of type, key and comment."""


def public_key(text: str) -> str:
    """Return one line for ``authorized_keys``, without options; raise one of the two above."""
    if "PRIVATE KEY" in text:
        raise PrivateKey
    kind, _, rest = " ".join(text.split()).partition(" ")
    body, _, comment = rest.partition(" ")
    if kind not in _TYPES or len(text.strip().splitlines()) != 1:
        raise NotAPublicKey
    try:
        raw = base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise NotAPublicKey from error
    parts = list(_strings(raw))
    if len(parts) < 2 or parts[0] != kind.encode():
        raise NotAPublicKey
    shown = "".join(sign for sign in comment if sign.isascii() and sign.isprintable())
    return " ".join(part for part in (kind, body, shown[:_COMMENT]) if part)


def _strings(raw: bytes) -> Iterator[bytes]:
    """Yield the parts of a key, the first its own type (RFC 4253, 6.6; RFC 4251, 5: string)."""
    at = 0
    while at < len(raw):
        end = at + 4 + int.from_bytes(raw[at : at + 4], "big")
        if end > len(raw):
            raise NotAPublicKey
        yield raw[at + 4 : end]
        at = end
