"""Cards that prove a key: masters, encodings, and what badges have."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("credentials", "key_version", sa.Integer(), None),
    ("credentials", "encoded_at", sa.BigInteger(), None),
)


def card_keys() -> None:
    """Make ``card_keys``."""
    op.create_table(
        "card_keys",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=8), nullable=False),
        sa.Column("master_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_card_keys_site_sites")),
        sa.PrimaryKeyConstraint("site", "version", name=op.f("pk_card_keys")),
    )


def badge_encodings() -> None:
    """Make ``badge_encodings``."""
    op.create_table(
        "badge_encodings",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("badge", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("said_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_badge_encodings_site_sites")),
        sa.ForeignKeyConstraint(
            ["badge"], ["credentials.id"], name=op.f("fk_badge_encodings_badge_credentials")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_encodings")),
    )
    op.create_index(op.f("ix_badge_encodings_badge"), "badge_encodings", ["badge"])
    op.create_index(op.f("ix_badge_encodings_site"), "badge_encodings", ["site"])


TABLES: tuple[Callable[[], None], ...] = (card_keys, badge_encodings)
