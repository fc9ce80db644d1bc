"""Floors of a space, their pictures, and refusals at doors that somebody has looked after."""

from typing import Any

from sqlalchemy import ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Floor(Base):
    """One floor's plan. Lengths are thousandths of the plan's width.

    ``plan`` is a document of ``floorplan.plan``: what is drawn, and what stands where.
    ``image``: digest of the picture under it. ``revision`` grows with each change, so that of
    two people who edit at once the second is told.
    """

    __tablename__ = "floors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    rank: Mapped[int] = mapped_column(Integer, default=0)
    height: Mapped[int] = mapped_column(Integer, default=600)
    image: Mapped[str | None] = mapped_column(String(64))
    plan: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    revision: Mapped[int] = mapped_column(Integer, default=1)
    changed_at: Mapped[int] = mapped_column(Moment, default=0)
    changed_by: Mapped[str] = mapped_column(String(200), default="")


class FloorImage(Base):
    """The picture under a floor's plan: always WebP of our own making. Sizes in pixels."""

    __tablename__ = "floor_images"

    floor: Mapped[str] = mapped_column(
        Id, ForeignKey("floors.id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class FollowUp(Base):
    """A refused passage that somebody has looked after. It goes when its passage goes."""

    __tablename__ = "follow_ups"

    passage: Mapped[int] = mapped_column(
        Counted, ForeignKey("passages.id", ondelete="CASCADE"), primary_key=True,
        autoincrement=False,
    )  # fmt: skip
    at: Mapped[int] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(300), default="")
