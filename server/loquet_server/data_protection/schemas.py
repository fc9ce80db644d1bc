"""Periods, requests and what is known of a person, over the API and in forms."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints, create_model

from loquet_server.privacy.kinds import KINDS

Said = Annotated[str, StringConstraints(strip_whitespace=True, max_length=300)]
Contact = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300)]

_DAYS: dict[str, Any] = {
    kind.name: (Annotated[int, Field(ge=kind.least, le=kind.most)], kind.default) for kind in KINDS
}


class _Who(BaseModel):
    controller: Said = ""
    """Who answers for the data: name and address."""
    contact: Contact = ""
    """Whom to ask: a mail address or telephone number."""


PeriodsForm: Any = create_model("PeriodsForm", __base__=_Who, **_DAYS)
"""The form: each kind's days beside who answers for the data."""


class PrivacyIn(_Who):
    """What a space decides. ``days``: kind to days; those left out stay as by default."""

    days: dict[str, int] = Field(default_factory=dict, max_length=len(KINDS))


class PeriodOut(BaseModel):
    """How long one kind of data lives: days, and the bounds within which they may be set."""

    kind: str
    days: int
    default: int
    least: int
    most: int


class PrivacyOut(_Who):
    """What a space decided, and what the last purge has erased."""

    site: str
    periods: list[PeriodOut]
    purged_at: int | None
    purged: dict[str, int]
    erased: int
    """How many people were erased so far."""


class EraseIn(BaseModel):
    """Why somebody is erased; ``name`` as it is written, so that nobody errs."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
    reason: Reason


class ErasedOut(BaseModel):
    """What was done. ``number``: under which accounting evidence goes on, None for none."""

    number: str | None


class LookOut(BaseModel):
    """One look at a member in a log; ``at`` in UTC milliseconds."""

    at: int
    actor: str
    what: str
    times: int
