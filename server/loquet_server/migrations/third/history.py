"""Tables and columns of revision 0003: how the space was used, and screens."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("desk_hours", "known_seconds", sa.Integer(), None),
)


def people_hours() -> None:
    """Make ``people_hours``."""
    op.create_table(
        "people_hours",
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("hour_utc", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("people_seconds", sa.Integer(), nullable=False),
        sa.Column("known_seconds", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area", "hour_utc", name=op.f("pk_people_hours")),
    )


def desk_days() -> None:
    """Make ``desk_days``."""
    op.create_table(
        "desk_days",
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("occupied_seconds", sa.Integer(), nullable=False),
        sa.Column("sessions", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("desk", "day", name=op.f("pk_desk_days")),
    )


def site_days() -> None:
    """Make ``site_days``."""
    op.create_table(
        "site_days",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("half_days", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "day", name=op.f("pk_site_days")),
    )


def year_marks() -> None:
    """Make ``year_marks``."""
    op.create_table(
        "year_marks",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("site", "year", "mark", name=op.f("pk_year_marks")),
    )


def year_counts() -> None:
    """Make ``year_counts``."""
    op.create_table(
        "year_counts",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("site", "year", name=op.f("pk_year_counts")),
    )


def screens() -> None:
    """Make ``screens``."""
    op.create_table(
        "screens",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("areas", sa.JSON(), nullable=False),
        sa.Column("names", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_screens_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screens")),
        sa.UniqueConstraint("digest", name=op.f("uq_screens_digest")),
    )
    op.create_index(op.f("ix_screens_site"), "screens", ["site"], unique=False)


def showings() -> None:
    """Make ``showings``."""
    op.create_table(
        "showings",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_showings_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_showings")),
    )


TABLES: tuple[Callable[[], None], ...] = (
    people_hours,
    desk_days,
    site_days,
    year_marks,
    year_counts,
    screens,
    showings,
)
