"""Tables of revision 0001: places."""

import sqlalchemy as sa
from alembic import op


def sites() -> None:
    """Make ``sites``."""
    op.create_table(
        "sites",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("locale", sa.String(length=8), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sites")),
    )


def areas() -> None:
    """Make ``areas``."""
    op.create_table(
        "areas",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("exit_sensing", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_areas_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
    )
    op.create_index(op.f("ix_areas_site"), "areas", ["site"], unique=False)


def schedules() -> None:
    """Make ``schedules``."""
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("intervals", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_schedules_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
    )
    op.create_index(op.f("ix_schedules_site"), "schedules", ["site"], unique=False)


def units() -> None:
    """Make ``units``."""
    op.create_table(
        "units",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=True),
        sa.Column("broker_password_hash", sa.String(length=128), nullable=True),
        sa.Column("software", sa.String(length=64), nullable=False),
        sa.Column("enrolled_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("hardware", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_units_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_units")),
    )
    op.create_index(op.f("ix_units_site"), "units", ["site"], unique=False)


def doors() -> None:
    """Make ``doors``."""
    op.create_table(
        "doors",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("lock_kind", sa.String(length=32), nullable=False),
        sa.Column("exit_style", sa.String(length=32), nullable=False),
        sa.Column("has_contact", sa.Boolean(), nullable=False),
        sa.Column("unlock_schedule", sa.String(length=64), nullable=True),
        sa.Column("blocked", sa.Boolean(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_doors_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_doors_unit_units")),
        sa.ForeignKeyConstraint(
            ["unlock_schedule"], ["schedules.id"], name=op.f("fk_doors_unlock_schedule_schedules")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doors")),
    )
    op.create_index(op.f("ix_doors_site"), "doors", ["site"], unique=False)
    op.create_index(op.f("ix_doors_unit"), "doors", ["unit"], unique=False)


def access_points() -> None:
    """Make ``access_points``."""
    op.create_table(
        "access_points",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("area_from", sa.String(length=64), nullable=False),
        sa.Column("area_to", sa.String(length=64), nullable=False),
        sa.Column("minimum_assurance", sa.Integer(), nullable=False),
        sa.Column("untrusted_clock", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["door"], ["doors.id"], name=op.f("fk_access_points_door_doors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_points")),
    )
    op.create_index(op.f("ix_access_points_door"), "access_points", ["door"], unique=False)


def desks() -> None:
    """Make ``desks``."""
    op.create_table(
        "desks",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("assigned_holder", sa.String(length=64), nullable=True),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("x", sa.Float(), nullable=True),
        sa.Column("y", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["area"], ["areas.id"], name=op.f("fk_desks_area_areas")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_desks_site_sites")),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_desks_unit_units")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desks")),
    )
    op.create_index(op.f("ix_desks_area"), "desks", ["area"], unique=False)
    op.create_index(op.f("ix_desks_site"), "desks", ["site"], unique=False)
    op.create_index(op.f("ix_desks_unit"), "desks", ["unit"], unique=False)
