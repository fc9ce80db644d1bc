"""A badge's number in the forms in which people find it, on the badge and in other programs: pure.

What is stored is one number; what is printed is often another way to write it, or its end.
"""

from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.access.credential import Form, Representation

UID_FORMS = (Form.UID4, Form.UID7, Form.UID10)
FACILITY = {
    Form.WIEGAND26: 16,
    Form.WIEGAND34: 16,
    Form.WIEGAND35: 20,
    Form.WIEGAND37: 19,
    Form.WIEGAND48: 23,
}
"""Bits of the badge's own number; those before are the facility's."""


class Way(StrEnum):
    """How a number is written."""

    HEX = "hex"
    HEX_BACK = "hex_back"
    DECIMAL = "decimal"
    DECIMAL_BACK = "decimal_back"
    FACILITY = "facility"
    FACILITY_BACK = "facility_back"


@dataclass(frozen=True, slots=True)
class Printed:
    """One way to write a number; ``whole``: nothing is left out."""

    way: Way
    text: str
    whole: bool


def printed(number: Representation) -> tuple[Printed, ...]:
    """Return all ways to write a number, the usual first."""
    value, form = number.value, number.form
    if form in UID_FORMS:
        forth = _ways(value, Way.HEX, Way.DECIMAL, Way.FACILITY)
        return forth + _ways(value[::-1], Way.HEX_BACK, Way.DECIMAL_BACK, Way.FACILITY_BACK)
    if form in (Form.EM4100, Form.EM32):
        hexed = Printed(Way.HEX, value.hex().upper(), True)
        end = value[-4:]
        return (
            _decimal(end, Way.DECIMAL, len(value) == 4), _facility(end, Way.FACILITY), hexed,
        )  # fmt: skip
    own = FACILITY[form]
    whole = int.from_bytes(value, "big")
    return (
        Printed(Way.FACILITY, f"{whole >> own},{whole & ((1 << own) - 1):05d}", True),
        Printed(Way.DECIMAL, f"{whole:010d}", True),
        Printed(Way.HEX, value.hex().upper(), True),
    )


def _ways(value: bytes, hexed: Way, decimal: Way, facility: Way) -> tuple[Printed, ...]:
    found = [Printed(hexed, value.hex(":").upper(), True), _decimal(value, decimal, True)]
    if len(value) == 4:
        found.append(_facility(value, facility))
    return tuple(found)


def _decimal(value: bytes, way: Way, whole: bool) -> Printed:
    return Printed(way, f"{int.from_bytes(value, 'big'):010d}", whole)


def _facility(value: bytes, way: Way) -> Printed:
    """As printed on most cards: the low 24 bits, 8 and 16 of them."""
    low = int.from_bytes(value[-3:], "big")
    return Printed(way, f"{low >> 16:03d},{low & 0xFFFF:05d}", False)
