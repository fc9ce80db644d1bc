"""Tables and columns of revision 0005: units that wait to be let in."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (("journals", "ended_at", sa.BigInteger(), None),)


def _text(name: str, length: int, *, optional: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), nullable=optional)


def waiting_units() -> None:
    """Make ``waiting_units``."""
    op.create_table(
        "waiting_units",
        _text("id", 16),
        _text("site", 64),
        _text("way", 16),
        _text("card", 32, optional=True),
        _text("public_key", 64),
        _text("seal_key", 64),
        sa.Column("tls_key", sa.Text(), nullable=False),
        _text("commitment", 64),
        _text("code", 8),
        _text("blinks", 8),
        _text("model", 64),
        _text("serial", 16),
        _text("software", 64),
        _text("wish", 64, optional=True),
        _text("address", 64),
        _text("was", 64, optional=True),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        _text("state", 16),
        _text("unit", 64, optional=True),
        sa.Column("decided_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_waiting_units_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waiting_units")),
    )
    op.create_index(op.f("ix_waiting_units_site"), "waiting_units", ["site"])
    op.create_index("ix_waiting_units_seen_at", "waiting_units", ["seen_at"])


def adoption_cards() -> None:
    """Make ``adoption_cards``."""
    op.create_table(
        "adoption_cards",
        _text("id", 32),
        _text("site", 64),
        _text("unit", 64, optional=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_adoption_cards_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adoption_cards")),
    )
    op.create_index(op.f("ix_adoption_cards_site"), "adoption_cards", ["site"])


def adoption_windows() -> None:
    """Make ``adoption_windows``."""
    op.create_table(
        "adoption_windows",
        _text("site", 64),
        sa.Column("open_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_adoption_windows_site_sites")
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_adoption_windows")),
    )


TABLES: tuple[Callable[[], None], ...] = (waiting_units, adoption_cards, adoption_windows)
