"""Badges over the API and in forms: a number goes in, and never comes out."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints

from loquet_contract.access.credential import Form
from loquet_server.people.derived import Derived
from loquet_server.people.money import Euros
from loquet_server.people.text import Id, Line, Remark

MOST_DEPOSIT = 100_000
"""Cents."""
Status = Literal["stock", "handed_out", "lost", "returned", "blocked"]
Deposit = Annotated[int, Field(ge=0, le=MOST_DEPOSIT)]
Moment = Annotated[int, Field(ge=0, lt=2**53)]


class Act(StrEnum):
    """What can become of a badge that somebody has."""

    LOSE = "lost"
    RETURN = "returned"
    BLOCK = "blocked"
    FIND = "found"
    UNBLOCK = "unblocked"


class BadgeIn(BaseModel):
    """A new badge. ``number``: hexadecimal, as transmitted, first byte first.

    Without ``holder`` it goes into the stock of ``site``. ``issuer``: the space that vouches
    for it, empty for this one. ``valid_*``: UTC seconds.
    """

    holder: Id | None = None
    site: Id | None = None
    form: Form
    number: SecretStr = Field(min_length=6, max_length=40)
    label: Line = ""
    issuer: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{0,64}$")] = ""
    deposit_cents: Deposit = 0
    valid_from: Moment | None = None
    valid_until: Moment | None = None


class TextIn(BaseModel):
    """A number as it is printed or typed, in any of its forms."""

    text: SecretStr = Field(min_length=1, max_length=64)
    site: Id | None = None


class ReadingOut(BaseModel):
    """One meaning of a number. ``flaw``: why it cannot be a badge's, None if it can."""

    form: Form
    how: str
    last4: str
    lossy: bool
    flaw: str | None
    known: str | None
    """The id of the badge that has this number already."""
    seen_at: int | None
    """When a door last refused it as unknown, UTC milliseconds."""


class HandOut(BaseModel):
    """A badge from stock goes to somebody."""

    holder: Id
    deposit_cents: Deposit = 0


class Ending(BaseModel):
    """A badge is lost, returned, blocked, found or unblocked."""

    reason: Remark = ""
    deposit_back: bool = False


class BadgeOut(BaseModel):
    """A badge without its number. ``lossy``: another badge may give the same number."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    holder: str | None
    form: str
    last4: str
    label: str
    issuer: str
    lossy: bool
    status: Status
    disabled: bool
    deposit_cents: int
    deposit_back_at: int | None
    handed_out_at: int | None
    ended_at: int | None
    valid_from: int | None
    valid_until: int | None
    created_at: int


class ReadersIn(BaseModel):
    """Which kinds of readers count in a space, beside those that read a badge in full."""

    site: Id | None = None
    forms: list[Derived]


class ReadersOut(BaseModel):
    """Which kinds of readers count in a space."""

    site: str
    forms: list[Derived]


class EnrolmentIn(BaseModel):
    """A reader is to tell the next badge that is held to it."""

    access_point: Id
    holder: Id | None = None


class EnrolmentOut(BaseModel):
    """How an enrolment stands: waiting, seen, used or over."""

    id: str
    access_point: str
    state: Literal["waiting", "seen", "used", "over"]
    expires_at: int


# ---- forms -----------------------------------------------------------------------------------


class NumberForm(BaseModel):
    """A number, typed by a person or by a reader."""

    number: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64)]


class ConfirmForm(BaseModel):
    """Which of the meanings it is, and what is written of the badge."""

    box: Annotated[str, StringConstraints(min_length=1, max_length=600)]
    label: Line = ""
    deposit: Euros = ""


class HandOutForm(BaseModel):
    """Which badge of the stock goes to a member."""

    badge: Id
    deposit: Euros = ""


class EndForm(BaseModel):
    """Why, and whether the deposit was given back."""

    reason: Remark = ""
    deposit_back: bool = False


class ReaderForm(BaseModel):
    """At which reader the badge will be held."""

    access_point: Id


class ReadersForm(BaseModel):
    """Which kinds of readers count, beside those that read a badge in full."""

    forms: list[Derived] = []


class LabelForm(BaseModel):
    """What a badge is called."""

    label: Line = ""
