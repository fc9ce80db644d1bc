"""What people pay for: plans and their rights, subscriptions, passes and their use."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Plan(Base):
    """What a member pays for.

    ``kind``: resident, full_time, part_time, weekdays, evenings_weekends, carnet, day, staff,
    volunteer or guest; what it *does* is in its rules and here. ``counts``: None, "day" or
    "half_day": a pass pays for one. ``allowance`` passes come anew with each ``window`` ("week",
    "month"); without, passes are bought. ``when_empty``: contract ``WhenEmpty``. ``prices``:
    labels only, a list of ``{"label_fr", "label_en", "per", "cents", "from_quantity",
    "solidarity"}``. ``stale_days``, ``expires_days``: how long it works offline.
    """

    __tablename__ = "plans"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    kind: Mapped[str] = mapped_column(String(24), default="full_time")
    name_fr: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200))
    counts: Mapped[str | None] = mapped_column(String(16))
    allowance: Mapped[int | None] = mapped_column(Integer)
    window: Mapped[str | None] = mapped_column(String(16))
    when_empty: Mapped[str] = mapped_column(String(16), default="refuse")
    grace_days: Mapped[int] = mapped_column(Integer, default=0)
    needs_membership: Mapped[bool] = mapped_column(Boolean, default=True)
    lead_minutes: Mapped[int] = mapped_column(Integer, default=0)
    lag_minutes: Mapped[int] = mapped_column(Integer, default=0)
    prices: Mapped[list[Any]] = mapped_column(Document, default=list)
    stale_days: Mapped[int] = mapped_column(Integer, default=7)
    expires_days: Mapped[int] = mapped_column(Integer, default=30)
    archived_at: Mapped[int | None] = mapped_column(Moment)


class Rule(Base):
    """A right of a plan: these places, at these hours.

    Places: ``areas`` (every way into them, also one that is built later), and single
    ``access_points``. Hours: ``schedule``, or the opening hours of each area where it is None.
    """

    __tablename__ = "rules"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    plan: Mapped[str] = mapped_column(Id, ForeignKey("plans.id"), index=True)
    areas: Mapped[list[Any]] = mapped_column(Document, default=list)
    access_points: Mapped[list[Any]] = mapped_column(Document, default=list)
    schedule: Mapped[str | None] = mapped_column(Id, ForeignKey("schedules.id"))


class Subscription(Base):
    """A holder has a plan. Local ISO dates: from 00:00 of ``starts_on`` to the end of ``ends_on``.

    ``weekdays``: chosen days (0 Monday to 6), None for all that the plan allows. ``account``:
    where its passes are counted, None for a plan that counts none.
    """

    __tablename__ = "subscriptions"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    plan: Mapped[str] = mapped_column(Id, ForeignKey("plans.id"), index=True)
    starts_on: Mapped[str] = mapped_column(String(10))
    ends_on: Mapped[str | None] = mapped_column(String(10))
    grace_days: Mapped[int | None] = mapped_column(Integer)
    """None: the plan's."""
    weekdays: Mapped[list[Any] | None] = mapped_column(Document)
    account: Mapped[str | None] = mapped_column(Id, ForeignKey("pass_accounts.id"), index=True)
    price: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[int] = mapped_column(Moment, default=0)

    __table_args__ = (Index("ix_subscriptions_site_holder", "site", "holder"),)


class PassAccount(Base):
    """Where passes are counted: one holder's, or one organisation's that its people share."""

    __tablename__ = "pass_accounts"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    plan: Mapped[str] = mapped_column(Id, ForeignKey("plans.id"))
    holder: Mapped[str | None] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    organisation: Mapped[str | None] = mapped_column(Id, ForeignKey("organisations.id"), index=True)
    created_at: Mapped[int] = mapped_column(Moment, default=0)


class PassPurchase(Base):
    """Passes bought, given or corrected; ``amount`` may be negative."""

    __tablename__ = "pass_purchases"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    account: Mapped[str] = mapped_column(Id, ForeignKey("pass_accounts.id"), index=True)
    amount: Mapped[int] = mapped_column(Integer)
    at: Mapped[int] = mapped_column(Moment)
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")
    price: Mapped[str] = mapped_column(String(64), default="")


class PassUse(Base):
    """One pass taken: accounting evidence of a member and a date, without doors or hours.

    At most one for an account, a holder and a period (``period``: UTC seconds of its start).
    ``conflict``: another unit had accepted the same, or the last, pass while offline.
    """

    __tablename__ = "pass_uses"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    account: Mapped[str] = mapped_column(Id, ForeignKey("pass_accounts.id"))
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    period: Mapped[int] = mapped_column(Moment)
    day: Mapped[str] = mapped_column(String(10))
    """The local day (ISO date) that it paid for."""
    half: Mapped[str | None] = mapped_column(String(2))
    """am or pm, of a half-day."""
    billed: Mapped[bool] = mapped_column(Boolean, default=False)
    conflict: Mapped[str | None] = mapped_column(String(32))
    """twice or overdrawn."""
    at: Mapped[int] = mapped_column(Moment)
    unit: Mapped[str | None] = mapped_column(Id)
    refunded_at: Mapped[int | None] = mapped_column(Moment)
    refunded_by: Mapped[str | None] = mapped_column(String(200))
    refund_reason: Mapped[str] = mapped_column(String(500), default="")

    __table_args__ = (Index("uq_pass_uses_once", "account", "holder", "period", unique=True),)


class MovingFact(Base):
    """What units are told of passes, stays and people, as it stands now.

    ``key`` as in the contract's ``Moving.gone``; ``value`` None once it is no more. What
    changed since any version is what has a greater one.
    """

    __tablename__ = "moving_facts"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[Any | None] = mapped_column(Document)
    version: Mapped[int] = mapped_column(Integer)

    __table_args__ = (Index("ix_moving_facts_version", "site", "version"),)


class MovingHead(Base):
    """The version of a site's moving facts; only grows."""

    __tablename__ = "moving_heads"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, default=0)
