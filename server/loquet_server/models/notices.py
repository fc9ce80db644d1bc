"""Incidents that live, and who is told: who is on call, by which way, what came of it."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class IncidentStep(Base):
    """Something that was done about an incident, or that it did by itself (no ``actor``)."""

    __tablename__ = "incident_steps"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    incident: Mapped[int] = mapped_column(Counted, ForeignKey("incidents.id", ondelete="CASCADE"))
    at: Mapped[int] = mapped_column(Moment)
    step: Mapped[str] = mapped_column(String(16))
    """A word of ``incidence.life.Step``."""
    actor: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index("ix_incident_steps_incident", "incident", "id"),)


class IncidentMute(Base):
    """Of incidents of this kind, of this unit (None: of none), nobody is told until then."""

    __tablename__ = "incident_mutes"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(64))
    until: Mapped[int] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[int] = mapped_column(Moment)


class NoticeTerms(Base):
    """How a space tells of incidents. ``escalate``: minutes until the next person is told."""

    __tablename__ = "notice_terms"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    escalate: Mapped[int] = mapped_column(Integer, default=15)
    digest_at: Mapped[int] = mapped_column(Integer, default=480)
    """Minute of the space's day at which what can wait is told."""


class Duty(Base):
    """When somebody is on call: on these weekdays (Monday is 0), in minutes of the space's day.

    A ``until`` that is not after ``since`` is on the next day. ``rank``: 1 is told first.
    """

    __tablename__ = "duties"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"), index=True)
    weekdays: Mapped[list[Any]] = mapped_column(Document, default=list)
    since: Mapped[int] = mapped_column(Integer)
    until: Mapped[int] = mapped_column(Integer)
    rank: Mapped[int] = mapped_column(Integer, default=1)


class NoticeRule(Base):
    """What somebody wants to be told. Quiet hours in minutes of the space's day; None: none."""

    __tablename__ = "notice_rules"

    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"), primary_key=True)
    least: Mapped[str] = mapped_column(String(16), default="warning")
    """The least severity: info, warning or urgent."""
    quiet_from: Mapped[int | None] = mapped_column(Integer)
    quiet_until: Mapped[int | None] = mapped_column(Integer)
    urgent_passes: Mapped[bool] = mapped_column(Boolean, default=True)
    """Urgent ones come in quiet hours too."""


class NoticeChannel(Base):
    """A way to reach somebody: mail, ntfy or gotify.

    ``sealed``: its address with its secrets, sealed to the server's key; ``shown``: what pages
    may say of it. ``failing_since``: nothing got through since then.
    """

    __tablename__ = "notice_channels"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"), index=True)
    way: Mapped[str] = mapped_column(String(16))
    shown: Mapped[str] = mapped_column(String(200))
    sealed: Mapped[str] = mapped_column(Text)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    failing_since: Mapped[int | None] = mapped_column(Moment)
    created_at: Mapped[int] = mapped_column(Moment)


class Notice(Base):
    """One incident, told to one person by one way. ``state``: waiting, held, sent, dead, dropped.

    ``held`` ones are told together once ``next_at`` has come. ``said``: the other side's own
    words, if it refused. A test has no incident.
    """

    __tablename__ = "notices"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    incident: Mapped[int | None] = mapped_column(
        Counted, ForeignKey("incidents.id", ondelete="CASCADE")
    )
    round: Mapped[int] = mapped_column(Integer, default=1)
    channel: Mapped[str] = mapped_column(Id, ForeignKey("notice_channels.id"))
    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"))
    level: Mapped[int] = mapped_column(Integer, default=1)
    """1: told first; 2: since nobody of level 1 has taken it on; and so on."""
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    at: Mapped[int] = mapped_column(Moment, index=True)
    next_at: Mapped[int] = mapped_column(Moment)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    tried_at: Mapped[int | None] = mapped_column(Moment)
    problem: Mapped[str | None] = mapped_column(String(32))
    said: Mapped[str] = mapped_column(String(300), default="")
    together: Mapped[int] = mapped_column(Integer, default=1)
    """How many incidents the message told of."""

    __table_args__ = (
        UniqueConstraint("incident", "round", "channel", name="uq_notices_once"),
        Index("ix_notices_due", "state", "next_at"),
        Index("ix_notices_operator", "operator", "id"),
    )
