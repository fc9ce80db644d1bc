"""When: hours as people write them, and the days that differ."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class Schedule(Base):
    """Named hours: ``always``, or ``hours`` (OpenStreetMap ``opening_hours``), or ``intervals``.

    ``intervals`` is a list whose members are ``[start, end]`` (UTC seconds) or the weekly form
    ``{"weekdays": [0..6], "from": "09:00", "to": "18:00"}`` in the site's time; all that is
    given counts. ``follows_calendar``: closures shut it, exceptional openings open it.
    """

    __tablename__ = "schedules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    always: Mapped[bool] = mapped_column(Boolean, default=False)
    hours: Mapped[str] = mapped_column(Text, default="")
    intervals: Mapped[list[Any]] = mapped_column(Document, default=list)
    follows_calendar: Mapped[bool] = mapped_column(Boolean, default=True)


class CalendarEntry(Base):
    """A time that differs: ``kind`` closure, opening or event.

    ``starts`` and ``ends`` are local wall-clock times (ISO, to the minute), half-open. ``area``
    None: the whole site. An event lets its audience into its area: ``plans`` (ids), or
    everybody with a badge where ``everybody``; ``lead`` and ``lag`` minutes before and after.
    """

    __tablename__ = "calendar_entries"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    name: Mapped[str] = mapped_column(String(200))
    starts: Mapped[str] = mapped_column(String(16))
    ends: Mapped[str] = mapped_column(String(16))
    area: Mapped[str | None] = mapped_column(Id, ForeignKey("areas.id"))
    plans: Mapped[list[Any]] = mapped_column(Document, default=list)
    everybody: Mapped[bool] = mapped_column(Boolean, default=False)
    lead_minutes: Mapped[int] = mapped_column(Integer, default=15)
    lag_minutes: Mapped[int] = mapped_column(Integer, default=15)


class ExtraWindow(Base):
    """A holder may enter an area for a while: a guest's pass, a booking. UTC milliseconds.

    ``source``: guest, event or booking. ``reserved``: a place is kept, also when it is full.
    """

    __tablename__ = "extra_windows"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    area: Mapped[str] = mapped_column(Id, ForeignKey("areas.id"))
    starts_at: Mapped[int] = mapped_column(Moment)
    ends_at: Mapped[int] = mapped_column(Moment)
    lead_minutes: Mapped[int] = mapped_column(Integer, default=15)
    lag_minutes: Mapped[int] = mapped_column(Integer, default=15)
    source: Mapped[str] = mapped_column(String(16), default="guest")
    reserved: Mapped[bool] = mapped_column(Boolean, default=False)
    note: Mapped[str] = mapped_column(String(500), default="")
    host: Mapped[str] = mapped_column(String(200), default="")
    """Who receives a guest, by name."""
    booking: Mapped[str | None] = mapped_column(Id)
    cancelled_at: Mapped[int | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_extra_windows_site_holder", "site", "holder"),)
