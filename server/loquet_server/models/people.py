"""Who may come in: plans and their rules, holders and their credentials."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class Plan(Base):
    """What a member pays for. ``stale_days``, ``expires_days``: how long it works offline."""

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name_fr: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    stale_days: Mapped[int] = mapped_column(Integer, default=7)
    expires_days: Mapped[int] = mapped_column(Integer, default=30)


class Rule(Base):
    """A right of a plan: these access points, at these hours."""

    __tablename__ = "rules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    plan: Mapped[str] = mapped_column(Id, ForeignKey("plans.id"), index=True)
    access_points: Mapped[list[Any]] = mapped_column(Document, default=list)
    schedule: Mapped[str] = mapped_column(Id, ForeignKey("schedules.id"))


class Holder(Base):
    """Somebody who carries credentials; ``id`` is random and says nothing about the person."""

    __tablename__ = "holders"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    plan: Mapped[str | None] = mapped_column(Id, ForeignKey("plans.id"), index=True)
    valid_from: Mapped[int | None] = mapped_column(Moment)
    valid_until: Mapped[int | None] = mapped_column(Moment)
    suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    extended_release: Mapped[bool] = mapped_column(Boolean, default=False)
    may_lift_lockdown: Mapped[bool] = mapped_column(Boolean, default=False)


class Credential(Base):
    """A badge. The number is sealed to the server's seal key; ``last4`` helps a person find it."""

    __tablename__ = "credentials"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    form: Mapped[str] = mapped_column(String(16))
    number_sealed: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """What units know it by: keyed with the site's pepper, which is not in the database."""
    label: Mapped[str] = mapped_column(String(200), default="")
    lossy: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    valid_from: Mapped[int | None] = mapped_column(Moment)
    valid_until: Mapped[int | None] = mapped_column(Moment)
    created_at: Mapped[int] = mapped_column(Moment, default=0)
