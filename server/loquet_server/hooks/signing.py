"""Secrets and signatures of Standard Webhooks 1.0.0, the symmetric scheme.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md:
``{id}.{timestamp}.{body}`` is signed by HMAC-SHA256, the signature is ``v1,`` and base64;
during a change of secrets both sign, parted by a space. A secret is ``whsec_`` and the base64
of 24 to 64 random bytes.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable
from typing import Final

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret() -> str:
    """Return a fresh secret, as its receiver keeps it."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def new_message() -> str:
    """Return the id of a message; it holds no full stop, by which what is signed is parted."""
    return f"msg_{secrets.token_hex(12)}"


def signature(secret: str, message: str, seconds: int, body: str) -> str:
    """Return one signature; ``seconds``: UTC, when this attempt is made."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    signed = f"{message}.{seconds}.{body}".encode()
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def headers(keys: Iterable[str], message: str, seconds: int, body: str) -> dict[str, str]:
    """Return the headers of one attempt, signed by each of these secrets."""
    return {
        "webhook-id": message,
        "webhook-timestamp": str(seconds),
        "webhook-signature": " ".join(signature(each, message, seconds, body) for each in keys),
    }
