"""The form of a sensor: what people type, and what it means."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, field_validator, model_validator

from loquet_contract.wire.sensors import Watches
from loquet_server.models import Sensor
from loquet_server.people.text import Line, Name
from loquet_server.sensors.presets import Recognised
from loquet_server.sensors.schemas import (
    AvailabilityIn,
    Path,
    SensorIn,
    Topic,
    Value,
)
from loquet_server.timetable.names import Ref
from loquet_server.web.i18n import N_

Values = Annotated[list[Value], Field(min_length=1, max_length=10)]


class SensorForm(BaseModel):
    """What a person types; several values are parted by commas."""

    name: Name
    desk: Ref | None = None
    desk_name: Line = ""
    area: Ref | None = None
    watches: Watches
    topic: Topic
    path: Path = ""
    active: Values
    idle: Values
    silent_minutes: Annotated[int, Field(ge=1, le=10_080)] | None = None
    hold: Annotated[int, Field(ge=1, le=86_400)] | None = None
    online_topic: Topic | None = None
    online_path: Path = ""
    online: Value = "online"
    offline: Value = "offline"
    step: str = "save"

    @field_validator("active", "idle", mode="before")
    @classmethod
    def _parted(cls, value: Any) -> Any:
        """Return what stands between the commas; a form sends text, or a list of one."""
        text = value[-1] if isinstance(value, list) and len(value) == 1 else value
        if not isinstance(text, str):
            return text
        return [each.strip() for each in text.split(",") if each.strip()]

    @field_validator("idle")
    @classmethod
    def _differ(cls, idle: list[str], info: Any) -> list[str]:
        known = {each.casefold() for each in info.data.get("active", [])}
        if known & {each.casefold() for each in idle}:
            raise ValueError(N_("One value cannot mean both."))
        return idle

    @model_validator(mode="after")
    def _somewhere(self) -> "SensorForm":
        if self.desk is None and not (self.desk_name and self.area):
            raise ValueError(N_("Choose a desk, or give a new one a name and an area."))
        return self

    def sensor(self, desk: str) -> SensorIn:
        """Return what is meant, at this desk."""
        about = None
        if self.online_topic is not None:
            about = AvailabilityIn(
                topic=self.online_topic, path=self.online_path, online=self.online,
                offline=self.offline,
            )  # fmt: skip
        return SensorIn(
            name=self.name, desk=desk, watches=self.watches, topic=self.topic, path=self.path,
            active=self.active, idle=self.idle, hold=self.hold, availability=about,
            silent_after=None if self.silent_minutes is None else self.silent_minutes * 60,
        )  # fmt: skip


def typed_of(row: Sensor) -> dict[str, Any]:
    """Return a sensor as the form shows it."""
    about = row.availability or {}
    return {
        "name": row.name,
        "desk": row.desk,
        "watches": row.watches,
        "topic": row.topic,
        "path": row.path,
        "active": ", ".join(row.active),
        "idle": ", ".join(row.idle),
        "silent_minutes": "" if row.silent_after is None else row.silent_after // 60,
        "hold": "" if row.hold is None else row.hold,
        "online_topic": about.get("topic", ""),
        "online_path": about.get("path", ""),
        "online": about.get("online", ""),
        "offline": about.get("offline", ""),
    }


def filled(topic: str, found: Recognised | None) -> dict[str, Any]:
    """Return the form for a topic, filled with what it looks like."""
    if found is None:
        return {"topic": topic, "active": "true", "idle": "false"}
    preset, about = found.preset, found.availability
    shown: dict[str, Any] = {
        "name": found.name,
        "topic": topic,
        "watches": preset.watches.value,
        "path": preset.path,
        "active": preset.active,
        "idle": preset.idle,
        "silent_minutes": preset.silent_minutes or "",
    }
    if about is not None:
        shown |= {
            "online_topic": about.topic, "online_path": about.path, "online": about.online,
            "offline": about.offline,
        }  # fmt: skip
    return shown
