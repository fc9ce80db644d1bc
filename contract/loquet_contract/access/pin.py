"""A PIN beside a badge: what is kept of it, and how long it may be.

A unit keeps ``HMAC-SHA256(pepper, "pin:holder:digits")``, never the digits. The holder is part of
what is hashed, so that two people with the same PIN are not seen to have it.

Honest limit: a PIN is short. Whoever has the pepper of a site and a policy tries all 10**6 PINs of
six digits in seconds, and those of eight in minutes; no keyed digest changes that, and a slow one
would hold up a door's loop to delay a thief by hours. A PIN so is a second factor against a badge
that was found or copied, not against a unit that was stolen: a theft report says that PINs are
recoverable, and they are chosen anew. Without the pepper, which rests in a file of its own, a
digest says nothing.
"""

import base64
import hmac
import re
from collections.abc import Iterable

from loquet_contract.ids import HolderId, PinDigest

SHORTEST, LONGEST = 4, 8
"""Digits of a PIN."""
_DIGITS = re.compile(rf"[0-9]{{{SHORTEST},{LONGEST}}}")


class InvalidPin(ValueError):
    """Not a PIN; the message does not repeat what was given."""


def pin_digest(pepper: bytes, holder: HolderId, digits: str) -> PinDigest:
    """Return what is kept of a holder's PIN, as unpadded base64url; raise InvalidPin."""
    if _DIGITS.fullmatch(digits) is None:
        raise InvalidPin(f"a PIN has {SHORTEST} to {LONGEST} digits")
    raw = hmac.digest(pepper, f"pin:{holder}:{digits}".encode("ascii"), "sha256")
    return PinDigest(base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii"))


def proven(kept: PinDigest, typed: Iterable[PinDigest]) -> bool:
    """Return whether one of these digests is the one that is kept; in even time."""
    matches = [hmac.compare_digest(kept.encode(), each.encode()) for each in typed]
    return any(matches)
