"""What is presented at a reader, and what is kept of it.

A reader gives a *representation*: some bits in some form. The same badge gives different
representations to different readers, so each is typed. What leaves the reader's process
is only its digest, keyed with the site's pepper.

Honest limit: whoever holds the pepper can search all 2**32 four-byte numbers in hours.
"""

import base64
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from loquet_contract.ids import CredentialDigest


class Assurance(IntEnum):
    """How sure we are that the credential is the one that was issued; higher is better."""

    UID = 1
    """Any number that a reader heard: identification, clonable."""
    AUTHENTICATED = 2
    """Mutual authentication with a key diversified for this credential."""


class Form(StrEnum):
    """Typed representations; the value is part of what is hashed and never changes."""

    UID4 = "uid4"
    UID7 = "uid7"
    UID10 = "uid10"
    WIEGAND26 = "w26"
    WIEGAND34 = "w34"
    WIEGAND35 = "w35"
    WIEGAND37 = "w37"
    WIEGAND48 = "w48"
    EM4100 = "em4100"
    EM32 = "em32"
    """An EM4100 without its first byte, as it is printed in ten decimal digits."""

    @property
    def lossy(self) -> bool:
        """True if two different credentials may give this same representation."""
        return self in (Form.WIEGAND26, Form.EM32)


_LENGTH = {
    Form.UID4: 4,
    Form.UID7: 7,
    Form.UID10: 10,
    Form.WIEGAND26: 3,
    Form.WIEGAND34: 4,
    Form.WIEGAND35: 4,
    Form.WIEGAND37: 5,
    Form.WIEGAND48: 6,
    Form.EM4100: 5,
    Form.EM32: 4,
}
_UID_FORMS = {4: Form.UID4, 7: Form.UID7, 10: Form.UID10}


class InvalidCredential(ValueError):
    """A representation cannot be a credential; the message says why."""


@dataclass(frozen=True, slots=True)
class Representation:
    """One typed form of a credential; ``value`` is big-endian, as transmitted first byte first."""

    form: Form
    value: bytes

    def __post_init__(self) -> None:
        if len(self.value) != _LENGTH[self.form]:
            raise InvalidCredential(
                f"a {self.form} credential has {_LENGTH[self.form]} bytes, got {len(self.value)}"
            )

    @property
    def random(self) -> bool:
        """True for the random UIDs of phones and bank cards (ISO/IEC 14443-3, 6.5.4: 0x08)."""
        return self.form is Form.UID4 and self.value[0] == 0x08

    def canonical(self) -> bytes:
        """Return the bytes that are hashed: ``form:hex``."""
        return f"{self.form}:{self.value.hex()}".encode()


def from_uid(uid: bytes) -> Representation:
    """Return the representation of a whole ISO 14443 UID of 4, 7 or 10 bytes."""
    form = _UID_FORMS.get(len(uid))
    if form is None:
        raise InvalidCredential(f"an ISO 14443 UID has 4, 7 or 10 bytes, got {len(uid)}")
    return Representation(form, uid)


def from_em4100(number: bytes) -> tuple[Representation, Representation]:
    """Return the forms of a 125 kHz number of 5 bytes: whole, and as it is printed."""
    return Representation(Form.EM4100, number), Representation(Form.EM32, number[1:])


def digest(pepper: bytes, representation: Representation) -> CredentialDigest:
    """Return HMAC-SHA256(pepper, canonical representation) as unpadded base64url."""
    raw = hmac.digest(pepper, representation.canonical(), "sha256")
    return CredentialDigest(base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii"))


def digests(
    peppers: Iterable[bytes], presented: Sequence[Representation]
) -> tuple[CredentialDigest, ...]:
    """Return what is asked for: each form, the strongest first, under each pepper in force."""
    keys = tuple(peppers)
    return tuple(digest(pepper, each) for each in presented for pepper in keys)
