"""What units were told: policies by version, desired states, lockdowns."""

from sqlalchemy import ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class Policy(Base):
    """One version of one unit's policy: whole (``base`` is None) or a delta.

    ``content`` is zlib: of the record lines when whole, else of the Delta message. A whole one
    that names a ``revision`` holds the unit's own lines only: the rest is in ``PolicySnapshot``.
    ``revision`` is that of what the site's units share.
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
    revision: Mapped[int | None] = mapped_column(Integer)
    enforced_at: Mapped[int | None] = mapped_column(Moment)
    """When its unit said that it enforces this version, or a newer one; server's time."""


class PolicySite(Base):
    """What the policies of a site's units have in common: its ``revision`` grows with each change.

    ``start``: UTC seconds from which hours are expanded; ``compiled_at``: when all was compiled.
    """

    __tablename__ = "policy_sites"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, default=0)
    start: Mapped[int] = mapped_column(Moment, default=0)
    compiled_at: Mapped[int] = mapped_column(Moment, default=0)


class PolicySnapshot(Base):
    """The lines that all units of a site share, at a revision: zlib, sorted by key."""

    __tablename__ = "policy_snapshots"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    content: Mapped[bytes] = mapped_column(LargeBinary)


class PolicyRecord(Base):
    """One record as it now stands in the policies: for all units (``scope`` empty), or for one."""

    __tablename__ = "policy_records"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    scope: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(String(128), primary_key=True)
    line: Mapped[str] = mapped_column(Text)
    holder: Mapped[str | None] = mapped_column(Id)
    """Whom it is about; None for what is about nobody."""
    revision: Mapped[int] = mapped_column(Integer, default=0)
    """The site's revision at which it became what it is; 0 for a unit's own."""

    __table_args__ = (Index("ix_policy_records_holder", "site", "holder"),)


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
