"""The house: sites, areas, doors with their access points, desks."""

from sqlalchemy import Boolean, Float, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id


class Site(Base):
    """A space with an address, a time zone, and somebody to call.

    ``department`` ("67", "2A") and ``school_zone`` ("A", "B", "C") choose its holidays;
    ``opening`` is the schedule of its opening hours. A pass day begins ``day_starts`` minutes
    after midnight, its second half at ``half_day_at``. ``membership_required``: without a
    yearly membership (adhesion) nobody enters, but for ``membership_grace_days``.
    """

    __tablename__ = "sites"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    timezone: Mapped[str] = mapped_column(String(64), default="Europe/Paris")
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    contact: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(300), default="")
    country: Mapped[str] = mapped_column(String(2), default="FR")
    department: Mapped[str] = mapped_column(String(3), default="")
    school_zone: Mapped[str] = mapped_column(String(16), default="")
    opening: Mapped[str | None] = mapped_column(Id)
    day_starts: Mapped[int] = mapped_column(Integer, default=180)
    half_day_at: Mapped[int] = mapped_column(Integer, default=780)
    membership_required: Mapped[bool] = mapped_column(Boolean, default=False)
    membership_grace_days: Mapped[int] = mapped_column(Integer, default=30)


class Area(Base):
    """Space on one side of a door. ``exit_sensing``: leaving is sensed, so presence is known.

    ``opening``: its own hours, None for those of the site. ``consumes``: entering takes a pass
    of whoever pays by passes. ``when_full``: contract ``WhenFull``. ``warn_at``: people from
    which it counts as nearly full. ``reset_at``: minutes after midnight, a quiet hour at which
    the count of people begins anew (None: when the site's day begins). ``booking_only``: a
    room that opens only for its bookings.
    """

    __tablename__ = "areas"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    exit_sensing: Mapped[bool] = mapped_column(Boolean, default=False)
    rank: Mapped[int] = mapped_column(Integer, default=0)
    opening: Mapped[str | None] = mapped_column(Id)
    consumes: Mapped[bool] = mapped_column(Boolean, default=True)
    capacity: Mapped[int | None] = mapped_column(Integer)
    when_full: Mapped[str] = mapped_column(String(16), default="warn")
    warn_at: Mapped[int | None] = mapped_column(Integer)
    reset_at: Mapped[int | None] = mapped_column(Integer)
    booking_only: Mapped[bool] = mapped_column(Boolean, default=False)


class Door(Base):
    """An opening with a leaf and a lock. ``unlock_schedule``: when it stands unlocked."""

    __tablename__ = "doors"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id, ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    lock_kind: Mapped[str] = mapped_column(String(32), default="strike")
    exit_style: Mapped[str] = mapped_column(String(32), default="unseen")
    has_contact: Mapped[bool] = mapped_column(Boolean, default=True)
    unlock_schedule: Mapped[str | None] = mapped_column(Id, ForeignKey("schedules.id"))
    first_card: Mapped[bool] = mapped_column(Boolean, default=False)
    blocked: Mapped[bool] = mapped_column(Boolean, default=False)
    rank: Mapped[int] = mapped_column(Integer, default=0)


class AccessPoint(Base):
    """One direction through a door.

    ``minimum_assurance``, ``untrusted_clock``, ``anti_passback`` (None: off): contract.
    ``exit``: the way out, where nobody is refused. ``pin``: never, always, or outside the
    schedule ``badge_alone``.
    """

    __tablename__ = "access_points"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"), index=True)
    reader: Mapped[str] = mapped_column(Id)
    area_from: Mapped[str] = mapped_column(Id)
    area_to: Mapped[str] = mapped_column(Id)
    minimum_assurance: Mapped[int] = mapped_column(Integer, default=1)
    untrusted_clock: Mapped[str] = mapped_column(String(32), default="always_only")
    exit: Mapped[bool] = mapped_column(Boolean, default=False)
    anti_passback: Mapped[str | None] = mapped_column(String(16))
    anti_passback_minutes: Mapped[int | None] = mapped_column(Integer)
    pin: Mapped[str] = mapped_column(String(16), default="never")
    badge_alone: Mapped[str | None] = mapped_column(Id)


class Desk(Base):
    """A place to work. ``x`` and ``y``: on the plan of its area, 0 to 1."""

    __tablename__ = "desks"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    area: Mapped[str] = mapped_column(Id, ForeignKey("areas.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id, ForeignKey("units.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    assigned_holder: Mapped[str | None] = mapped_column(Id)
    bookable: Mapped[bool] = mapped_column(Boolean, default=False)
    rank: Mapped[int] = mapped_column(Integer, default=0)
    x: Mapped[float | None] = mapped_column(Float)
    y: Mapped[float | None] = mapped_column(Float)
