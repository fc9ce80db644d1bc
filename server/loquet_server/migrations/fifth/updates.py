"""Tables and columns of revision 0005: releases for units."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def release_offers() -> None:
    """Make ``release_offers``."""
    op.create_table(
        "release_offers",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("first", sa.JSON(), nullable=False),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.Column("offered_at", sa.BigInteger(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_release_offers_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_release_offers")),
    )


def unit_updates() -> None:
    """Make ``unit_updates``."""
    op.create_table(
        "unit_updates",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=32), nullable=False),
        sa.Column("works", sa.Boolean(), nullable=False),
        sa.Column("detail", sa.String(length=500), nullable=False),
        sa.Column("said_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_updates_unit_units")),
        sa.PrimaryKeyConstraint("unit", "version", name=op.f("pk_unit_updates")),
    )


TABLES: tuple[Callable[[], None], ...] = (release_offers, unit_updates)
