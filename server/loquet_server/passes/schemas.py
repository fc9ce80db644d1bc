"""Accounts and passes over the API: members and days, never doors or hours."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loquet_server.people.text import Id, Price, Reason
from loquet_server.web.i18n import N_

MONTH = "(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])"
"""How a month is written: one that a space may have to do with."""
Amount = Annotated[int, Field(ge=1, le=10_000)]


class AccountIn(BaseModel):
    """A new account of a plan that an organisation's people share."""

    organisation: Id
    plan: Id


class AccountOut(BaseModel):
    """Where passes are counted. ``left``: below zero if doors let in more than were there."""

    id: str
    site: str
    plan: str
    holder: str | None
    organisation: str | None
    left: int


class Sale(BaseModel):
    """Passes that are sold or given."""

    amount: Amount
    price: Price = ""


class Correction(BaseModel):
    """Passes added or taken away by hand; ``amount`` may be negative."""

    amount: int = Field(ge=-10_000, le=10_000)
    reason: Reason

    @model_validator(mode="after")
    def _changes(self) -> "Correction":
        if self.amount == 0:
            raise ValueError(N_("Write how many to add, or to take away: -1."))
        return self


class Refund(BaseModel):
    """Why a pass is given back."""

    reason: Reason


class PurchaseOut(BaseModel):
    """Passes that came in, or were taken away by a correction."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    account: str
    amount: int
    at: int
    actor: str
    reason: str
    price: str


class UseOut(BaseModel):
    """One pass used: a member and a day."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    account: str
    holder: str
    day: str
    half: Literal["am", "pm"] | None
    billed: bool
    conflict: Literal["twice", "overdrawn"] | None
    refunded_at: int | None
    refund_reason: str
