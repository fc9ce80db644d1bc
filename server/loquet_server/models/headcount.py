"""How many people are inside: what no badge tells, what people say, and what was left over.

Nothing here names a member: who went through a door is in ``passages`` alone.
"""

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Id, Moment


class Crossing(Base):
    """Somebody went through a door without a badge, or a desk was taken or left.

    ``source``: ``headcount.facts.Source``. ``area``: the inner side of the door; ``beyond``: its
    outer side. ``direction``: 1 into ``area``, -1 out of it, 0 nobody knows. Kept for a few days.
    """

    __tablename__ = "crossings"

    journal: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    part: Mapped[int] = mapped_column(Integer, primary_key=True, default=0, autoincrement=False)
    """One fact may change several desks."""
    site: Mapped[str] = mapped_column(Id)
    area: Mapped[str] = mapped_column(Id)
    beyond: Mapped[str | None] = mapped_column(Id)
    door: Mapped[str | None] = mapped_column(Id)
    source: Mapped[str] = mapped_column(String(16))
    direction: Mapped[int] = mapped_column(Integer)
    at: Mapped[int] = mapped_column(Moment)

    __table_args__ = (Index("ix_crossings_site_at", "site", "at"),)


class Counter(Base):
    """A beam counter at a door, and the first moment that it was heard of."""

    __tablename__ = "counters"

    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"), primary_key=True)
    counter: Mapped[str] = mapped_column(Id, primary_key=True)
    known_at: Mapped[int] = mapped_column(Moment)


class PeopleCorrection(Base):
    """Somebody counted: so many people were in an area at this moment, and why it is said."""

    __tablename__ = "people_corrections"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    site: Mapped[str] = mapped_column(Id)
    area: Mapped[str] = mapped_column(Id, ForeignKey("areas.id"))
    at: Mapped[int] = mapped_column(Moment)
    people: Mapped[int] = mapped_column(Integer)
    estimated: Mapped[int] = mapped_column(Integer)
    """What the estimate was just before."""
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index("ix_people_corrections_area_at", "area", "at"),)


class CountReset(Base):
    """What the count was at a quiet hour, when everybody should have been gone."""

    __tablename__ = "count_resets"

    area: Mapped[str] = mapped_column(Id, ForeignKey("areas.id"), primary_key=True)
    at: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    people: Mapped[int] = mapped_column(Integer)
    low: Mapped[int] = mapped_column(Integer)
    high: Mapped[int] = mapped_column(Integer)
    crossings: Mapped[int] = mapped_column(Integer)
    """How often somebody went through since the reset before."""


class EvacuationPlan(Base):
    """Where a site's people meet when they have left the building."""

    __tablename__ = "evacuation_plans"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    meeting_point: Mapped[str] = mapped_column(String(500), default="")
    instructions: Mapped[str] = mapped_column(String(2000), default="")
