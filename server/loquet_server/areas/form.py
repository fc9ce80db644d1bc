"""The form of an area."""

from typing import Annotated

from pydantic import BaseModel, Field

from loquet_contract.access.policy import WhenFull
from loquet_server.areas.schemas import AreaIn
from loquet_server.models import Area
from loquet_server.people.text import Name
from loquet_server.timetable.clock import Clock, clock, minutes
from loquet_server.timetable.names import Ref


class AreaForm(BaseModel):
    """What a person types; a box that is not ticked says no."""

    name: Name
    opening: Ref | None = None
    consumes: bool = False
    exit_sensing: bool = False
    capacity: Annotated[int, Field(ge=1, le=100_000)] | None = None
    when_full: WhenFull = WhenFull.WARN
    warn_at: Annotated[int, Field(ge=1, le=100_000)] | None = None
    reset_at: Clock | None = None
    booking_only: bool = False
    rank: Annotated[int, Field(ge=0, le=10_000)] = 0
    step: str = "look"

    def area(self) -> AreaIn:
        """Return what is meant."""
        given = self.model_dump(exclude={"step", "reset_at"})
        return AreaIn(**given, reset_at=minutes(self.reset_at) if self.reset_at else None)


def typed_of(row: Area) -> dict[str, object]:
    """Return an area as the form shows it."""
    return {
        "name": row.name,
        "opening": row.opening or "",
        "consumes": row.consumes,
        "exit_sensing": row.exit_sensing,
        "capacity": "" if row.capacity is None else row.capacity,
        "when_full": row.when_full,
        "warn_at": "" if row.warn_at is None else row.warn_at,
        "reset_at": "" if row.reset_at is None else clock(row.reset_at),
        "booking_only": row.booking_only,
        "rank": row.rank,
    }
