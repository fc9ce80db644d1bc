"""Bookings of desks, rooms and equipment. Times are UTC milliseconds, spans half-open."""

from typing import Any

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Document, Id, Moment


class BookingSite(Base):
    """How a space books; its row is also what every change of its bookings waits for.

    ``release_after``: minutes after which a booking that nobody came to is free again.
    """

    __tablename__ = "booking_sites"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    release_after: Mapped[int] = mapped_column(Integer, default=15)


class Equipment(Base):
    """What can be lent: a projector, a cargo bike. ``count``: how many there are of it."""

    __tablename__ = "equipment"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(200), default="")
    note: Mapped[str] = mapped_column(String(1000), default="")
    count: Mapped[int] = mapped_column(Integer, default=1)
    archived_at: Mapped[int | None] = mapped_column(Moment)


class BookingResource(Base):
    """How one desk, room or piece of equipment is booked; without a row, the defaults count.

    ``kind``: desk, room or equipment; ``resource``: its id there. ``bookable``: of a room; a
    desk says so itself. ``slot``: 15, 30 or 60 minutes. ``lead`` and ``lag``: minutes that the
    door opens earlier and later. ``free_after``: minutes without anybody at the desk after
    which a booking ends (None: never).
    """

    __tablename__ = "booking_resources"

    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    resource: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    bookable: Mapped[bool] = mapped_column(Boolean, default=False)
    slot: Mapped[int] = mapped_column(Integer, default=30)
    lead: Mapped[int] = mapped_column(Integer, default=10)
    lag: Mapped[int] = mapped_column(Integer, default=10)
    free_after: Mapped[int | None] = mapped_column(Integer)


class BookingTerms(Base):
    """What the people of a plan may book by themselves; without a row, nothing.

    ``kinds``: desk, room, equipment. ``resources``: only these (``kind/id``), None for all.
    ``longest``: minutes of one booking. ``ahead_days``: how far ahead. ``open_most``: how many
    that are still to come, or run. ``month_minutes``: in one calendar month, None for any.
    ``outside_hours``: also when the space is closed. ``price``: a label, never counted.
    """

    __tablename__ = "booking_terms"

    plan: Mapped[str] = mapped_column(Id, ForeignKey("plans.id"), primary_key=True)
    kinds: Mapped[list[Any]] = mapped_column(Document, default=list)
    resources: Mapped[list[Any] | None] = mapped_column(Document)
    longest: Mapped[int] = mapped_column(Integer, default=240)
    ahead_days: Mapped[int] = mapped_column(Integer, default=30)
    open_most: Mapped[int] = mapped_column(Integer, default=3)
    month_minutes: Mapped[int | None] = mapped_column(Integer)
    outside_hours: Mapped[bool] = mapped_column(Boolean, default=False)
    price: Mapped[str] = mapped_column(String(64), default="")


class Booking(Base):
    """One booking. ``state``: booked, cancelled, released (nobody came) or ended (left early).

    ``free_at`` is when the resource is free again: ``ends_at``, or earlier. ``paid``: is never
    released. ``series``: those that were made together. ``sequence`` grows with each change, as
    calendars want it. ``checked_in_by``: badge, desk, sensor or hand. ``told_until``: until when
    doors were told of it, None for not yet. ``settled_at``: when it was counted without a name.
    """

    __tablename__ = "bookings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    kind: Mapped[str] = mapped_column(String(16))
    resource: Mapped[str] = mapped_column(Id)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    starts_at: Mapped[int] = mapped_column(Moment)
    ends_at: Mapped[int] = mapped_column(Moment)
    free_at: Mapped[int] = mapped_column(Moment)
    lead: Mapped[int] = mapped_column(Integer, default=0)
    lag: Mapped[int] = mapped_column(Integer, default=0)
    paid: Mapped[bool] = mapped_column(Boolean, default=False)
    series: Mapped[str | None] = mapped_column(Id, index=True)
    state: Mapped[str] = mapped_column(String(16), default="booked")
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[int] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[int] = mapped_column(Moment)
    cancelled_by: Mapped[str] = mapped_column(String(200), default="")
    reason: Mapped[str] = mapped_column(String(500), default="")
    checked_in_at: Mapped[int | None] = mapped_column(Moment)
    checked_in_by: Mapped[str | None] = mapped_column(String(16))
    left_at: Mapped[int | None] = mapped_column(Moment)
    released_at: Mapped[int | None] = mapped_column(Moment)
    told_until: Mapped[int | None] = mapped_column(Moment)
    settled_at: Mapped[int | None] = mapped_column(Moment)

    __table_args__ = (
        Index("ix_bookings_resource", "kind", "resource", "starts_at"),
        Index("ix_bookings_site_free", "site", "free_at"),
    )


class BookingParticipant(Base):
    """Somebody who comes along: the room's door opens for them too."""

    __tablename__ = "booking_participants"

    booking: Mapped[str] = mapped_column(Id, ForeignKey("bookings.id"), primary_key=True)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), primary_key=True, index=True)


class BookingDay(Base):
    """What became of one resource's bookings of one local day; no identity."""

    __tablename__ = "booking_days"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    day: Mapped[str] = mapped_column(String(10), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16), primary_key=True)
    resource: Mapped[str] = mapped_column(Id, primary_key=True)
    made: Mapped[int] = mapped_column(Integer, default=0)
    kept: Mapped[int] = mapped_column(Integer, default=0)
    no_shows: Mapped[int] = mapped_column(Integer, default=0)
    cancelled: Mapped[int] = mapped_column(Integer, default=0)
    booked_minutes: Mapped[int] = mapped_column(Integer, default=0)
    used_minutes: Mapped[int] = mapped_column(Integer, default=0)


class BookingFeed(Base):
    """A calendar's secret address: of a member, or of one resource. ``digest``: SHA-256."""

    __tablename__ = "booking_feeds"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    holder: Mapped[str | None] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    kind: Mapped[str | None] = mapped_column(String(16))
    resource: Mapped[str | None] = mapped_column(Id)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(200), default="")
    revoked_at: Mapped[int | None] = mapped_column(Moment)
