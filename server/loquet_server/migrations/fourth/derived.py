"""What other kinds of readers make of a badge."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def derived_forms() -> None:
    """Make ``derived_forms``."""
    op.create_table(
        "derived_forms",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_derived_forms_site_sites")),
        sa.PrimaryKeyConstraint("site", "form", name=op.f("pk_derived_forms")),
    )


def derived_numbers() -> None:
    """Make ``derived_numbers``."""
    op.create_table(
        "derived_numbers",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("badge", sa.String(length=64), nullable=False),
        sa.Column("form", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_derived_numbers_site_sites")
        ),
        sa.ForeignKeyConstraint(
            ["badge"], ["credentials.id"], name=op.f("fk_derived_numbers_badge_credentials"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("site", "digest", name=op.f("pk_derived_numbers")),
    )  # fmt: skip
    op.create_index(op.f("ix_derived_numbers_badge"), "derived_numbers", ["badge"])


TABLES: tuple[Callable[[], None], ...] = (derived_forms, derived_numbers)
