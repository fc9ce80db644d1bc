"""Guests over the API and in forms. ``starts`` and ``ends`` are local, to the minute."""

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from loquet_server.people.money import Euros
from loquet_server.people.text import Id, Line, Mail, Name
from loquet_server.web.i18n import N_

LONGEST_DAYS = 92
"""A pass that lasts longer is a plan."""
LEAD, LAG = 15, 15
"""Minutes that a guest may come earlier and stay longer."""


def _plain(moment: datetime) -> datetime:
    """Return a local time to the minute; raise ValueError for one with an offset."""
    if moment.tzinfo is not None:
        raise ValueError(N_("Please write the local time, without an offset."))
    if not 1990 <= moment.year <= 2200:
        raise ValueError(N_("Please write a date."))
    return moment.replace(second=0, microsecond=0)


Local = Annotated[datetime, AfterValidator(_plain)]
Minutes = Annotated[int, Field(ge=0, le=240)]


class VisitFields(BaseModel):
    """A visit: who, where, when, who receives them."""

    areas: Annotated[list[Id], Field(min_length=1, max_length=50)]
    starts: Local
    ends: Local
    lead_minutes: Minutes = LEAD
    lag_minutes: Minutes = LAG
    host: Line = ""
    note: Line = ""


class GuestIn(VisitFields):
    """A guest who is new (``name``) or known (``holder``), with a badge of the stock or none."""

    name: Name | None = None
    mail: Mail = ""
    holder: Id | None = None
    badge: Id | None = None
    site: Id | None = None


class GuestForm(VisitFields):
    """The form of a visit."""

    name: Name | None = None
    mail: Mail = ""
    holder: Id | None = None
    badge: Id | None = None
    deposit: Euros = ""


class VisitOut(BaseModel):
    """A guest's time in one area; UTC milliseconds."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    holder: str
    area: str
    starts_at: int
    ends_at: int
    lead_minutes: int
    lag_minutes: int
    host: str
    note: str
    cancelled_at: int | None
