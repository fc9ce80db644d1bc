"""Sensors on spaces' own brokers: what they mean, what units were told, what units hear."""

from typing import Any

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class Sensor(Base):
    """One sensor and what its messages mean for a desk: contract ``SensorMapping``."""

    __tablename__ = "sensors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    """The unit that listens."""
    desk: Mapped[str] = mapped_column(Id, ForeignKey("desks.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    watches: Mapped[str] = mapped_column(String(16))
    topic: Mapped[str] = mapped_column(String(256))
    path: Mapped[str] = mapped_column(String(200), default="")
    active: Mapped[list[Any]] = mapped_column(Document)
    idle: Mapped[list[Any]] = mapped_column(Document)
    silent_after: Mapped[int | None] = mapped_column(Integer)
    hold: Mapped[int | None] = mapped_column(Integer)
    availability: Mapped[dict[str, Any] | None] = mapped_column(Document)
    created_at: Mapped[int] = mapped_column(Moment, default=0)


class SensorPlan(Base):
    """What a unit was told last; ``preview_until`` in UTC seconds."""

    __tablename__ = "sensor_plans"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    document: Mapped[str] = mapped_column(Text, default="")
    preview_until: Mapped[int] = mapped_column(Moment, default=0)


class SensorWord(Base):
    """What a unit said last of its sensors: contract ``SensorsSeen``."""

    __tablename__ = "sensor_words"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
    broker: Mapped[str] = mapped_column(String(200), default="")
    sensors: Mapped[dict[str, Any]] = mapped_column(Document)
    topics: Mapped[list[Any]] = mapped_column(Document)
    dropped: Mapped[int] = mapped_column(Moment, default=0)
    received_at: Mapped[int] = mapped_column(Moment, default=0)
