"""Bookings over the API and in forms. ``starts`` and ``ends`` are local, to the minute."""

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from loquet_server.people.text import Day, Id, Line, Note, Price, Remark
from loquet_server.reservations.rules import Kind
from loquet_server.reservations.service import MOST_PARTICIPANTS, Asked
from loquet_server.timetable.clock import Clock, minutes
from loquet_server.web.i18n import N_

SLOTS = (15, 30, 60)


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is not None:
        raise ValueError(N_("Please write the local time, without an offset."))
    if not 1990 <= moment.year <= 2200:
        raise ValueError(N_("Please write a date."))
    return moment.replace(second=0, microsecond=0)


Local = Annotated[datetime, AfterValidator(_local)]


def _slot(minutes: int) -> int:
    if minutes not in SLOTS:
        raise ValueError(N_("Please choose one of these."))
    return minutes


Slot = Annotated[int, AfterValidator(_slot)]
Edge = Annotated[int, Field(ge=0, le=240)]


class BookingIn(BaseModel):
    """A booking, or a weekly series up to and with the day ``until``."""

    kind: Kind
    resource: Id
    holder: Id
    starts: Local
    ends: Local
    title: Line = ""
    participants: Annotated[list[Id], Field(max_length=MOST_PARTICIPANTS)] = []
    paid: bool = False
    until: Day | None = None
    skip_conflicts: bool = False
    beyond_plan: bool = False
    """Set the limits of the member's plan aside."""
    site: Id | None = None

    def asked(self) -> Asked:
        """Return it as the rules want it."""
        return Asked(
            self.kind.value, self.resource, self.holder, self.starts, self.ends, self.title,
            tuple(self.participants), self.paid, self.until, self.skip_conflicts,
        )  # fmt: skip


class ReasonIn(BaseModel):
    """Why; ``rest``: the later ones of the series too."""

    reason: Remark = ""
    rest: bool = False


class BookingOut(BaseModel):
    """A booking; UTC milliseconds. ``free_at``: when the resource is free again."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    kind: str
    resource: str
    holder: str
    title: str
    starts_at: int
    ends_at: int
    free_at: int
    lead: int
    lag: int
    paid: bool
    series: str | None
    state: str
    checked_in_at: int | None
    checked_in_by: str | None
    reason: str
    created_at: int


class ConflictOut(BaseModel):
    """A time of a series that cannot be, and why; UTC milliseconds."""

    starts_at: int
    ends_at: int
    refusal: str
    said: str


class MadeOut(BaseModel):
    """What was booked, and what was left out."""

    bookings: list[BookingOut]
    left_out: list[ConflictOut]


class ResourceOut(BaseModel):
    """What can be booked; minutes. ``door_only``: its door opens only for its bookings."""

    model_config = ConfigDict(from_attributes=True)

    kind: Kind
    id: str
    site: str
    name: str
    place: str
    area: str | None
    count: int
    bookable: bool
    door_only: bool
    slot: int
    lead: int
    lag: int
    free_after: int | None
    note: str


class ReservedOut(BaseModel):
    """What is booked now, or within its lead; without a name."""

    model_config = ConfigDict(from_attributes=True)

    booking: str
    kind: str
    starts: int
    ends: int
    checked_in: bool
    lead_begins: int


class BookingForm(BaseModel):
    """The form of a booking. ``what``: ``kind/id``."""

    what: Annotated[str, Field(pattern=r"^(room|desk|equipment)/[a-z0-9_-]{1,64}$")]
    day: Day
    starts: Clock
    ends: Clock
    last_day: Day | None = None
    """Of a booking over midnight; one that ends at 00:00 ends with its day anyway."""
    holder: Id = ""
    title: Line = ""
    participants: Annotated[list[Id], Field(max_length=MOST_PARTICIPANTS)] = []
    paid: bool = False
    until: Day | None = None
    skip: bool = False
    beyond: bool = False

    def asked(self, holder: str | None = None) -> Asked:
        """Return it as the rules want it; of members ``holder`` is themselves."""
        kind, _, resource = self.what.partition("/")
        midnight = self.day + timedelta(days=1) if minutes(self.ends) == 0 else self.day
        paid = self.paid if holder is None else False
        return Asked(
            kind, resource, holder or self.holder, _at(self.day, self.starts),
            _at(self.last_day or midnight, self.ends), self.title, tuple(self.participants),
            paid, self.until, self.skip,
        )  # fmt: skip


def _at(day: date, clock: str) -> datetime:
    minute = minutes(clock)
    return datetime(day.year, day.month, day.day, minute // 60, minute % 60)


class CancelForm(BaseModel):
    """Why a booking is cancelled."""

    reason: Remark = ""
    rest: bool = False


class RoomForm(BaseModel):
    """How a room is booked: not at all, beside plans, or as the only way in."""

    how: Literal["no", "yes", "only"]
    slot: Slot = 30
    lead: Edge = 10
    lag: Edge = 10


class DeskForm(BaseModel):
    """How a desk is booked. ``free_after``: minutes without anybody, none for never."""

    bookable: bool = False
    slot: Slot = 30
    lead: Edge = 10
    free_after: Annotated[int, Field(ge=5, le=240)] | None = None


class EquipmentForm(BaseModel):
    """A thing that can be lent."""

    name: Annotated[Line, Field(min_length=1)]
    place: Line = ""
    note: Note = ""
    count: Annotated[int, Field(ge=1, le=500)] = 1
    slot: Slot = 30


class TermsForm(BaseModel):
    """What the people of a plan may book by themselves."""

    kinds: list[Kind] = []
    longest: Annotated[int, Field(ge=15, le=14 * 24 * 60)] = 240
    ahead_days: Annotated[int, Field(ge=0, le=400)] = 30
    open_most: Annotated[int, Field(ge=1, le=100)] = 3
    month_hours: Annotated[int, Field(ge=1, le=744)] | None = None
    outside_hours: bool = False
    price: Price = ""


class SettingsForm(BaseModel):
    """How a space books."""

    release_after: Annotated[int, Field(ge=5, le=120)] = 15


def as_values(row: Any, *names: str) -> dict[str, Any]:
    """Return columns of a row as a form shows them."""
    found = {name: getattr(row, name) for name in names}
    return {name: "" if value is None else value for name, value in found.items()}
