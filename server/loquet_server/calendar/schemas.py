"""Calendar entries over the API."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from loquet_server.people.text import Name
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_

LONGEST: Final = 3 * 366
"""Days that an entry may last."""
FIRST, LAST = 2000, 2100


class EntryKind(StrEnum):
    """What a calendar entry does."""

    CLOSURE = "closure"
    """Nobody enters by opening hours; a closure wins over everything that follows the calendar."""
    OPENING = "opening"
    """Open although the hours say closed."""
    EVENT = "event"
    """Its audience may enter, besides whoever may anyway."""


def _local(text: str) -> str:
    """Return a local time as YYYY-MM-DDTHH:MM."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(N_("Please write a date and a time.")) from None
    if found.tzinfo is not None or not FIRST <= found.year <= LAST:
        raise ValueError(N_("Please write a date and a time."))
    return found.replace(second=0, microsecond=0).isoformat(timespec="minutes")


Local = Annotated[str, AfterValidator(_local)]


class EntryIn(BaseModel):
    """A time that differs; ``starts`` and ``ends`` as the clock on the wall shows them.

    ``area`` None: the whole space. An event names its audience: ``everybody`` with a badge, or
    members of ``plans``, let in from ``lead_minutes`` before to ``lag_minutes`` after.
    """

    model_config = ConfigDict(extra="forbid")

    kind: EntryKind
    name: Name
    starts: Local
    ends: Local
    area: Ref | None = None
    everybody: bool = False
    plans: Annotated[list[Ref], Field(max_length=200)] = []
    lead_minutes: Annotated[int, Field(ge=0, le=12 * 60)] = 15
    lag_minutes: Annotated[int, Field(ge=0, le=12 * 60)] = 15

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.ends <= self.starts:
            raise ValueError(N_("The end has to be after the start."))
        if (datetime.fromisoformat(self.ends) - datetime.fromisoformat(self.starts)).days > LONGEST:
            raise ValueError(N_("This lasts longer than three years."))
        if self.kind is EntryKind.EVENT and not (self.everybody or self.plans):
            raise ValueError(N_("Choose who may come: everybody with a badge, or some plans."))
        return self


class NewEntry(EntryIn):
    """A calendar entry of a site."""

    site: Ref


class EntryOut(BaseModel):
    """A calendar entry."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    kind: str
    name: str
    starts: str
    ends: str
    area: str | None
    everybody: bool
    plans: list[str]
    lead_minutes: int
    lag_minutes: int
