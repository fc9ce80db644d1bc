"""What other kinds of readers make of a badge's number: pure.

A Wiegand reader has room for 34 or 26 bits, and sends the lowest 32 or 24 of a badge's number.
Some take the first byte for the highest, as it is written, some for the lowest. Four bytes go
whole through 34 bits; everything else leaves a part of the badge out, and two badges may then give
the same number (``lossy``). What a space's own readers do is a choice of the space: of each badge
that is stored in full, the numbers of the chosen kinds are worked out here, and told to the doors.
"""

from enum import StrEnum

from loquet_contract.access.credential import Form, Representation

_FULL = (Form.UID4, Form.UID7, Form.UID10, Form.EM4100)


class Derived(StrEnum):
    """Kinds of readers that give another number for the same badge."""

    W34 = "w34"
    """The lowest four bytes, as written."""
    W34_BACK = "w34_back"
    """The lowest four bytes of the number read backwards."""
    W26 = "w26"
    """The lowest three bytes, as written."""
    W26_BACK = "w26_back"
    """The lowest three bytes of the number read backwards."""

    @property
    def back(self) -> bool:
        return self in (Derived.W34_BACK, Derived.W26_BACK)

    @property
    def bytes(self) -> int:
        return 4 if self in (Derived.W34, Derived.W34_BACK) else 3

    def of(self, number: Representation) -> Representation | None:
        """Return what such a reader gives for a badge; None where it cannot be known, or is zero.

        A 125 kHz number has one order: nobody reads it backwards.
        """
        if number.form not in _FULL or (self.back and number.form is Form.EM4100):
            return None
        value = number.value[::-1] if self.back else number.value
        cut = value[-self.bytes :]
        form = Form.WIEGAND34 if self.bytes == 4 else Form.WIEGAND26
        return Representation(form, cut) if any(cut) else None

    def lossy(self, number: Representation) -> bool:
        """Return whether such a reader leaves a part of this badge out."""
        return len(number.value) > self.bytes
