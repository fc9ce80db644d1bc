"""The form of a space."""

from typing import Any

from pydantic import BaseModel

from loquet_server.models import Site
from loquet_server.people.text import Line, Name
from loquet_server.sites.schemas import SiteIn
from loquet_server.timetable.clock import Clock, clock, minutes
from loquet_server.timetable.names import Ref


class SpaceForm(BaseModel):
    """What a person types; checked further by ``SiteIn``."""

    name: Name
    address: Line = ""
    contact: Line = ""
    locale: str = "fr"
    timezone: Line = "Europe/Paris"
    country: Line = "FR"
    department: Line = ""
    school_zone: Line = ""
    opening: Ref | None = None
    day_starts: Clock = "03:00"
    half_day_at: Clock = "13:00"
    membership_required: bool = False
    membership_grace_days: int = 30
    step: str = "look"

    def plain(self) -> dict[str, Any]:
        """Return the values as the API takes them."""
        values = self.model_dump(exclude={"step"})
        values["country"] = self.country.upper()
        values["department"] = self.department.upper()
        return values | {
            "day_starts": minutes(self.day_starts),
            "half_day_at": minutes(self.half_day_at),
        }


def typed_of(row: Site) -> dict[str, Any]:
    """Return a space as the form shows it."""
    values = {name: getattr(row, name) for name in SiteIn.model_fields}
    return values | {
        "opening": row.opening or "",
        "day_starts": clock(row.day_starts),
        "half_day_at": clock(row.half_day_at),
    }
