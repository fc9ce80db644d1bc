"""Tables and columns of revision 0004: second factors."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("access_points", "pin", sa.String(length=16), "never"),
    ("access_points", "badge_alone", sa.String(length=64), None),
)


def pins() -> None:
    """Make ``pins``."""
    op.create_table(
        "pins",
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digits_sealed", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("made_by", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["holder"], ["holders.id"], name=op.f("fk_pins_holder_holders")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_pins_site_sites")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_pins")),
    )
    op.create_index(op.f("ix_pins_site"), "pins", ["site"], unique=False)


def pin_rules() -> None:
    """Make ``pin_rules``."""
    op.create_table(
        "pin_rules",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_pin_rules_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_pin_rules")),
    )


TABLES: tuple[Callable[[], None], ...] = (pins, pin_rules)
