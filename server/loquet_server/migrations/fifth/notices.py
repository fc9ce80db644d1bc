"""Tables and columns of revision 0005: the life of incidents, and who is told."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from alembic import op

COUNTED = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("incidents", "acknowledged_at", sa.BigInteger(), None),
    ("incidents", "acknowledged_by", sa.String(length=200), None),
    ("incidents", "round", sa.Integer(), "1"),
    ("incidents", "round_at", sa.BigInteger(), None),
    ("incidents", "part_of", COUNTED, None),
)


def incident_steps() -> None:
    """Make ``incident_steps``."""
    op.create_table(
        "incident_steps",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("incident", COUNTED, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=False),
        _incident("incident_steps"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_steps")),
    )
    op.create_index("ix_incident_steps_incident", "incident_steps", ["incident", "id"])


def incident_mutes() -> None:
    """Make ``incident_mutes``."""
    op.create_table(
        "incident_mutes",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("unit", sa.String(length=64), nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        _site("incident_mutes"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_mutes")),
    )
    op.create_index(op.f("ix_incident_mutes_site"), "incident_mutes", ["site"])


def notice_terms() -> None:
    """Make ``notice_terms``."""
    op.create_table(
        "notice_terms",
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("escalate", sa.Integer(), nullable=False),
        sa.Column("digest_at", sa.Integer(), nullable=False),
        _site("notice_terms"),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_notice_terms")),
    )


def duties() -> None:
    """Make ``duties``."""
    op.create_table(
        "duties",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("site", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.Column("since", sa.Integer(), nullable=False),
        sa.Column("until", sa.Integer(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        _site("duties"),
        _operator("duties"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duties")),
    )
    op.create_index(op.f("ix_duties_site"), "duties", ["site"])
    op.create_index(op.f("ix_duties_operator"), "duties", ["operator"])


def notice_rules() -> None:
    """Make ``notice_rules``."""
    op.create_table(
        "notice_rules",
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("least", sa.String(length=16), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=True),
        sa.Column("quiet_until", sa.Integer(), nullable=True),
        sa.Column("urgent_passes", sa.Boolean(), nullable=False),
        _operator("notice_rules"),
        sa.PrimaryKeyConstraint("operator", name=op.f("pk_notice_rules")),
    )


def notice_channels() -> None:
    """Make ``notice_channels``."""
    op.create_table(
        "notice_channels",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.String(length=200), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        _operator("notice_channels"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channels")),
    )
    op.create_index(op.f("ix_notice_channels_operator"), "notice_channels", ["operator"])


def notices() -> None:
    """Make ``notices``."""
    op.create_table(
        "notices",
        sa.Column("id", COUNTED, nullable=False),
        sa.Column("incident", COUNTED, nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("operator", sa.String(length=64), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=True),
        sa.Column("said", sa.String(length=300), nullable=False),
        sa.Column("together", sa.Integer(), nullable=False),
        _incident("notices"),
        sa.ForeignKeyConstraint(
            ["channel"], ["notice_channels.id"], name=op.f("fk_notices_channel_notice_channels")
        ),
        _operator("notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("incident", "round", "channel", name=op.f("uq_notices_once")),
    )
    op.create_index(op.f("ix_notices_at"), "notices", ["at"])
    op.create_index("ix_notices_due", "notices", ["state", "next_at"])
    op.create_index("ix_notices_operator", "notices", ["operator", "id"])


def _site(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["site"], ["sites.id"], name=op.f(f"fk_{table}_site_sites"))


def _operator(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_operator_operators")
    return sa.ForeignKeyConstraint(["operator"], ["operators.id"], name=name)


def _incident(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_incident_incidents")
    return sa.ForeignKeyConstraint(["incident"], ["incidents.id"], name=name, ondelete="CASCADE")


TABLES: tuple[Callable[[], None], ...] = (
    incident_steps, incident_mutes, notice_terms, duties, notice_rules, notice_channels, notices,
)  # fmt: skip
