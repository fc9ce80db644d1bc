"""What the facts add up to: passages, and identity-free history of desks and areas."""

from typing import Any

from sqlalchemy import Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Passage(Base):
    """One decision at a door, and what became of it.

    ``outcome``: granted, denied, then taken or not_taken. ``day``: the site's day (ISO date,
    from 03:00 to 03:00 local time) in which it fell; empty where nobody can say. ``said_at``:
    what the unit's clock said, where that was not sure and ``at`` is what we make of it, between
    ``earliest`` and ``latest`` (both None: it is sure by now).
    """

    __tablename__ = "passages"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    journal: Mapped[str] = mapped_column(Id)
    sequence: Mapped[int] = mapped_column(Moment)
    site: Mapped[str] = mapped_column(Id)
    unit: Mapped[str] = mapped_column(Id)
    door: Mapped[str] = mapped_column(Id)
    access_point: Mapped[str] = mapped_column(Id)
    area_from: Mapped[str | None] = mapped_column(Id)
    area_to: Mapped[str | None] = mapped_column(Id)
    holder: Mapped[str | None] = mapped_column(Id)
    credential: Mapped[str | None] = mapped_column(String(64))
    rule: Mapped[str | None] = mapped_column(Id)
    policy_version: Mapped[int | None] = mapped_column(Integer)
    assurance: Mapped[int] = mapped_column(Integer, default=1)
    at: Mapped[int] = mapped_column(Moment)
    trusted: Mapped[bool] = mapped_column(default=True)
    day: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(32))
    when: Mapped[int | None] = mapped_column("when_utc", Moment)
    """UTC seconds, as the reason has it."""
    assumed: Mapped[bool] = mapped_column(default=False)
    grant: Mapped[str | None] = mapped_column("grant_id", String(64))
    account: Mapped[str | None] = mapped_column(Id)
    """Where a pass is to be taken when the grant is used, and for which period (UTC seconds)."""
    period: Mapped[int | None] = mapped_column(Moment)
    billed: Mapped[bool] = mapped_column(default=False)
    remarks: Mapped[list[Any] | None] = mapped_column(Document)
    said_at: Mapped[int | None] = mapped_column(Moment)
    earliest: Mapped[int | None] = mapped_column(Moment)
    latest: Mapped[int | None] = mapped_column(Moment)
    sealed: Mapped[str | None] = mapped_column(Text)
    """An unknown badge's number, sealed to the server, until it is enrolled or forgotten."""

    __table_args__ = (
        Index("uq_passages_fact", "journal", "sequence", unique=True),
        Index("ix_passages_grant", "grant_id"),
        Index("ix_passages_door", "door", "id"),
        Index("ix_passages_area_day", "area_to", "day", "holder"),
    )


class DeskHour(Base):
    """One area's desks in one hour (``hour_utc``: milliseconds of its start); no identity.

    Counts what has ended; who reads it adds what still runs. ``known_seconds``: how long it was
    known whether its desks were occupied, summed over them; None where nobody counted that.
    ``peak`` is the most desks that were seen occupied at once.
    """

    __tablename__ = "desk_hours"

    area: Mapped[str] = mapped_column(Id, primary_key=True)
    hour_utc: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    occupied_seconds: Mapped[int] = mapped_column(Integer, default=0)
    known_seconds: Mapped[int | None] = mapped_column(Integer)
    peak: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)


class AreaDay(Base):
    """One area on one of the site's days: people seen, entries and sensed exits."""

    __tablename__ = "area_days"

    area: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    seen: Mapped[int] = mapped_column(Integer, default=0)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    exits: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)
