"""Tables of revision 0003: sensors."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def sensors() -> None:
    """Make ``sensors``."""
    op.create_table(
        "sensors",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("desk", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("watches", sa.String(length=16), nullable=False),
        sa.Column("topic", sa.String(length=256), nullable=False),
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("active", sa.JSON(), nullable=False),
        sa.Column("idle", sa.JSON(), nullable=False),
        sa.Column("silent_after", sa.Integer(), nullable=True),
        sa.Column("hold", sa.Integer(), nullable=True),
        sa.Column("availability", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_sensors_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_sensors_unit_units")),
        sa.ForeignKeyConstraint(["desk"], ["desks.id"], name=op.f("fk_sensors_desk_desks")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensors")),
    )
    for column in ("site", "unit", "desk"):
        op.create_index(op.f(f"ix_sensors_{column}"), "sensors", [column], unique=False)


def sensor_plans() -> None:
    """Make ``sensor_plans``."""
    op.create_table(
        "sensor_plans",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("preview_until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_sensor_plans_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_sensor_plans")),
    )


def sensor_words() -> None:
    """Make ``sensor_words``."""
    op.create_table(
        "sensor_words",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("broker", sa.String(length=200), nullable=False),
        sa.Column("sensors", sa.JSON(), nullable=False),
        sa.Column("topics", sa.JSON(), nullable=False),
        sa.Column("dropped", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_sensor_words_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_sensor_words")),
    )


TABLES: tuple[Callable[[], None], ...] = (sensors, sensor_plans, sensor_words)
