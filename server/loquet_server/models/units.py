"""Units on the wall: who they are, how they fare, and the codes that let them in."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class Unit(Base):
    """A unit. ``public_key`` (base64url) is None until it is enrolled."""

    __tablename__ = "units"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    public_key: Mapped[str | None] = mapped_column(String(64))
    broker_password_hash: Mapped[str | None] = mapped_column(String(128))
    software: Mapped[str] = mapped_column(String(64), default="")
    enrolled_at: Mapped[int | None] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)
    hardware: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """What the server suggests as ``unit.toml``: ``{"unit_toml": text}``."""
    notes: Mapped[str] = mapped_column(Text, default="")
    archived_at: Mapped[int | None] = mapped_column(Moment)
    """It is gone for good; what it told stays."""


class UnitState(Base):
    """What a unit said last. ``seen_at``: server's time of its last word."""

    __tablename__ = "unit_states"

    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), primary_key=True)
    online: Mapped[bool] = mapped_column(Boolean, default=False)
    seen_at: Mapped[int | None] = mapped_column(Moment)
    boot: Mapped[str | None] = mapped_column(String(64))
    clock_trusted: Mapped[bool | None] = mapped_column(Boolean)
    clock_source: Mapped[str | None] = mapped_column(String(16))
    """By whose word it knows the time, as contract ``ClockSource``; None: it does not say."""
    challenge: Mapped[str | None] = mapped_column(String(128))
    journal: Mapped[str | None] = mapped_column(Id)
    last_sequence: Mapped[int] = mapped_column(Moment, default=0)
    backlog: Mapped[int] = mapped_column(Moment, default=0)
    policy_version: Mapped[int | None] = mapped_column(Integer)
    policy_digest: Mapped[str | None] = mapped_column(String(64))
    desired_version: Mapped[int | None] = mapped_column(Integer)
    moving_version: Mapped[int | None] = mapped_column(Integer)
    readers: Mapped[dict[str, Any] | None] = mapped_column(Document)
    desk_readers: Mapped[dict[str, Any] | None] = mapped_column(Document)
    """Which of its readers stand at a desk, and at which: the desk's id by the reader's."""
    health: Mapped[dict[str, Any] | None] = mapped_column(Document)
    software: Mapped[str | None] = mapped_column(String(64))
    model: Mapped[str | None] = mapped_column(String(80))
    address: Mapped[str | None] = mapped_column(String(64))
    """From where it reaches its broker, as it sees that itself."""
    peppers: Mapped[list[str] | None] = mapped_column(Document)
    """Under which it can know a badge, by name; None: it does not say."""
    revision: Mapped[int] = mapped_column(Integer, default=0)


class EnrolmentToken(Base):
    """A one-time code, known by a digest. ``secret_sealed`` opens with the server's seal key."""

    __tablename__ = "enrolment_tokens"

    token: Mapped[str] = mapped_column(String(64), primary_key=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    secret_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    used_at: Mapped[int | None] = mapped_column(Moment)
