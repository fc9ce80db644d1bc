"""What is watched of units over time, and logs that were asked of them."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class UnitWatch(Base):
    """Since when a unit is as it is, where one word of it cannot tell."""

    __tablename__ = "unit_watches"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    offline_since: Mapped[int | None] = mapped_column(Moment)
    clock_since: Mapped[int | None] = mapped_column(Moment)
    """Since when its clock is uncertain."""
    backlog_mark: Mapped[int] = mapped_column(Moment, default=0)
    """The backlog has only grown since it was this."""
    backlog_since: Mapped[int | None] = mapped_column(Moment)


class UnitLogOrder(Base):
    """A log that somebody asked of a unit; shown to them once, and kept a day at most.

    ``sealed``: as it came, for the server's seal key; None until then and after it was shown.
    """

    __tablename__ = "unit_log_orders"

    command: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[int] = mapped_column(Moment)
    came_at: Mapped[int | None] = mapped_column(Moment)
    shown_at: Mapped[int | None] = mapped_column(Moment)
    sealed: Mapped[str | None] = mapped_column(Text)
