"""Spaces over the API."""

import re
from typing import Annotated, Final, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from loquet_server.departments import DEPARTMENTS, ZONES
from loquet_server.people.text import Line, Name
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_

NOON: Final = 12 * 60
DAY: Final = 24 * 60
_COUNTRY: Final = re.compile("[A-Z]{2}")


def _timezone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(N_("There is no such time zone; one is written like Europe/Paris."))
    return text


def _department(text: str) -> str:
    if text and text not in DEPARTMENTS:
        raise ValueError(N_("There is no such department; write its number, such as 29 or 2A."))
    return text


def _zone(text: str) -> str:
    if text and text not in ZONES:
        raise ValueError(N_("School holidays have the zones A, B and C."))
    return text


def _country(text: str) -> str:
    if not _COUNTRY.fullmatch(text):
        raise ValueError(N_("A country is written with two capital letters, such as FR."))
    return text


class SiteIn(BaseModel):
    """A space as people describe it. ``day_starts``, ``half_day_at``: minutes after midnight."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    address: Line = ""
    contact: Line = ""
    locale: Literal["fr", "en"] = "fr"
    timezone: Annotated[str, AfterValidator(_timezone)] = "Europe/Paris"
    country: Annotated[str, AfterValidator(_country)] = "FR"
    department: Annotated[str, AfterValidator(_department)] = ""
    school_zone: Annotated[str, AfterValidator(_zone)] = ""
    opening: Ref | None = None
    day_starts: Annotated[int, Field(ge=0, lt=NOON)] = 180
    half_day_at: Annotated[int, Field(ge=8 * 60, le=18 * 60)] = 780
    membership_required: bool = False
    membership_grace_days: Annotated[int, Field(ge=0, le=366)] = 30


class SiteOut(BaseModel):
    """A space; ``opening`` is the schedule of its opening hours."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    address: str
    contact: str
    locale: str
    timezone: str
    country: str
    department: str
    school_zone: str
    opening: str | None
    day_starts: int
    half_day_at: int
    membership_required: bool
    membership_grace_days: int
