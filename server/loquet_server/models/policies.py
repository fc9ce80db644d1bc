"""What units were told: policies by version, desired states, lockdowns."""

from sqlalchemy import ForeignKey, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class Policy(Base):
    """One version of one unit's policy: whole (``base`` is None) or a delta.

    ``content`` is zlib: of the record lines when whole, else of the Delta message.
    """

    __tablename__ = "policies"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    base: Mapped[int | None] = mapped_column(Integer)
    manifest: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    records: Mapped[int] = mapped_column(Integer)
    created_at: Mapped[int] = mapped_column(Moment)


class DesiredState(Base):
    """The signed desired state that a unit is to hold; ``version`` only grows."""

    __tablename__ = "desired_states"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer)
    document: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Moment)


class Lockdown(Base):
    """One door's lockdown; ``confirmed_at`` when its unit said so, None while it has not."""

    __tablename__ = "lockdowns"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"), index=True)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500))
    since: Mapped[int] = mapped_column(Moment)
    confirmed_at: Mapped[int | None] = mapped_column(Moment)
    lifted_at: Mapped[int | None] = mapped_column(Moment)
    lifted_by: Mapped[str | None] = mapped_column(String(200))
