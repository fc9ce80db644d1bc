"""Programs that are told of facts: their addresses, and what is on its way to them."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Hook(Base):
    """An address that is told of events. ``events``: their kinds, of ``hooks.catalogue``.

    ``secret`` and ``previous`` are sealed to the server's key; until ``previous_until`` both
    sign. ``stopped_at``: when the receiver said that it wants no more (410).
    """

    __tablename__ = "hooks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[list[Any]] = mapped_column(Document, default=list)
    secret: Mapped[str] = mapped_column(Text)
    previous: Mapped[str | None] = mapped_column(Text)
    previous_until: Mapped[int | None] = mapped_column(Moment)
    enabled: Mapped[bool] = mapped_column(Boolean, default=True)
    stopped_at: Mapped[int | None] = mapped_column(Moment)
    created_at: Mapped[int] = mapped_column(Moment)


class HookDelivery(Base):
    """One message to one address. ``state``: waiting, delivered or dead.

    ``message`` is the id that stays the same however often it is sent; ``at`` is when the fact
    was kept. ``status``: what HTTP answered last; ``problem``: why nothing did.
    """

    __tablename__ = "hook_deliveries"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    hook: Mapped[str] = mapped_column(Id, ForeignKey("hooks.id"))
    message: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(64))
    body: Mapped[str] = mapped_column(Text)
    at: Mapped[int] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[int] = mapped_column(Moment)
    tried_at: Mapped[int | None] = mapped_column(Moment)
    status: Mapped[int | None] = mapped_column(Integer)
    problem: Mapped[str | None] = mapped_column(String(32))
    took_ms: Mapped[int | None] = mapped_column(Integer)

    __table_args__ = (
        Index("ix_hook_deliveries_due", "state", "next_at"),
        Index("ix_hook_deliveries_hook", "hook", "id"),
    )
