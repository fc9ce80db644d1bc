"""Tables and columns of revision 0005: peppers and thefts."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (("unit_states", "peppers", sa.JSON(), None),)


def site_peppers() -> None:
    """Make ``site_peppers``."""
    op.create_table(
        "site_peppers",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("in_use_at", sa.BigInteger(), nullable=True),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("versions", sa.JSON(), nullable=True),
        sa.Column("left_behind", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_site_peppers_site_sites")),
        sa.PrimaryKeyConstraint("site", "version", name=op.f("pk_site_peppers")),
    )


def next_digests() -> None:
    """Make ``next_digests``."""
    op.create_table(
        "next_digests",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("before", sa.String(length=64), nullable=False),
        sa.Column("after", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_next_digests_site_sites")),
        sa.PrimaryKeyConstraint("site", "before", name=op.f("pk_next_digests")),
    )


def former_digests() -> None:
    """Make ``former_digests``."""
    op.create_table(
        "former_digests",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("badge", sa.String(length=64), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_former_digests_site_sites")),
        sa.ForeignKeyConstraint(
            ["badge"], ["credentials.id"], name=op.f("fk_former_digests_badge_credentials"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site", "digest", name=op.f("pk_former_digests")),
    )  # fmt: skip
    op.create_index("ix_former_digests_badge", "former_digests", ["badge"])


def thefts() -> None:
    """Make ``thefts``."""
    op.create_table(
        "thefts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("doors", sa.JSON(), nullable=False),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.Column("pepper", sa.Integer(), nullable=False),
        sa.Column("card_key", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_thefts_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_thefts_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thefts")),
    )
    for column in ("site", "unit"):
        op.create_index(op.f(f"ix_thefts_{column}"), "thefts", [column], unique=False)


TABLES: tuple[Callable[[], None], ...] = (site_peppers, next_digests, former_digests, thefts)
