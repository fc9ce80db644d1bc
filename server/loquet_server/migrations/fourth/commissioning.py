"""Tables and columns of revision 0004: reports of installers."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def door_proofs() -> None:
    """Make ``door_proofs``."""
    op.create_table(
        "door_proofs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("installer", sa.String(length=80), nullable=False),
        sa.Column("acts", sa.JSON(), nullable=False),
        sa.Column("waits_for", sa.String(length=40), nullable=True),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("left", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(length=40), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=False),
        sa.Column("moved_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("wires", sa.String(length=64), nullable=False),
        sa.Column("report", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_door_proofs_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_door_proofs")),
    )
    for column in ("site", "unit", "door"):
        op.create_index(op.f(f"ix_door_proofs_{column}"), "door_proofs", [column], unique=False)


def door_wirings() -> None:
    """Make ``door_wirings``."""
    op.create_table(
        "door_wirings",
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("wires", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_door_wirings")),
    )


def unit_exams() -> None:
    """Make ``unit_exams``."""
    op.create_table(
        "unit_exams",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("command", sa.String(length=64), nullable=True),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.Column("examined_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_exams_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_unit_exams")),
    )


TABLES: tuple[Callable[[], None], ...] = (door_proofs, door_wirings, unit_exams)
