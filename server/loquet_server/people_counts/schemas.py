"""How many people are inside, over the API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loquet_server.headcount.reading import Headcount
from loquet_server.headcount.reasons import reason_of
from loquet_server.people.text import Line


class ReasonOut(BaseModel):
    """Why a count is no surer. ``at``: UTC milliseconds, 0 for none."""

    kind: str
    count: int
    at: int
    name: str


class HeadcountOut(BaseModel):
    """The people of an area; ``present`` only where exits are sensed.

    The truth should lie from ``low`` to ``high``. ``since``: when the count was last sure.
    """

    area: str
    exit_sensing: bool
    present: int | None
    low: int | None
    high: int | None
    seen_today: int
    capacity: int | None
    warn_at: int | None
    level: str | None
    since: int
    reasons: list[ReasonOut]

    @classmethod
    def of(cls, found: Headcount) -> "HeadcountOut":
        """Return what is told of a headcount."""
        reasons = [reason_of(each) for each in found.reasons]
        return cls(
            area=found.area, exit_sensing=found.exit_sensing, present=found.present,
            low=found.low, high=found.high, seen_today=found.seen_today,
            capacity=found.capacity, warn_at=found.warn_at, level=found.level,
            since=found.since,
            reasons=[
                ReasonOut(kind=each.kind, count=each.count, at=each.at, name=each.name)
                for each in reasons
            ],
        )  # fmt: skip


class CorrectionIn(BaseModel):
    """Somebody counted: so many people are inside now."""

    model_config = ConfigDict(extra="forbid")

    people: Annotated[int, Field(ge=0, le=100_000)]
    reason: Line = ""


class CorrectionOut(BaseModel):
    """A correction; ``estimated``: what was thought just before."""

    model_config = ConfigDict(from_attributes=True)

    at: int
    people: int
    estimated: int
    actor: str
    reason: str


class QuietHourOut(BaseModel):
    """What was left over at a quiet hour, when everybody should have been gone."""

    model_config = ConfigDict(from_attributes=True)

    at: int
    people: int
    low: int
    high: int
    crossings: int
