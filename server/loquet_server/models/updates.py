"""Releases of the units' program: which one a space is to run, and what units said of it."""

from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class ReleaseOffer(Base):
    """The release that a space's units are to run. ``first``: the units that try it.

    The others are offered it when those have run it for ``wait_hours``. Stopped, nobody new is.
    """

    __tablename__ = "release_offers"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(32))
    first: Mapped[list[Any]] = mapped_column(Document)
    wait_hours: Mapped[int] = mapped_column(Integer)
    offered_at: Mapped[int] = mapped_column(Moment)
    stopped_at: Mapped[int | None] = mapped_column(Moment)


class UnitUpdate(Base):
    """What became of a release on a unit; ``works`` since ``said_at``, or why it does not."""

    __tablename__ = "unit_updates"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    version: Mapped[str] = mapped_column(String(32), primary_key=True)
    works: Mapped[bool] = mapped_column()
    detail: Mapped[str] = mapped_column(String(500), default="")
    said_at: Mapped[int] = mapped_column(Moment)
