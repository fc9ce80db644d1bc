"""Tables of revision 0002: plans."""

import sqlalchemy as sa
from alembic import op


def pass_accounts() -> None:
    """Make ``pass_accounts``."""
    op.create_table(
        "pass_accounts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("organisation", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_pass_accounts_holder_holders")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisations.id"],
            name=op.f("fk_pass_accounts_organisation_organisations"),
        ),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_pass_accounts_plan_plans")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_pass_accounts_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_accounts")),
    )
    op.create_index(op.f("ix_pass_accounts_holder"), "pass_accounts", ["holder"], unique=False)
    op.create_index(
        op.f("ix_pass_accounts_organisation"), "pass_accounts", ["organisation"], unique=False
    )
    op.create_index(op.f("ix_pass_accounts_site"), "pass_accounts", ["site"], unique=False)


def pass_purchases() -> None:
    """Make ``pass_purchases``."""
    op.create_table(
        "pass_purchases",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["pass_accounts.id"], name=op.f("fk_pass_purchases_account_pass_accounts")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_purchases")),
    )
    op.create_index(op.f("ix_pass_purchases_account"), "pass_purchases", ["account"], unique=False)


def pass_uses() -> None:
    """Make ``pass_uses``."""
    op.create_table(
        "pass_uses",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("period", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("half", sa.String(length=2), nullable=True),
        sa.Column("billed", sa.Boolean(), nullable=False),
        sa.Column("conflict", sa.String(length=32), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("refunded_at", sa.BigInteger(), nullable=True),
        sa.Column("refunded_by", sa.String(length=200), nullable=True),
        sa.Column("refund_reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["pass_accounts.id"], name=op.f("fk_pass_uses_account_pass_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_pass_uses_holder_holders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pass_uses")),
    )
    op.create_index(op.f("ix_pass_uses_holder"), "pass_uses", ["holder"], unique=False)
    op.create_index("uq_pass_uses_once", "pass_uses", ["account", "holder", "period"], unique=True)


def subscriptions() -> None:
    """Make ``subscriptions``."""
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=True),
        sa.Column("grace_days", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.JSON(), nullable=True),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account"], ["pass_accounts.id"], name=op.f("fk_subscriptions_account_pass_accounts")
        ),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_subscriptions_holder_holders")
        ),
        sa.ForeignKeyConstraint(["plan"], ["plans.id"], name=op.f("fk_subscriptions_plan_plans")),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_subscriptions_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    op.create_index(op.f("ix_subscriptions_account"), "subscriptions", ["account"], unique=False)
    op.create_index(op.f("ix_subscriptions_holder"), "subscriptions", ["holder"], unique=False)
    op.create_index(op.f("ix_subscriptions_plan"), "subscriptions", ["plan"], unique=False)
    op.create_index(op.f("ix_subscriptions_site"), "subscriptions", ["site"], unique=False)
