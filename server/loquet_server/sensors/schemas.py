"""Sensors over the API and in the form."""

from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
)

from loquet_contract.wire.payloads import InvalidPath, compiled
from loquet_contract.wire.sensors import Watches
from loquet_server.people.text import Line, Name, Short
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_

MOST_VALUES = 10


def _topic(text: str) -> str:
    if any(mark in text for mark in "+#") or text.startswith("$"):
        raise ValueError(N_("Write one topic, without + or #, as it stands in the list."))
    return text


def _path(text: str) -> str:
    try:
        compiled(text or "@")
    except InvalidPath as error:
        raise ValueError(
            N_("This is no path into JSON, such as occupancy or StatusSNS.Switch1.")
        ) from error
    return text


Topic = Annotated[Name, AfterValidator(_topic)]
Path = Annotated[Line, AfterValidator(_path)]
Value = Annotated[Short, Field(min_length=1)]


class AvailabilityIn(BaseModel):
    """Where its program says whether it is there."""

    topic: Topic
    path: Path = ""
    online: Value = "online"
    offline: Value = "offline"


class SensorIn(BaseModel):
    """What one sensor means; times in seconds."""

    name: Name
    desk: Ref
    watches: Watches
    topic: Topic
    path: Path = ""
    active: Annotated[list[Value], Field(min_length=1, max_length=MOST_VALUES)]
    idle: Annotated[list[Value], Field(min_length=1, max_length=MOST_VALUES)]
    silent_after: Annotated[int, Field(ge=10, le=7 * 86_400)] | None = None
    hold: Annotated[int, Field(ge=1, le=86_400)] | None = None
    availability: AvailabilityIn | None = None

    @field_validator("idle")
    @classmethod
    def _differ(cls, idle: list[str], info: Any) -> list[str]:
        active = {each.casefold() for each in info.data.get("active", [])}
        if active & {each.casefold() for each in idle}:
            raise ValueError(N_("One value cannot mean both."))
        return idle


class NewSensor(SensorIn):
    """A sensor to be added, and the unit that listens to it."""

    unit: Ref


class SensorOut(BaseModel):
    """A sensor, and how it stands: unheard, active, idle, unreadable, lost."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    site: str
    unit: str
    desk: str
    name: str
    watches: str
    topic: str
    path: str
    active: list[str]
    idle: list[str]
    silent_after: int | None
    hold: int | None
    availability: dict[str, str] | None
    hearing: str = "unheard"
    heard_at: int | None = None
    """UTC milliseconds."""
    detail: str = ""


class HeardOut(BaseModel):
    """What a unit hears while it is asked to show it; times in UTC milliseconds."""

    version: int
    """Of the plan that the unit follows."""
    wanted: int
    broker: str
    """Empty while its session with the space's broker is open."""
    topics: list[dict[str, Any]]
    dropped: int
    received_at: int
