"""Columns of revision 0003: areas and desks."""

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

COLUMNS: tuple[tuple[str, str, Any, Any], ...] = (
    ("areas", "warn_at", sa.Integer(), None),
    ("areas", "reset_at", sa.Integer(), None),
    ("areas", "booking_only", sa.Boolean(), sa.false()),
    ("desks", "bookable", sa.Boolean(), sa.false()),
    ("desk_states", "until", sa.BigInteger(), None),
)
TABLES: tuple[Callable[[], None], ...] = ()
