"""Real doors: their wires, second factors, cards that prove a key, installers' reports."""

from loquet_server.migrations.fourth import cards, commissioning, derived, doors, pins
from loquet_server.migrations.parts import Part, add, drop

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

PARTS: tuple[Part, ...] = (doors, pins, cards, commissioning, derived)
"""In the order of their references."""


def upgrade() -> None:
    """Add columns and tables."""
    add(PARTS)


def downgrade() -> None:
    """Drop them again, and what they hold."""
    drop(PARTS)
