"""Areas over the API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loquet_contract.access.policy import WhenFull
from loquet_server.people.text import Name
from loquet_server.timetable.clock import DAY_MINUTES
from loquet_server.timetable.names import Ref


class AreaOut(BaseModel):
    """How full an area is. ``present`` only where exits are sensed, ``seen_today`` elsewhere.

    The truth should lie from ``present_low`` to ``present_high``.
    """

    site: str
    area: str
    utc: int
    desks_free: int
    desks_occupied: int
    desks_unknown: int
    seen_today: int | None
    present: int | None
    present_low: int | None
    present_high: int | None
    desks_away: int | None
    desks_reserved: int | None
    capacity: int | None


class AreaIn(BaseModel):
    """An area. ``opening``: a schedule, None for the hours of the space.

    ``capacity``: people, None for no limit; ``when_full`` refuse only where exits are sensed.
    ``warn_at``: people from which it counts as nearly full. ``reset_at``: minutes after
    midnight, a quiet hour at which people are counted from zero again, None for when the day of
    the space begins. ``booking_only``: a room that opens only for its bookings.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    opening: Ref | None = None
    consumes: bool = True
    exit_sensing: bool = False
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    when_full: WhenFull = WhenFull.WARN
    warn_at: Annotated[int, Field(ge=1, le=100_000)] | None = None
    reset_at: Annotated[int, Field(ge=0, lt=DAY_MINUTES)] | None = None
    booking_only: bool = False
    rank: Annotated[int, Field(ge=0, le=10_000)] = 0


class NewArea(AreaIn):
    """An area of a site."""

    site: Ref


class AreaSettings(BaseModel):
    """An area as it is set."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    name: str
    opening: str | None
    consumes: bool
    exit_sensing: bool
    capacity: int | None
    when_full: str
    warn_at: int | None
    reset_at: int | None
    booking_only: bool
    rank: int
