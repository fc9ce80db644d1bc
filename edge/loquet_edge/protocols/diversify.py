"""A key for each card out of one master: NXP application note AN10922, clause 2.2 (AES-128).

A diversified key is the CMAC under the master of a constant and of what names the card. Whoever
reads one card's key has that card, and no other. The input takes two blocks of the cipher, where
the note's padding and that of plain CMAC (NIST SP 800-38B) are the same.
"""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

MASTER_BYTES = 16
_AES_128 = b"\x01"  # diversification constant, AN10922 clause 2.2
_INPUT = range(16, 32)  # bytes: with the constant, more than one block and at most two


def diversify(master: bytes, about: bytes) -> bytes:
    """Return the AES-128 key of what `about` (16 to 31 bytes) names; raise ValueError."""
    if len(master) != MASTER_BYTES:
        raise ValueError(f"a master has {MASTER_BYTES} bytes, not {len(master)}")
    if len(about) not in _INPUT:
        raise ValueError(f"a diversification input has 16 to 31 bytes, not {len(about)}")
    mac = CMAC(AES(master))
    mac.update(_AES_128 + about)
    return mac.finalize()
