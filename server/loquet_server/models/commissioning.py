"""Proofs of doors, how doors are wired, and what units found when they looked at themselves."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class DoorProof(Base):
    """An installer's proof of a door, at work or ended."""

    __tablename__ = "door_proofs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str] = mapped_column(Id, index=True)
    door: Mapped[str] = mapped_column(Id, index=True)
    installer: Mapped[str] = mapped_column(String(80), default="")
    acts: Mapped[list[Any]] = mapped_column(Document)
    """Contract ``ActResult``, plain."""
    waits_for: Mapped[str | None] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(80), default="")
    left: Mapped[int] = mapped_column(Integer, default=0)
    failure: Mapped[str] = mapped_column(String(40), default="")
    words: Mapped[list[Any]] = mapped_column(Document)
    began_at: Mapped[int] = mapped_column(Moment, default=0)
    moved_at: Mapped[int] = mapped_column(Moment, default=0)
    ended_at: Mapped[int | None] = mapped_column(Moment)
    whole: Mapped[bool] = mapped_column(Boolean, default=False)
    wires: Mapped[str] = mapped_column(String(64), default="")
    """Digest of the wiring that was proven."""
    report: Mapped[str] = mapped_column(Text, default="")
    """The signed contract ``ProofReport``, once it has ended."""


class DoorWiring(Base):
    """How a door is wired, as its unit said at its last start."""

    __tablename__ = "door_wirings"

    door: Mapped[str] = mapped_column(Id, primary_key=True)
    unit: Mapped[str] = mapped_column(Id)
    wires: Mapped[str] = mapped_column(String(64))
    since: Mapped[int] = mapped_column(Moment)


class UnitExam(Base):
    """What a unit found when it last looked at itself."""

    __tablename__ = "unit_exams"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    command: Mapped[str | None] = mapped_column(Id)
    findings: Mapped[list[Any]] = mapped_column(Document)
    """Contract ``Examined``, plain."""
    examined_at: Mapped[int] = mapped_column(Moment)
