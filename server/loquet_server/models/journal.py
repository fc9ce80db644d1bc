"""The record: journals of units, their entries, what could not be read, and what went wrong."""

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Id, Moment


class Journal(Base):
    """One journal of one unit: all up to ``acked`` is here, and hashes to ``chain``.

    ``missing_to``: the unit is asked for what is missing up to there. ``uncertain_boot``: the
    boot whose time nobody knows yet.
    """

    __tablename__ = "journals"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    acked: Mapped[int] = mapped_column(Moment, default=0)
    chain: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[int] = mapped_column(Moment)
    missing_to: Mapped[int | None] = mapped_column(Moment)
    uncertain_boot: Mapped[str | None] = mapped_column(String(64))
    ended_at: Mapped[int | None] = mapped_column(Moment)
    """When another unit took the place of the one that wrote it: nobody goes on with it."""


class Entry(Base):
    """One fact. ``body`` is canonical JSON, kept raw for kinds that we do not know.

    Once its time is over the body is ``{}`` and the salt empty; ``body_digest`` is then what
    the chain goes through. ``said``: what the unit's own clock said (and the chain says), where
    that was not sure and ``utc`` is what we make of it.
    """

    __tablename__ = "entries"

    journal: Mapped[str] = mapped_column(Id, primary_key=True)
    sequence: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    unit: Mapped[str] = mapped_column(Id)
    utc: Mapped[int] = mapped_column(Moment)
    monotonic: Mapped[int] = mapped_column(Moment)
    boot: Mapped[str] = mapped_column(String(64))
    trusted: Mapped[bool] = mapped_column(Boolean)
    kind: Mapped[str] = mapped_column(String(64))
    salt: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    body_digest: Mapped[str | None] = mapped_column(String(64))
    chain: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[int] = mapped_column(Moment)
    said: Mapped[int | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_entries_utc", "utc", "journal", "sequence"),)


class DeadLetter(Base):
    """A message that could not be believed or read; at most 64 KiB of it."""

    __tablename__ = "dead_letters"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    topic: Mapped[str] = mapped_column(String(300))
    payload: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int] = mapped_column(Integer)
    problem: Mapped[str] = mapped_column(String(500))
    received_at: Mapped[int] = mapped_column(Moment, index=True)


class Incident(Base):
    """Something that a manager should be told; open until ``ended_at``.

    ``kind`` is a word of ``incidence.kinds``; the same incident seen again while open, or a
    short while after, only counts. ``ended_by`` None: it ended by itself.
    """

    __tablename__ = "incidents"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    site: Mapped[str | None] = mapped_column(Id, index=True)
    unit: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64), default="")
    """The door, reader or journal that it is about."""
    detail: Mapped[str] = mapped_column(String(500), default="")
    count: Mapped[int] = mapped_column(Integer, default=1)
    first_at: Mapped[int] = mapped_column(Moment)
    last_at: Mapped[int] = mapped_column(Moment, index=True)
    ended_at: Mapped[int | None] = mapped_column(Moment)
    ended_by: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int] = mapped_column(Integer, default=1)
    acknowledged_at: Mapped[int | None] = mapped_column(Moment)
    acknowledged_by: Mapped[str | None] = mapped_column(String(200))
    """Who has taken it on; nobody else is told of it any more."""
    round: Mapped[int] = mapped_column(Integer, default=1)
    """In each round people are told once."""
    round_at: Mapped[int | None] = mapped_column(Moment)
    """When this round began, by the server's clock; None where ``first_at`` is that."""
    part_of: Mapped[int | None] = mapped_column(Counted)
    """The incident that explains this one: a network that is gone, for a unit that is silent."""
