"""Tables and columns of revision 0003: bookings."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("extra_windows", "booking", sa.String(length=64), None),
)


def booking_sites() -> None:
    """Make ``booking_sites``."""
    op.create_table(
        "booking_sites",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("release_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_booking_sites_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_booking_sites")),
    )


def equipment() -> None:
    """Make ``equipment``."""
    op.create_table(
        "equipment",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_equipment_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
    )
    op.create_index(op.f("ix_equipment_site"), "equipment", ["site"], unique=False)


def booking_resources() -> None:
    """Make ``booking_resources``."""
    op.create_table(
        "booking_resources",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("bookable", sa.Boolean(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("lag", sa.Integer(), nullable=False),
        sa.Column("free_after", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_booking_resources_site_sites")
        ),
        sa.PrimaryKeyConstraint("kind", "resource", name=op.f("pk_booking_resources")),
    )
    op.create_index(op.f("ix_booking_resources_site"), "booking_resources", ["site"], unique=False)


def booking_terms() -> None:
    """Make ``booking_terms``."""
    op.create_table(
        "booking_terms",
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("kinds", sa.JSON(), nullable=False),
        sa.Column("resources", sa.JSON(), nullable=True),
        sa.Column("longest", sa.Integer(), nullable=False),
        sa.Column("ahead_days", sa.Integer(), nullable=False),
        sa.Column("open_most", sa.Integer(), nullable=False),
        sa.Column("month_minutes", sa.Integer(), nullable=True),
        sa.Column("outside_hours", sa.Boolean(), nullable=False),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_booking_terms_plan_plans")),
        sa.PrimaryKeyConstraint("plan", name=op.f("pk_booking_terms")),
    )


def bookings() -> None:
    """Make ``bookings``."""
    op.create_table(
        "bookings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("free_at", sa.BigInteger(), nullable=False),
        sa.Column("lead", sa.Integer(), nullable=False),
        sa.Column("lag", sa.Integer(), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("series", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("cancelled_by", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("checked_in_at", sa.BigInteger(), nullable=True),
        sa.Column("checked_in_by", sa.String(length=16), nullable=True),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("told_until", sa.BigInteger(), nullable=True),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_bookings_holder_holders")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_bookings_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bookings")),
    )
    op.create_index(op.f("ix_bookings_holder"), "bookings", ["holder"], unique=False)
    op.create_index(
        "ix_bookings_resource", "bookings", ["kind", "resource", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_bookings_series"), "bookings", ["series"], unique=False)
    op.create_index("ix_bookings_site_free", "bookings", ["site", "free_at"], unique=False)


def booking_participants() -> None:
    """Make ``booking_participants``."""
    op.create_table(
        "booking_participants",
        sa.Column("booking", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking"], ["bookings.id"], name=op.f("fk_booking_participants_booking_bookings")
        ),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_booking_participants_holder_holders")
        ),
        sa.PrimaryKeyConstraint("booking", "holder", name=op.f("pk_booking_participants")),
    )
    op.create_index(
        op.f("ix_booking_participants_holder"), "booking_participants", ["holder"], unique=False
    )


def booking_days() -> None:
    """Make ``booking_days``."""
    op.create_table(
        "booking_days",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("resource", sa.String(length=64), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("kept", sa.Integer(), nullable=False),
        sa.Column("no_shows", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.Column("booked_minutes", sa.Integer(), nullable=False),
        sa.Column("used_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_booking_days_site_sites")),
        sa.PrimaryKeyConstraint("site", "day", "kind", "resource", name=op.f("pk_booking_days")),
    )


def booking_feeds() -> None:
    """Make ``booking_feeds``."""
    op.create_table(
        "booking_feeds",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=True),
        sa.Column("resource", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_booking_feeds_holder_holders")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_booking_feeds_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_feeds")),
        sa.UniqueConstraint("digest", name=op.f("uq_booking_feeds_digest")),
    )
    op.create_index(op.f("ix_booking_feeds_holder"), "booking_feeds", ["holder"], unique=False)
    op.create_index(op.f("ix_booking_feeds_site"), "booking_feeds", ["site"], unique=False)


TABLES: tuple[Callable[[], None], ...] = (
    booking_sites,
    equipment,
    booking_resources,
    booking_terms,
    bookings,
    booking_participants,
    booking_days,
    booking_feeds,
)
