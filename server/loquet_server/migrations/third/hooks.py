"""Tables of revision 0003: addresses that are told of events, and what is on its way to them."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

from loquet_server.models.base import Counted

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def hooks() -> None:
    """Make ``hooks``."""
    op.create_table(
        "hooks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("previous", sa.Text(), nullable=True),
        sa.Column("previous_until", sa.BigInteger(), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_hooks_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hooks")),
    )
    op.create_index(op.f("ix_hooks_site"), "hooks", ["site"])


def hook_deliveries() -> None:
    """Make ``hook_deliveries``."""
    op.create_table(
        "hook_deliveries",
        sa.Column("id", Counted, nullable=False),
        sa.Column("hook", sa.String(length=64), nullable=False),
        sa.Column("message", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["hook"], ["hooks.id"], name=op.f("fk_hook_deliveries_hook_hooks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hook_deliveries")),
    )
    op.create_index("ix_hook_deliveries_due", "hook_deliveries", ["state", "next_at"])
    op.create_index("ix_hook_deliveries_hook", "hook_deliveries", ["hook", "id"])


TABLES: tuple[Callable[[], None], ...] = (hooks, hook_deliveries)
