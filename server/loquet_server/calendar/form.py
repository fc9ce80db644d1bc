"""The form of a calendar entry: days, with hours where it is not whole days."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from loquet_server.calendar.schemas import EntryIn, EntryKind
from loquet_server.calendar.words import past_midnight
from loquet_server.models import CalendarEntry
from loquet_server.people.text import Name
from loquet_server.timetable.clock import Clock
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_

MIDNIGHT = "00:00"
LATEST = date(2100, 1, 1)


def _near(day: date) -> date:
    if not date(2000, 1, 1) <= day < LATEST:
        raise ValueError(N_("Please write a date."))
    return day


Day = Annotated[date, AfterValidator(_near)]


class EntryForm(BaseModel):
    """What a person types: ``first`` to ``last`` day, both included; hours are optional."""

    kind: EntryKind
    name: Name
    first: Day
    begins: Clock | None = None
    last: Day | None = None
    finishes: Clock | None = None
    area: Ref | None = None
    everybody: bool = False
    plans: list[Ref] = []
    lead_minutes: Annotated[int, Field(ge=0, le=12 * 60)] = 15
    lag_minutes: Annotated[int, Field(ge=0, le=12 * 60)] = 15
    step: Literal["look", "save", "back"] = "look"

    @model_validator(mode="after")
    def _whole(self) -> Self:
        try:
            self.entry()
        except ValidationError as error:
            said = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise ValueError(said) from error
        return self

    def entry(self) -> EntryIn:
        """Return what is meant: an end that is not after its start is on the next day."""
        starts = datetime.combine(self.first, time.fromisoformat(self.begins or MIDNIGHT))
        last = self.last or self.first
        if self.finishes is None:
            ends = datetime.combine(last + timedelta(1), time())
        else:
            ends = datetime.combine(last, time.fromisoformat(self.finishes))
            if ends <= starts and last == self.first:
                ends += timedelta(1)
        return EntryIn(
            kind=self.kind, name=self.name, starts=starts.isoformat(timespec="minutes"),
            ends=ends.isoformat(timespec="minutes"), area=self.area, everybody=self.everybody,
            plans=self.plans, lead_minutes=self.lead_minutes, lag_minutes=self.lag_minutes,
        )  # fmt: skip


def empty(kind: EntryKind) -> dict[str, object]:
    """Return the form of a new entry."""
    fields = EntryForm.model_fields
    return {
        "kind": kind.value,
        "lead_minutes": fields["lead_minutes"].default,
        "lag_minutes": fields["lag_minutes"].default,
    }


def typed_of(row: CalendarEntry) -> dict[str, object]:
    """Return an entry as the form shows it."""
    starts, ends = datetime.fromisoformat(row.starts), datetime.fromisoformat(row.ends)
    whole_end = ends.time() == time()
    last = ends.date() - timedelta(1) if whole_end else ends.date()
    return {
        "kind": row.kind,
        "name": row.name,
        "first": starts.date().isoformat(),
        "begins": "" if starts.time() == time() else starts.strftime("%H:%M"),
        "last": (starts.date() if past_midnight(starts, ends) else last).isoformat(),
        "finishes": "" if whole_end else ends.strftime("%H:%M"),
        "area": row.area or "",
        "everybody": row.everybody,
        "plans": list(row.plans),
        "lead_minutes": row.lead_minutes,
        "lag_minutes": row.lag_minutes,
    }
