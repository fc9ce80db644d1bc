"""Live occupancy: people, floor plans, bookings, the members' view, sensors, privacy."""

from loquet_server.migrations.parts import Part, add, drop
from loquet_server.migrations.third import (
    bookings,
    desks,
    floors,
    headcount,
    history,
    hooks,
    me,
    places,
    privacy,
    sensors,
)

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

PARTS: tuple[Part, ...] = (
    places, desks, sensors, headcount, floors, history, hooks, me, bookings, privacy,
)  # fmt: skip
"""In the order of their references."""


def upgrade() -> None:
    """Add columns and tables."""
    add(PARTS)


def downgrade() -> None:
    """Drop them again, and what they hold."""
    drop(PARTS)
