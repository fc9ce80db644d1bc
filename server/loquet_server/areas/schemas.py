"""Areas over the API."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loquet_contract.access.policy import WhenFull
from loquet_server.people.text import Name
from loquet_server.timetable.names import Ref


class AreaOut(BaseModel):
    """How full an area is. ``present`` only where exits are sensed, ``seen_today`` elsewhere."""

    site: str
    area: str
    utc: int
    desks_free: int
    desks_occupied: int
    desks_unknown: int
    seen_today: int | None
    present: int | None


class AreaIn(BaseModel):
    """An area. ``opening``: a schedule, None for the hours of the space.

    ``capacity``: people, None for no limit; ``when_full`` refuse only where exits are sensed.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    opening: Ref | None = None
    consumes: bool = True
    exit_sensing: bool = False
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    when_full: WhenFull = WhenFull.WARN
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
    rank: int
