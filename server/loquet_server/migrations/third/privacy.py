"""Tables and columns of revision 0003: privacy."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("entries", "body_digest", sa.String(length=64), None),
)


def privacy_settings() -> None:
    op.create_table(
        "privacy_settings",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("controller", sa.String(length=300), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["site"], ["sites.id"], name=op.f("fk_privacy_settings_site_sites")
        ),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_privacy_settings")),
    )


def looks() -> None:
    op.create_table(
        "looks",
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("hour_utc", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("what", sa.String(length=64), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=True),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("holder", "hour_utc", "actor", "what", name=op.f("pk_looks")),
    )
    op.create_index(op.f("ix_looks_last_at"), "looks", ["last_at"], unique=False)


def erasures() -> None:
    op.create_table(
        "erasures",
        sa.Column("id", _counted(), nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("digest", name=op.f("uq_erasures_digest")),
    )


def purge_runs() -> None:
    op.create_table(
        "purge_runs",
        sa.Column("id", _counted(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_purge_runs")),
    )


def _counted() -> Any:
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


TABLES: tuple[Callable[[], None], ...] = (privacy_settings, looks, erasures, purge_runs)
