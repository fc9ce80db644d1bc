"""Tables of revision 0002: orders."""

import sqlalchemy as sa
from alembic import op


def policy_records() -> None:
    """Make ``policy_records``."""
    op.create_table(
        "policy_records",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("scope", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("line", sa.Text(), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_policy_records_site_sites")),
        sa.PrimaryKeyConstraint("site", "scope", "key", name=op.f("pk_policy_records")),
    )
    op.create_index("ix_policy_records_holder", "policy_records", ["site", "holder"], unique=False)


def policy_sites() -> None:
    """Make ``policy_sites``."""
    op.create_table(
        "policy_sites",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("compiled_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_policy_sites_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_policy_sites")),
    )


def policy_snapshots() -> None:
    """Make ``policy_snapshots``."""
    op.create_table(
        "policy_snapshots",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_policy_snapshots_site_sites")
        ),
        sa.PrimaryKeyConstraint("site", "revision", name=op.f("pk_policy_snapshots")),
    )


def moving_facts() -> None:
    """Make ``moving_facts``."""
    op.create_table(
        "moving_facts",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("value", sa.JSON(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_moving_facts_site_sites")),
        sa.PrimaryKeyConstraint("site", "key", name=op.f("pk_moving_facts")),
    )
    op.create_index("ix_moving_facts_version", "moving_facts", ["site", "version"], unique=False)


def moving_heads() -> None:
    """Make ``moving_heads``."""
    op.create_table(
        "moving_heads",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_moving_heads_site_sites")),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_moving_heads")),
    )


def import_runs() -> None:
    """Make ``import_runs``."""
    op.create_table(
        "import_runs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("created", sa.JSON(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("undone_at", sa.BigInteger(), nullable=True),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("mapping", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_import_runs_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_runs")),
    )
    op.create_index(op.f("ix_import_runs_site"), "import_runs", ["site"], unique=False)


def idempotency_keys() -> None:
    """Make ``idempotency_keys``."""
    op.create_table(
        "idempotency_keys",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(op.f("ix_idempotency_keys_at"), "idempotency_keys", ["at"], unique=False)
