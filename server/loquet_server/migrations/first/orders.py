"""Tables of revision 0001: orders."""

import sqlalchemy as sa
from alembic import op


def enrolment_tokens() -> None:
    """Make ``enrolment_tokens``."""
    op.create_table(
        "enrolment_tokens",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("secret_sealed", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["unit"], ["units.id"], name=op.f("fk_enrolment_tokens_unit_units")
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_enrolment_tokens")),
    )
    op.create_index(op.f("ix_enrolment_tokens_unit"), "enrolment_tokens", ["unit"], unique=False)


def policies() -> None:
    """Make ``policies``."""
    op.create_table(
        "policies",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("base", sa.Integer(), nullable=True),
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_policies_unit_units")),
        sa.PrimaryKeyConstraint("unit", "version", name=op.f("pk_policies")),
    )


def desired_states() -> None:
    """Make ``desired_states``."""
    op.create_table(
        "desired_states",
        sa.Column("unit", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["unit"], ["units.id"], name=op.f("fk_desired_states_unit_units")),
        sa.PrimaryKeyConstraint("unit", name=op.f("pk_desired_states")),
    )


def lockdowns() -> None:
    """Make ``lockdowns``."""
    op.create_table(
        "lockdowns",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("confirmed_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_at", sa.BigInteger(), nullable=True),
        sa.Column("lifted_by", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["door"], ["doors.id"], name=op.f("fk_lockdowns_door_doors")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_lockdowns_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lockdowns")),
    )
    op.create_index(op.f("ix_lockdowns_door"), "lockdowns", ["door"], unique=False)
    op.create_index(op.f("ix_lockdowns_site"), "lockdowns", ["site"], unique=False)
