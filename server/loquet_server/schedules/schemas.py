"""Schedules over the API."""

from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict

from loquet_server.people.text import Name
from loquet_server.timetable.names import Long, Ref
from loquet_server.timetable.schemas import LineOut


class ScheduleIn(BaseModel):
    """A schedule: ``always``, or ``hours`` in OpenStreetMap's ``opening_hours`` syntax.

    ``follows_calendar``: closures shut it, exceptional openings open it.
    """

    model_config = ConfigDict(extra="forbid")

    name: Name
    always: bool = False
    hours: Long = ""
    follows_calendar: bool = True


class NewSchedule(ScheduleIn):
    """A schedule of a site."""

    site: Ref


class ScheduleOut(BaseModel):
    """A schedule; ``intervals`` is how earlier versions wrote hours."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    name: str
    always: bool
    hours: str
    intervals: list[Any]
    follows_calendar: bool


class WarningOut(BaseModel):
    """Something that is probably not meant."""

    code: str
    text: str


class EffectOut(BaseModel):
    """What would change if it were saved."""

    warnings: list[WarningOut]
    changes: list[LineOut]


class DayOut(BaseModel):
    """One day of a schedule; minutes after midnight, beyond 1440 on the next day."""

    date: date
    spans: list[tuple[int, int]]
    holiday: str = ""
    special: str = ""
