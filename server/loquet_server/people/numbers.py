"""What a printed or typed badge number may mean: pure, and honest about what it cannot know.

The same badge gives different numbers to different readers and printers: its bytes in
hexadecimal, forwards or backwards; one decimal number of them; ``facility,number`` of the last
three bytes (Wiegand 26) or of a longer Wiegand format; ten hexadecimal digits of a 125 kHz badge
(EM4100), or the last eight of them as ten decimal ones. A text often has
more than one meaning, so all are returned, the likeliest first, and a person chooses; a tap at
a door settles it. Sources: ISO/IEC 14443-3 6.5.4 (UIDs, 08 random, 88 cascade tag); HID 26-bit
format H10301; EM4100 data sheet (8 bit version, 32 bit number).

A USB reader types like an American keyboard. On a French one the digit row gives
``&é"'(-è_çà`` and A gives Q: such text is typed back before it is read.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from loquet_contract.access.credential import Form, Representation

LONGEST = 64
_ROW = dict(zip("&é\"'(-è_çà§!", "123456789068", strict=True))
_AZERTY = _ROW | {"q": "a", "Q": "A", ")": "-", "m": ":", "M": ":", ";": ",", "¨": ""}
"""French and Belgian digit rows to digits; A, hyphen, colon and comma where they moved."""
_TELLING = frozenset(_ROW)
_HEX = re.compile(r"(?:0x)?([0-9a-f]{2}(?:[\s:.\-]?[0-9a-f]{2})*)h?", re.IGNORECASE)
_DECIMAL = re.compile(r"[0-9]{1,17}")
_FACILITY = re.compile(r"([0-9]{1,7})\s*[,;/:]\s*([0-9]{1,7})")
_LAYOUTS = (
    (Form.WIEGAND26, 8, 16),
    (Form.WIEGAND34, 16, 16),
    (Form.WIEGAND35, 12, 20),
    (Form.WIEGAND37, 16, 19),
    (Form.WIEGAND48, 22, 23),
)
"""Bits of facility and number: H10301, 34 bits, Corporate 1000 (35, 48), H10304."""
_SHORT = Form.WIEGAND26
_BOTH = re.compile(r"([0-9]{10})\s+([0-9]{1,3}\s*[,;]\s*[0-9]{1,5})")
_UID_FORMS = {4: Form.UID4, 7: Form.UID7, 10: Form.UID10}
_CASCADE_TAG = 0x88


class How(StrEnum):
    """How a text was understood."""

    AS_WRITTEN = "as_written"
    REVERSED = "reversed"
    DECIMAL = "decimal"
    DECIMAL_REVERSED = "decimal_reversed"
    FACILITY = "facility"
    PRESENTED = "presented"
    """Not typed: a reader of the house heard it."""


class Flaw(StrEnum):
    """Why a number cannot be a badge's."""

    RANDOM = "random"
    """Phones and bank cards show another one each time."""
    TRUNCATED = "truncated"
    """The first part of a longer number, from a reader that stops too early."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One meaning of a text."""

    representation: Representation
    how: How

    @property
    def flaw(self) -> Flaw | None:
        """Why it cannot be a badge's, or None."""
        return flaw(self.representation)

    @property
    def last4(self) -> str:
        """The last four hexadecimal digits: all that is shown."""
        return self.representation.value.hex()[-4:].upper()


class Unreadable(ValueError):
    """A text is no badge number; ``args[0]`` says why: ``no_number`` or ``two_numbers``."""


def flaw(representation: Representation) -> Flaw | None:
    """Return why a number cannot be a badge's, or None."""
    if representation.random:
        return Flaw.RANDOM
    if representation.form is Form.UID4 and representation.value[0] == _CASCADE_TAG:
        return Flaw.TRUNCATED
    return None


