"""Tables and columns of revision 0005: what units say of themselves."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("units", "notes", sa.Text(), ""),
    ("units", "archived_at", sa.BigInteger(), None),
    ("unit_states", "software", sa.String(length=64), None),
    ("unit_states", "model", sa.String(length=80), None),
    ("unit_states", "address", sa.String(length=64), None),
    ("unit_states", "desk_readers", sa.JSON(), None),
)


def unit_watches() -> None:
    """Make ``unit_watches``."""
    op.create_table(
        "unit_watches",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("offline_since", sa.BigInteger(), nullable=True),
        sa.Column("clock_since", sa.BigInteger(), nullable=True),
        sa.Column("backlog_mark", sa.BigInteger(), nullable=False),
        sa.Column("backlog_since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_watches_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_unit_watches")),
    )


def unit_log_orders() -> None:
    """Make ``unit_log_orders``."""
    op.create_table(
        "unit_log_orders",
        sa.Column("command", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("came_at", sa.BigInteger(), nullable=True),
        sa.Column("shown_at", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_log_orders_unit_units")),
        sa.PrimaryKeyConstraint("command", name=op.f("pk_unit_log_orders")),
    )
    op.create_index(op.f("ix_unit_log_orders_unit"), "unit_log_orders", ["unit"], unique=False)


TABLES: tuple[Callable[[], None], ...] = (unit_watches, unit_log_orders)
