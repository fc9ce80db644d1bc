"""Tables of revision 0001: states."""

import sqlalchemy as sa
from alembic import op


def unit_states() -> None:
    """Make ``unit_states``."""
    op.create_table(
        "unit_states",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("boot", sa.String(length=64), nullable=True),
        sa.Column("clock_trusted", sa.Boolean(), nullable=True),
        sa.Column("challenge", sa.String(length=128), nullable=True),
        sa.Column("journal", sa.String(length=64), nullable=True),
        sa.Column("last_sequence", sa.BigInteger(), nullable=False),
        sa.Column("backlog", sa.BigInteger(), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=True),
        sa.Column("policy_digest", sa.String(length=64), nullable=True),
        sa.Column("desired_version", sa.Integer(), nullable=True),
        sa.Column("readers", sa.JSON(), nullable=True),
        sa.Column("health", sa.JSON(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_unit_states_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_unit_states")),
    )


def door_states() -> None:
    """Make ``door_states``."""
    op.create_table(
        "door_states",
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("leaf", sa.String(length=32), nullable=False),
        sa.Column("lock", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("alarm", sa.String(length=64), nullable=True),
        sa.Column("lockdown", sa.String(length=64), nullable=True),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["door"], ["doors.id"], name=op.f("fk_door_states_door_doors")),
        sa.PrimaryKeyConstraint("door", name=op.f("pk_door_states")),
    )


def desk_states() -> None:
    """Make ``desk_states``."""
    op.create_table(
        "desk_states",
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("evidence", sa.String(length=32), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["desk"], ["desks.id"], name=op.f("fk_desk_states_desk_desks")),
        sa.PrimaryKeyConstraint("desk", name=op.f("pk_desk_states")),
    )


def desk_hours() -> None:
    """Make ``desk_hours``."""
    op.create_table(
        "desk_hours",
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("hour_utc", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("occupied_seconds", sa.Integer(), nullable=False),
        sa.Column("peak", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area", "hour_utc", name=op.f("pk_desk_hours")),
    )


def area_days() -> None:
    """Make ``area_days``."""
    op.create_table(
        "area_days",
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("exits", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("area", "day", name=op.f("pk_area_days")),
    )
