"""Bytes as text: base64url without padding (RFC 4648, section 5), one text for the same bytes."""

import base64


def to_text(raw: bytes) -> str:
    """Return bytes as unpadded base64url."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def from_text(text: str) -> bytes:
    """Return the bytes that ``text`` writes; ValueError unless it is how they are written."""
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (ValueError, TypeError) as error:
        raise ValueError("not base64url") from error
    if to_text(raw) != text:
        raise ValueError("not canonical base64url")
    return raw
