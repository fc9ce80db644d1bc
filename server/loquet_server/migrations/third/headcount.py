"""Tables and columns of revision 0003: headcount."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def crossings() -> None:
    """Make ``crossings``."""
    op.create_table(
        "crossings",
        sa.Column("journal", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("beyond", sa.String(length=64), nullable=True),
        sa.Column("door", sa.String(length=64), nullable=True),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("direction", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("journal", "sequence", "part", name=op.f("pk_crossings")),
    )
    op.create_index("ix_crossings_site_at", "crossings", ["site", "at"], unique=False)


def counters() -> None:
    """Make ``counters``."""
    op.create_table(
        "counters",
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("counter", sa.String(length=64), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["door"], ["doors.id"], name=op.f("fk_counters_door_doors")),
        sa.PrimaryKeyConstraint("door", "counter", name=op.f("pk_counters")),
    )


def people_corrections() -> None:
    """Make ``people_corrections``."""
    op.create_table(
        "people_corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("estimated", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["area"], ["areas.id"], name=op.f("fk_people_corrections_area_areas")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people_corrections")),
    )
    op.create_index(
        "ix_people_corrections_area_at", "people_corrections", ["area", "at"], unique=False
    )


def count_resets() -> None:
    """Make ``count_resets``."""
    op.create_table(
        "count_resets",
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("low", sa.Integer(), nullable=False),
        sa.Column("high", sa.Integer(), nullable=False),
        sa.Column("crossings", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["area"], ["areas.id"], name=op.f("fk_count_resets_area_areas")),
        sa.PrimaryKeyConstraint("area", "at", name=op.f("pk_count_resets")),
    )


def evacuation_plans() -> None:
    """Make ``evacuation_plans``."""
    op.create_table(
        "evacuation_plans",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("meeting_point", sa.String(length=500), nullable=False),
        sa.Column("instructions", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_evacuation_plans_site_sites")
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_evacuation_plans")),
    )


TABLES: tuple[Callable[[], None], ...] = (
    crossings, counters, people_corrections, count_resets, evacuation_plans,
)  # fmt: skip