def readings(text: str) -> tuple[Reading, ...]:
    """Return all meanings of a text, the likeliest first; raise Unreadable if it has none."""
    typed = typed_back(text.strip())
    if len(typed) > LONGEST:
        raise Unreadable("no_number")
    both = _BOTH.fullmatch(typed)
    found = _of_both(both[1], both[2]) if both else [*_of_facility(typed), *_of_digits(typed)]
    if not found:
        raise Unreadable("no_number")
    once: dict[Representation, Reading] = {}
    for each in found:
        once.setdefault(each.representation, each)
    return tuple(once.values())


def typed_back(text: str) -> str:
    """Return what a USB reader meant if its text went through a French keyboard."""
    if not _TELLING & set(text) or any(each in "0123456789" for each in text):
        return text
    return "".join(_AZERTY.get(each, each) for each in text)


def from_canonical(raw: bytes) -> Representation:
    """Return the representation that ``canonical()`` wrote; raise ValueError."""
    form, _, digits = raw.decode("ascii").partition(":")
    return Representation(Form(form), bytes.fromhex(digits))


def _of_both(decimal: str, facility: str) -> list[Reading]:
    """Read ``0012345678 188,24910``: the second is the end of the first."""
    short = [each for each in _of_facility(facility) if each.representation.form is _SHORT]
    whole = _of_decimal(decimal)
    if not short or not whole:
        raise Unreadable("no_number")
    if int(decimal).to_bytes(5, "big")[-3:] != short[0].representation.value:
        raise Unreadable("two_numbers")
    return whole + short


def _of_facility(text: str) -> list[Reading]:
    match = _FACILITY.fullmatch(text)
    if match is None:
        return []
    site, own = int(match[1]), int(match[2])
    return [
        Reading(_packed(form, site << bits | own, before + bits), How.FACILITY)
        for form, before, bits in _LAYOUTS
        if (site or own) and site < 1 << before and own < 1 << bits
    ]


def _packed(form: Form, value: int, bits: int) -> Representation:
    return Representation(form, value.to_bytes((bits + 7) // 8, "big"))


def _of_digits(text: str) -> list[Reading]:
    """Read hexadecimal or decimal; ten plain digits are more often decimal, others not."""
    match = _HEX.fullmatch(text)
    written = _of_bytes(bytes.fromhex(re.sub(r"[^0-9a-fA-F]", "", match[1]))) if match else []
    decimal = _of_decimal(text) if _DECIMAL.fullmatch(text) else []
    return decimal + written if len(text) == 10 else written + decimal


def _of_bytes(raw: bytes) -> list[Reading]:
    form = _UID_FORMS.get(len(raw)) if any(raw) else None
    if form is not None:
        found = [
            Reading(Representation(form, raw), How.AS_WRITTEN),
            Reading(Representation(form, raw[::-1]), How.REVERSED),
        ]
        if form is Form.UID4:
            found.append(Reading(Representation(Form.WIEGAND34, raw), How.AS_WRITTEN))
        return found
    other = {3: Form.WIEGAND26, 5: Form.EM4100}.get(len(raw))
    return (
        []
        if other is None or not any(raw)
        else [Reading(Representation(other, raw), How.AS_WRITTEN)]
    )


def _of_decimal(text: str) -> list[Reading]:
    value, digits = int(text), len(text)
    if value == 0 or digits < 8:
        return []
    if digits <= 10:
        form, length = Form.UID4, 4
    elif digits <= 13:
        form, length = Form.EM4100, 5
    else:
        form, length = Form.UID7, 7
    if value >= 1 << (8 * length):
        return []
    raw = value.to_bytes(length, "big")
    found = [Reading(Representation(form, raw), How.DECIMAL)]
    if form is not Form.EM4100:
        found.append(Reading(Representation(form, raw[::-1]), How.DECIMAL_REVERSED))
    if form is Form.UID4:
        found.append(Reading(Representation(Form.WIEGAND34, raw), How.DECIMAL))
        found.append(Reading(Representation(Form.EM32, raw), How.DECIMAL))
    if value < 1 << 35:
        found.append(Reading(_packed(Form.WIEGAND37, value, 35), How.DECIMAL))
    return found
