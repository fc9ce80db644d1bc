"""The form of a space."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel

from loquet_server.models import Site
from loquet_server.people.text import Line, Name
from loquet_server.sites.schemas import SiteIn
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_


def _clock(text: str) -> int:
    """Return minutes after midnight of a time such as 03:00."""
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
        return int(hour) * 60 + int(minute)
    raise ValueError(N_("Please write a time, such as 18:30."))


Clock = Annotated[
    str, AfterValidator(lambda text: f"{_clock(text) // 60:02d}:{_clock(text) % 60:02d}")
]


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
            "day_starts": _clock(self.day_starts),
            "half_day_at": _clock(self.half_day_at),
        }


def typed_of(row: Site) -> dict[str, Any]:
    """Return a space as the form shows it."""
    values = {name: getattr(row, name) for name in SiteIn.model_fields}
    return values | {
        "opening": row.opening or "",
        "day_starts": _shown(row.day_starts),
        "half_day_at": _shown(row.half_day_at),
    }


def _shown(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
