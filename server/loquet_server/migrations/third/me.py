"""Tables of revision 0003: members' own pages."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = ()


def member_links() -> None:
    """Make ``member_links``."""
    op.create_table(
        "member_links",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(length=200), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_member_links_holder_holders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_links")),
        sa.UniqueConstraint("digest", name=op.f("uq_member_links_digest")),
    )
    op.create_index(op.f("ix_member_links_holder"), "member_links", ["holder"], unique=False)


def member_codes() -> None:
    """Make ``member_codes``."""
    op.create_table(
        "member_codes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_member_codes_holder_holders")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_codes")),
    )
    op.create_index(
        op.f("ix_member_codes_expires_at"), "member_codes", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_member_codes_holder"), "member_codes", ["holder"], unique=False)


def member_sessions() -> None:
    """Make ``member_sessions``."""
    op.create_table(
        "member_sessions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("link", sa.String(length=64), nullable=True),
        sa.Column("csrf", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_member_sessions_holder_holders")
        ),
        sa.ForeignKeyConstraint(
            ["link"], ["member_links.id"], name=op.f("fk_member_sessions_link_member_links")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_sessions")),
    )
    op.create_index(op.f("ix_member_sessions_holder"), "member_sessions", ["holder"], unique=False)
    op.create_index(op.f("ix_member_sessions_link"), "member_sessions", ["link"], unique=False)
    op.create_index(
        op.f("ix_member_sessions_seen_at"), "member_sessions", ["seen_at"], unique=False
    )


def help_requests() -> None:
    """Make ``help_requests``."""
    op.create_table(
        "help_requests",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("door", sa.String(length=64), nullable=False),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("asked_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("answered_at", sa.BigInteger(), nullable=True),
        sa.Column("answered_by", sa.String(length=200), nullable=False),
        sa.Column("answer", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_help_requests_site_sites")),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_help_requests_holder_holders")
        ),
        sa.ForeignKeyConstraint(["door"], ["doors.id"], name=op.f("fk_help_requests_door_doors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_requests")),
    )
    op.create_index(
        "ix_help_requests_holder", "help_requests", ["holder", "asked_at"], unique=False
    )
    op.create_index("ix_help_requests_site", "help_requests", ["site", "asked_at"], unique=False)


def here_today() -> None:
    """Make ``here_today``."""
    op.create_table(
        "here_today",
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("doing", sa.String(length=80), nullable=False),
        sa.Column("shown_at", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["holder"], ["holders.id"], name=op.f("fk_here_today_holder_holders")
        ),
        sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f("fk_here_today_site_sites")),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_here_today")),
    )
    op.create_index(op.f("ix_here_today_site"), "here_today", ["site"], unique=False)
    op.create_index(op.f("ix_here_today_until"), "here_today", ["until"], unique=False)


TABLES: tuple[Callable[[], None], ...] = (
    member_links,
    member_codes,
    member_sessions,
    help_requests,
    here_today,
)
