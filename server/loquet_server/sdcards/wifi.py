"""The key of a Wi-Fi network, so that its passphrase itself is on no card."""

import hashlib
import re

_ITERATIONS, _BYTES = 4096, 32
"""IEEE 802.11-2020, J.4.1: PSK = PBKDF2(passphrase, ssid, 4096, 256 bits), with HMAC-SHA1."""
_HEXADECIMAL = re.compile(r"[0-9a-fA-F]{64}")


class NotAKey(ValueError):
    """Neither a passphrase of 8 to 63 printable ASCII signs nor a key of 64 digits."""


def check_passphrase(text: str) -> str:
    """Return what opens a network; raise NotAKey."""
    if _HEXADECIMAL.fullmatch(text):
        return text.lower()
    if 8 <= len(text) <= 63 and all(" " <= sign <= "~" for sign in text):
        return text
    raise NotAKey


def network_key(ssid: str, passphrase: str) -> str:
    """Return the WPA2 key as 64 hexadecimal digits; a key stays what it is; raise NotAKey.

    It opens this one network, as the passphrase does, but does not tell how people make theirs.
    """
    text = check_passphrase(passphrase)
    if _HEXADECIMAL.fullmatch(text):
        return text
    # Not ours to choose: it is what access points reckon.
    raw = hashlib.pbkdf2_hmac("sha1", text.encode("ascii"), ssid.encode(), _ITERATIONS, _BYTES)
    return raw.hex()
