"""Tables of revision 0002: people."""

import sqlalchemy as sa
from alembic import op


def organisations() -> None:
    """Make ``organisations``."""
    op.create_table(
        "organisations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("contact_name", sa.String(length=200), nullable=False),
        sa.Column("contact_mail", sa.String(length=200), nullable=False),
        sa.Column("archived_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_organisations_site_sites")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisations")),
    )
    op.create_index(op.f("ix_organisations_site"), "organisations", ["site"], unique=False)


def memberships() -> None:
    """Make ``memberships``."""
    op.create_table(
        "memberships",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("starts_on", sa.String(length=10), nullable=False),
        sa.Column("ends_on", sa.String(length=10), nullable=False),
        sa.Column("price", sa.String(length=64), nullable=False),
        sa.Column("paid_on", sa.String(length=10), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_memberships_holder_holders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    op.create_index(op.f("ix_memberships_holder"), "memberships", ["holder"], unique=False)


def badge_enrolments() -> None:
    """Make ``badge_enrolments``."""
    op.create_table(
        "badge_enrolments",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("access_point", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.Column("number_sealed", sa.Text(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_badge_enrolments_holder_holders")
        ),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_badge_enrolments_site_sites")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_enrolments")),
    )
    op.create_index(op.f("ix_badge_enrolments_site"), "badge_enrolments", ["site"], unique=False)
