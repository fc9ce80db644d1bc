"""Tables and columns of revision 0005: times that are not certain."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("journals", "missing_to", sa.BigInteger(), None),
    ("journals", "uncertain_boot", sa.String(length=64), None),
    ("entries", "said", sa.BigInteger(), None),
    ("passages", "said_at", sa.BigInteger(), None),
    ("passages", "earliest", sa.BigInteger(), None),
    ("passages", "latest", sa.BigInteger(), None),
    ("unit_states", "clock_source", sa.String(length=16), None),
)


def boot_clocks() -> None:
    """Make ``boot_clocks``."""
    op.create_table(
        "boot_clocks",
        sa.Column("journal", sa.String(length=64), nullable=False),
        sa.Column("boot", sa.String(length=64), nullable=False),
        sa.Column("first_sequence", sa.BigInteger(), nullable=False),
        sa.Column("first_monotonic", sa.BigInteger(), nullable=False),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("last_monotonic", sa.BigInteger(), nullable=False),
        sa.Column("low", sa.BigInteger(), nullable=True),
        sa.Column("high", sa.BigInteger(), nullable=False),
        sa.Column("guess", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal"], ["journals.id"], name=op.f("fk_boot_clocks_journal_journals")
        ),
        sa.PrimaryKeyConstraint("journal", "boot", name=op.f("pk_boot_clocks")),
    )


def journal_gaps() -> None:
    """Make ``journal_gaps``."""
    op.create_table(
        "journal_gaps",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True,
            nullable=False,
        ),
        sa.Column("journal", sa.String(length=64), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.Column("known_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["journal"], ["journals.id"], name=op.f("fk_journal_gaps_journal_journals")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_gaps")),
    )  # fmt: skip
    op.create_index("uq_journal_gaps_first", "journal_gaps", ["journal", "first"], unique=True)


def clock_reckonings() -> None:
    """Make ``clock_reckonings``."""
    op.create_table(
        "clock_reckonings",
        sa.Column(
            "id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True,
            nullable=False,
        ),
        sa.Column("sure_at", sa.BigInteger(), nullable=False),
        sa.Column("doubt", sa.String(length=16), nullable=True),
        sa.Column("vouched_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock_reckonings")),
    )  # fmt: skip


TABLES: tuple[Callable[[], None], ...] = (boot_clocks, journal_gaps, clock_reckonings)
