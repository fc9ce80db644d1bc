"""Who changed what: one row per change, in a closed vocabulary."""

from enum import StrEnum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Action(StrEnum):
    """``noun:subject:action``; only ever added to."""

    DOOR_RELEASED = "door:lock:release"
    DOOR_LOCKED_DOWN = "door:lockdown:set"
    DOOR_LOCKDOWN_LIFTED = "door:lockdown:lift"
    DOOR_BLOCKED = "door:block:set"
    DOOR_UNBLOCKED = "door:block:lift"
    UNIT_ADDED = "unit:code:create"
    UNIT_ENROLLED = "unit:identity:create"
    UNIT_IDENTIFIED = "unit:light:identify"
    HOLDER_CREATED = "holder:record:create"
    HOLDER_SUSPENDED = "holder:record:suspend"
    HOLDER_RESTORED = "holder:record:restore"
    CREDENTIAL_CREATED = "credential:record:create"
    CREDENTIAL_DISABLED = "credential:record:disable"
    CREDENTIAL_ENABLED = "credential:record:enable"
    INCIDENT_CLOSED = "incident:record:close"
    JOURNAL_READ = "journal:entries:read"
    JOURNAL_EXPORTED = "journal:entries:export"
    PASSAGE_EXPLAINED = "passage:reason:explain"


class Audit(Base):
    """One change; ``subject`` is the id of what was changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    at: Mapped[int] = mapped_column(Moment, index=True)
    action: Mapped[str] = mapped_column(String(64))
    site: Mapped[str | None] = mapped_column(Id)
    subject: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any] | None] = mapped_column(Document)
