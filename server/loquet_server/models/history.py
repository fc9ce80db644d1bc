"""How the space was used, without identity; and the screens that show how it is now."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class PeopleHour(Base):
    """One area's people in one hour (``hour_utc``: milliseconds of its start); no identity.

    ``entries``: people who badged and went in. ``people_seconds``, ``known_seconds`` and ``peak``
    are of areas whose exits are sensed: the estimate over time, for how long there was one, and
    the most at once. An hour without known seconds is unknown, not empty.
    """

    __tablename__ = "people_hours"

    area: Mapped[str] = mapped_column(Id, primary_key=True)
    hour_utc: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    entries: Mapped[int] = mapped_column(Integer, default=0)
    people_seconds: Mapped[int] = mapped_column(Integer, default=0)
    known_seconds: Mapped[int] = mapped_column(Integer, default=0)
    peak: Mapped[int] = mapped_column(Integer, default=0)


class DeskDay(Base):
    """One shared desk on one of the site's days; a desk that is somebody's own has none."""

    __tablename__ = "desk_days"

    desk: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    occupied_seconds: Mapped[int] = mapped_column(Integer, default=0)
    sessions: Mapped[int] = mapped_column(Integer, default=0)


class SiteDay(Base):
    """One of the site's days in numbers.

    ``visits``: how many people badged and went in; ``half_days``: those who did so before and
    after 13:00 count twice.
    """

    __tablename__ = "site_days"

    site: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    visits: Mapped[int] = mapped_column(Integer, default=0)
    half_days: Mapped[int] = mapped_column(Integer, default=0)
    entries: Mapped[int] = mapped_column(Integer, default=0)


class YearMark(Base):
    """That some member came in a year: a keyed digest, thrown away once the year is counted."""

    __tablename__ = "year_marks"

    site: Mapped[str] = mapped_column(Id, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(32), primary_key=True)


class YearCount(Base):
    """How many different members came in a year that is over."""

    __tablename__ = "year_counts"

    site: Mapped[str] = mapped_column(Id, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    members: Mapped[int] = mapped_column(Integer)


class Screen(Base):
    """A screen on the wall that shows how full it is; known by the SHA-256 of its secret.

    ``areas`` empty: all. ``names``: it may show who wants to be seen today, and for whom a room
    is booked.
    """

    __tablename__ = "screens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    areas: Mapped[list[Any]] = mapped_column(Document, default=list)
    names: Mapped[bool] = mapped_column(Boolean, default=False)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(200))
    seen_at: Mapped[int | None] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)


class Showing(Base):
    """Whether a space tells everybody how full it is; a space without a row does not."""

    __tablename__ = "showings"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    enabled: Mapped[bool] = mapped_column(Boolean, default=False)
    changed_at: Mapped[int] = mapped_column(Moment)
