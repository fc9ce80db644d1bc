"""Plans over the API; prices are labels, nothing is charged."""

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from loquet_server.people.text import Id, Line, Name
from loquet_server.people.text import Price as Label
from loquet_server.web.i18n import N_

Per = Literal["hour", "half_day", "day", "week", "month", "year", "carnet"]
DAYS = 400
"""The longest that a policy is made for."""


class PlanKind(StrEnum):
    """What spaces sell; what a plan does is in its rights and counts."""

    RESIDENT = "resident"
    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    WEEKDAYS = "weekdays"
    EVENINGS_WEEKENDS = "evenings_weekends"
    CARNET = "carnet"
    DAY = "day"
    STAFF = "staff"
    VOLUNTEER = "volunteer"
    GUEST = "guest"


class Right(BaseModel):
    """These places at these hours: areas by every way into them, and single access points."""

    model_config = ConfigDict(from_attributes=True)

    areas: list[Id] = Field(default_factory=list, max_length=200)
    access_points: list[Id] = Field(default_factory=list, max_length=500)
    hours: Id = "opening"
    """``always``, ``opening`` (the opening hours of each area), or a schedule's id."""


class Price(BaseModel):
    """A label: what one pays for what; ``from_quantity``: for so many or more."""

    label_fr: Label = ""
    label_en: Label = ""
    per: Per = "month"
    cents: int = Field(ge=0, le=100_000_000)
    from_quantity: int = Field(1, ge=1, le=10_000)
    solidarity: bool = False
    """Tarif solidaire: for those who cannot pay the full price."""


class PlanTerms(BaseModel):
    """What a plan says; ``stale_days`` and ``expires_days``: how long it works offline."""

    kind: PlanKind = PlanKind.FULL_TIME
    name_fr: Name
    name_en: Line = ""
    counts: Literal["day", "half_day"] | None = None
    allowance: int | None = Field(None, ge=1, le=1000)
    window: Literal["week", "month"] | None = None
    when_empty: Literal["refuse", "bill"] = "refuse"
    grace_days: int = Field(0, ge=0, le=366)
    needs_membership: bool = True
    lead_minutes: int = Field(0, ge=0, le=240)
    lag_minutes: int = Field(0, ge=0, le=240)
    prices: list[Price] = Field(default_factory=list, max_length=20)
    stale_days: int = Field(7, ge=1, le=DAYS)
    expires_days: int = Field(30, ge=1, le=DAYS)
    rights: list[Right] = Field(default_factory=list, max_length=20)

    @model_validator(mode="after")
    def _fits(self) -> "PlanTerms":
        if (self.allowance is None) != (self.window is None):
            raise ValueError(N_("Say how many, and for each week or each month."))
        if self.counts is None and self.allowance is not None:
            raise ValueError(N_("Say whether a pass pays for a day or for a half-day."))
        if self.expires_days < self.stale_days:
            raise ValueError(N_("The warning must come before the end."))
        return self


class PlanIn(PlanTerms):
    """A new plan of a site."""

    site: Id


class PlanOut(PlanTerms):
    """A plan; ``members``: how many have it today."""

    id: str
    site: str
    archived_at: int | None
    members: int
    sentence_fr: str
    sentence_en: str
    """What it allows, in plain words."""


class EffectOut(BaseModel):
    """What saving a plan would change, in sentences of both languages; nothing if all stays."""

    fr: list[str]
    en: list[str]
