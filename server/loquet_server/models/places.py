"""The house: sites, areas, doors with their access points, desks."""

from typing import Any

from sqlalchemy import Boolean, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id


class Site(Base):
    """A space with an address, a time zone, and somebody to call."""

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    contact: Mapped[str] = mapped_column(String(200), default="")


class Area(Base):
    """Space on one side of a door. ``exit_sensing``: leaving is sensed, so presence is known."""

    __tablename__ = "areas"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    exit_sensing: Mapped[bool] = mapped_column(Boolean, default=False)
    rank: Mapped[int] = mapped_column(Integer, default=0)


class Door(Base):
    """An opening with a leaf and a lock. ``unlock_schedule``: when it stands unlocked."""

    __tablename__ = "doors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id, ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    lock_kind: Mapped[str] = mapped_column(String(32), default="strike")
    exit_style: Mapped[str] = mapped_column(String(32), default="unseen")
    has_contact: Mapped[bool] = mapped_column(Boolean, default=True)
    unlock_schedule: Mapped[str | None] = mapped_column(Id, ForeignKey("schedules.id"))
    blocked: Mapped[bool] = mapped_column(Boolean, default=False)
    rank: Mapped[int] = mapped_column(Integer, default=0)


class AccessPoint(Base):
    """One direction through a door; ``minimum_assurance`` and ``untrusted_clock``: contract."""

    __tablename__ = "access_points"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"), index=True)
    reader: Mapped[str] = mapped_column(Id)
    area_from: Mapped[str] = mapped_column(Id)
    area_to: Mapped[str] = mapped_column(Id)
    minimum_assurance: Mapped[int] = mapped_column(Integer, default=1)
    untrusted_clock: Mapped[str] = mapped_column(String(32), default="always_only")


class Desk(Base):
    """A place to work. ``x`` and ``y``: on the plan of its area, 0 to 1."""

    __tablename__ = "desks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    area: Mapped[str] = mapped_column(Id, ForeignKey("areas.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id, ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    assigned_holder: Mapped[str | None] = mapped_column(Id)
    rank: Mapped[int] = mapped_column(Integer, default=0)
    x: Mapped[float | None] = mapped_column(Float)
    y: Mapped[float | None] = mapped_column(Float)


class Schedule(Base):
    """Named hours: ``always``, or intervals.

    ``intervals`` is a list whose members are ``[start, end]`` (UTC seconds) or the weekly form
    ``{"weekdays": [0..6], "from": "09:00", "to": "18:00"}`` in the site's time.
    """

    __tablename__ = "schedules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    always: Mapped[bool] = mapped_column(Boolean, default=False)
    intervals: Mapped[list[Any]] = mapped_column(Document, default=list)
