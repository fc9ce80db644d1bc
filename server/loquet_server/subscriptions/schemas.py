"""Subscriptions over the API; local days, both of them included."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loquet_server.people.text import Day, Id, Price
from loquet_server.web.i18n import N_


def _weekdays(days: list[int]) -> list[int]:
    return sorted(set(days))


Weekday = Annotated[int, Field(ge=0, le=6)]
Weekdays = Annotated[list[Weekday], Field(min_length=1, max_length=7), AfterValidator(_weekdays)]
Grace = Annotated[int, Field(ge=0, le=366)]


class Terms(BaseModel):
    """From 00:00 of ``starts_on`` to the end of ``ends_on``, and ``grace_days`` longer.

    ``weekdays``: 0 Monday to 6, None for all that the plan allows. ``grace_days`` None: the plan's.
    """

    starts_on: Day
    ends_on: Day | None = None
    grace_days: Grace | None = None
    weekdays: Weekdays | None = None
    price: Price = ""

    @model_validator(mode="after")
    def _in_order(self) -> "Terms":
        if self.ends_on is not None and self.ends_on < self.starts_on:
            raise ValueError(N_("The last day must not be before the first."))
        return self


class SubscriptionIn(Terms):
    """A plan given to somebody; ``account``: the organisation's that counts its passes."""

    holder: Id
    plan: Id
    account: Id | None = None


class SubscriptionOut(BaseModel):
    """A subscription; ``account``: where its passes are counted."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    holder: str
    plan: str
    starts_on: str
    ends_on: str | None
    grace_days: int | None
    weekdays: list[int] | None
    account: str | None
    price: str


class Ending(BaseModel):
    """The last day."""

    ends_on: Day
