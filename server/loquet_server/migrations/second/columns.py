"""Columns of revision 0002: table, name, type, and the value that old rows get (None: null)."""

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

_COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("access_points", "exit", sa.Boolean(), sa.false()),
    ("access_points", "anti_passback", sa.String(length=16), None),
    ("access_points", "anti_passback_minutes", sa.Integer(), None),
    ("areas", "opening", sa.String(length=64), None),
    ("areas", "consumes", sa.Boolean(), sa.true()),
    ("areas", "capacity", sa.Integer(), None),
    ("areas", "when_full", sa.String(length=16), "warn"),
    ("credentials", "issuer", sa.String(length=64), ""),
    ("credentials", "last4", sa.String(length=4), ""),
    ("credentials", "status", sa.String(length=16), "handed_out"),
    ("credentials", "deposit_cents", sa.Integer(), "0"),
    ("credentials", "deposit_back_at", sa.BigInteger(), None),
    ("credentials", "handed_out_at", sa.BigInteger(), None),
    ("credentials", "ended_at", sa.BigInteger(), None),
    ("doors", "first_card", sa.Boolean(), sa.false()),
    ("holders", "kind", sa.String(length=16), "member"),
    ("holders", "mail", sa.String(length=200), ""),
    ("holders", "phone", sa.String(length=40), ""),
    ("holders", "language", sa.String(length=2), "fr"),
    ("holders", "organisation", sa.String(length=64), None),
    ("holders", "represents", sa.Boolean(), sa.false()),
    ("holders", "note", sa.String(length=1000), ""),
    ("holders", "suspended_reason", sa.String(length=500), ""),
    ("holders", "created_at", sa.BigInteger(), "0"),
    ("holders", "archived_at", sa.BigInteger(), None),
    ("passages", "account", sa.String(length=64), None),
    ("passages", "period", sa.BigInteger(), None),
    ("passages", "billed", sa.Boolean(), sa.false()),
    ("passages", "remarks", sa.JSON(), None),
    ("passages", "sealed", sa.Text(), None),
    ("plans", "kind", sa.String(length=24), "full_time"),
    ("plans", "counts", sa.String(length=16), None),
    ("plans", "allowance", sa.Integer(), None),
    ("plans", "window", sa.String(length=16), None),
    ("plans", "when_empty", sa.String(length=16), "refuse"),
    ("plans", "grace_days", sa.Integer(), "0"),
    ("plans", "needs_membership", sa.Boolean(), sa.true()),
    ("plans", "lead_minutes", sa.Integer(), "0"),
    ("plans", "lag_minutes", sa.Integer(), "0"),
    ("plans", "prices", sa.JSON(), "[]"),
    ("plans", "archived_at", sa.BigInteger(), None),
    ("policies", "enforced_at", sa.BigInteger(), None),
    ("policies", "revision", sa.Integer(), None),
    ("rules", "areas", sa.JSON(), "[]"),
    ("schedules", "hours", sa.Text(), ""),
    ("schedules", "follows_calendar", sa.Boolean(), sa.true()),
    ("sites", "address", sa.String(length=300), ""),
    ("sites", "country", sa.String(length=2), "FR"),
    ("sites", "department", sa.String(length=3), ""),
    ("sites", "school_zone", sa.String(length=16), ""),
    ("sites", "opening", sa.String(length=64), None),
    ("sites", "day_starts", sa.Integer(), "180"),
    ("sites", "half_day_at", sa.Integer(), "780"),
    ("sites", "membership_required", sa.Boolean(), sa.false()),
    ("sites", "membership_grace_days", sa.Integer(), "30"),
    ("unit_states", "moving_version", sa.Integer(), None),
)


def columns() -> Iterator[tuple[str, "sa.Column[Any]"]]:
    """Return each table's new columns, made anew."""
    for table, name, kind, default in _COLUMNS:
        yield table, sa.Column(name, kind, nullable=default is None, server_default=default)
