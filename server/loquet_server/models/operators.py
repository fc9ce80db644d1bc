"""Who runs the space: operators, their sessions and tokens; the first start; what was set."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Operator(Base):
    """Somebody with an account. ``role``: owner, manager, host, installer or read_only.

    ``site`` None: all sites of this server.
    """

    __tablename__ = "operators"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str | None] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    mail: Mapped[str] = mapped_column(String(200), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(2), default="fr")
    password: Mapped[str | None] = mapped_column(String(200))
    """argon2id; None until the invitation was taken up."""
    created_at: Mapped[int] = mapped_column(Moment)
    disabled_at: Mapped[int | None] = mapped_column(Moment)
    last_seen_at: Mapped[int | None] = mapped_column(Moment)


class OperatorSession(Base):
    """A browser that is signed in; known by the SHA-256 of its cookie."""

    __tablename__ = "operator_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Moment)
    seen_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment, index=True)
    proved_at: Mapped[int] = mapped_column(Moment)
    """When the password was last given: dangerous acts want it to be recent."""
    browser: Mapped[str] = mapped_column(String(200), default="")


class OneTimeCode(Base):
    """A code for the first start, an invitation, or a new password; known by a digest."""

    __tablename__ = "one_time_codes"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """setup, invitation or password."""
    operator: Mapped[str | None] = mapped_column(Id, ForeignKey("operators.id"), index=True)
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int | None] = mapped_column(Moment)
    used_at: Mapped[int | None] = mapped_column(Moment)


class ApiToken(Base):
    """A program's key; known by a digest. ``scopes``: a list of permissions."""

    __tablename__ = "api_tokens"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    operator: Mapped[str] = mapped_column(Id, ForeignKey("operators.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]] = mapped_column(Document, default=list)
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int | None] = mapped_column(Moment)
    last_used_at: Mapped[int | None] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)


class SignInAttempt(Base):
    """A failed attempt, by account and by address, so that guessing becomes slow."""

    __tablename__ = "sign_in_attempts"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    key: Mapped[str] = mapped_column(String(64))
    """A digest of the account's mail or of the address: neither is kept."""
    at: Mapped[int] = mapped_column(Moment)

    __table_args__ = (Index("ix_sign_in_attempts_key", "key", "at"),)


class Preference(Base):
    """What was set on the pages rather than in the environment: mail, address, first start."""

    __tablename__ = "preferences"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[Any | None] = mapped_column(Document)
    sealed: Mapped[str | None] = mapped_column(Text)
    """A secret, sealed to the server's key."""


class IdempotencyKey(Base):
    """The answer that a request got, for when the same request comes again."""

    __tablename__ = "idempotency_keys"

    actor: Mapped[str] = mapped_column(String(200), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    request: Mapped[str] = mapped_column(String(64))
    """HMAC-SHA256 of path, query and body."""
    status: Mapped[int] = mapped_column(Integer)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    at: Mapped[int] = mapped_column(Moment, index=True)


class ImportRun(Base):
    """One CSV import: what it made and changed, so that it can be undone.

    ``complete`` False: a draft, whose file is kept (sealed) until it is applied or a day is over;
    ``mapping`` says which column is what.
    """

    __tablename__ = "import_runs"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    at: Mapped[int] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    file_name: Mapped[str] = mapped_column(String(200), default="")
    rows: Mapped[int] = mapped_column(Integer, default=0)
    created: Mapped[list[Any]] = mapped_column(Document, default=list)
    changed: Mapped[list[Any]] = mapped_column(Document, default=list)
    """``{"holder": id, "before": {column: value}}``."""
    undone_at: Mapped[int | None] = mapped_column(Moment)
    complete: Mapped[bool] = mapped_column(Boolean, default=True)
    content: Mapped[bytes | None] = mapped_column(LargeBinary)
    mapping: Mapped[dict[str, Any] | None] = mapped_column(Document)
