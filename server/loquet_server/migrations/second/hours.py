"""Tables of revision 0002: hours."""

import sqlalchemy as sa
from alembic import op


def calendar_entries() -> None:
    """Make ``calendar_entries``."""
    op.create_table(
        "calendar_entries",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("starts", sa.String(length=16), nullable=False),
        sa.Column("ends", sa.String(length=16), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=True),
        sa.Column("plans", sa.JSON(), nullable=False),
        sa.Column("everybody", sa.Boolean(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("lag_minutes", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["area"], ["areas.id"], name=op.f("fk_calendar_entries_area_areas")
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_calendar_entries_site_sites")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_entries")),
    )
    op.create_index(op.f("ix_calendar_entries_site"), "calendar_entries", ["site"], unique=False)


def extra_windows() -> None:
    """Make ``extra_windows``."""
    op.create_table(
        "extra_windows",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("area", sa.String(length=64), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("lead_minutes", sa.Integer(), nullable=False),
        sa.Column("lag_minutes", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("reserved", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("host", sa.String(length=200), nullable=False),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["area"], ["areas.id"], name=op.f("fk_extra_windows_area_areas")),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_extra_windows_holder_holders")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_extra_windows_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_windows")),
    )
    op.create_index(op.f("ix_extra_windows_holder"), "extra_windows", ["holder"], unique=False)
    op.create_index(op.f("ix_extra_windows_site"), "extra_windows", ["site"], unique=False)
