"""What an OSDP reader reports of a card or a keypad, in the forms of every other reader.

A card comes as bits, the first one in the top bit of the first byte (osdp_RAW, SIA OSDP v2.2
chapter 7.11). Readers that give a card's own number send 32, 56 or 80 bits; those that keep to
Wiegand send the very bits, parity included, that their data lines would have carried. Some send
them last first, which the installer says in the configuration (``order = "lsb"``).
"""

from __future__ import annotations

from loquet_contract.access.credential import Representation, from_uid
from loquet_edge.protocols.wiegand_formats import FORMATS, decode

_UID_BITS = (32, 56, 80)
_MOST_BITS = 512
_KEYS = {0x7F: "*", 0x0D: "#", **{ord(key): key for key in "0123456789*#"}}
"""Delete and enter are what readers send for star and hash (osdp_KEYPAD, chapter 7.13)."""


def representations_of(
    length: int, data: bytes, last_first: bool = False
) -> tuple[Representation, ...]:
    """Return the forms of a card's number, the strongest first; none if it is no known format."""
    if not 0 < length <= min(_MOST_BITS, 8 * len(data)):
        return ()
    if length in _UID_BITS:
        number = data[: length // 8]
        return (from_uid(number[::-1] if last_first else number),)
    bits = tuple(data[at // 8] >> 7 - at % 8 & 1 for at in range(length))
    return _wiegand(bits[::-1] if last_first else bits)


def keys_of(data: bytes) -> tuple[str, ...]:
    """Return the keys pressed, in order; those that no PIN knows are left out."""
    return tuple(_KEYS[each] for each in data if each in _KEYS)


def _wiegand(bits: tuple[int, ...]) -> tuple[Representation, ...]:
    found = decode(bits, FORMATS.values())
    return (found,) if isinstance(found, Representation) else ()
