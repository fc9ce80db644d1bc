"""How doors and desks stand now, as the facts have told. ``revision`` grows with each change."""

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class DoorState(Base):
    """``lock``: locked, released, fault, unknown. ``leaf``: open, closed, unknown.

    ``mode``: normal, unlocked (by a schedule), locked_down, fire, unknown. ``alarm``: the
    gravest kind of those that last.
    """

    __tablename__ = "door_states"

    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"), primary_key=True)
    leaf: Mapped[str] = mapped_column(String(32), default="unknown")
    lock: Mapped[str] = mapped_column(String(32), default="unknown")
    mode: Mapped[str] = mapped_column(String(32), default="unknown")
    alarm: Mapped[str | None] = mapped_column(String(64))
    lockdown: Mapped[str | None] = mapped_column(Id)
    changed_at: Mapped[int] = mapped_column(Moment, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)


class DeskState(Base):
    """``state``: free, occupied, away, unknown. ``evidence``: contract ``DeskEvidence``.

    ``since`` is 0 where nobody knows: the unit's clock was not to be trusted. ``until``: when
    a desk that is away is free again.
    """

    __tablename__ = "desk_states"

    desk: Mapped[str] = mapped_column(Id, ForeignKey("desks.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(32), default="unknown")
    evidence: Mapped[str] = mapped_column(String(32), default="started")
    since: Mapped[int] = mapped_column(Moment, default=0)
    until: Mapped[int | None] = mapped_column(Moment)
    revision: Mapped[int] = mapped_column(Integer, default=0)
