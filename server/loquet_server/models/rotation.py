"""Peppers that follow each other, what badges were known by before, and units that were stolen."""

from typing import Any

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class SitePepper(Base):
    """One pepper of a site. ``in_use_at``: when digests and policies came under it.

    A rotation's new one waits without ``in_use_at`` until the units hold it; a retired one has
    lost its secret, and keeps its name.
    """

    __tablename__ = "site_peppers"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(16))
    secret_sealed: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Moment)
    in_use_at: Mapped[int | None] = mapped_column(Moment)
    retired_at: Mapped[int | None] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    versions: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """Each unit's first policy version under it."""
    left_behind: Mapped[list[str] | None] = mapped_column(Document)
    """Units for which nobody waits any more: the manager said so."""


class NextDigest(Base):
    """During a rotation: what a digest (of a badge, a derived number or a PIN) becomes."""

    __tablename__ = "next_digests"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    before: Mapped[str] = mapped_column(String(64), primary_key=True)
    after: Mapped[str] = mapped_column(String(64))


class FormerDigest(Base):
    """By what units knew a badge under an earlier pepper: older facts still name it so."""

    __tablename__ = "former_digests"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    badge: Mapped[str] = mapped_column(Id, ForeignKey("credentials.id", ondelete="CASCADE"))
    ended_at: Mapped[int] = mapped_column(Moment)

    __table_args__ = (Index("ix_former_digests_badge", "badge"),)


class Theft(Base):
    """A unit that was reported stolen, and what was on it then. ``known``: counts, no names."""

    __tablename__ = "thefts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    at: Mapped[int] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")
    doors: Mapped[list[str]] = mapped_column(Document)
    """Names of the doors that hung on it."""
    known: Mapped[dict[str, Any]] = mapped_column(Document)
    pepper: Mapped[int] = mapped_column(Integer)
    """Version of the site's pepper that replaces the one that was on the unit."""
    card_key: Mapped[int | None] = mapped_column(Integer)
    """The newest card master that was on the unit; None: there was none."""
