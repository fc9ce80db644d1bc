"""Units that are adopted, certificates, rotations, the fleet, incidents with a life, releases."""

from alembic import op

from loquet_server.migrations.fifth import (
    adoption,
    certificates,
    clocks,
    fleet,
    notices,
    rotation,
    updates,
)
from loquet_server.migrations.parts import Part, add, drop

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PARTS: tuple[Part, ...] = (adoption, certificates, clocks, fleet, notices, rotation, updates)
"""In the order of their references."""


BY_HOLDER = ("subscriptions", "extra_windows")
"""Asked for a few holders of a space: an index of the space alone finds all its holders first."""


def upgrade() -> None:
    """Add columns and tables."""
    add(PARTS)
    for table in BY_HOLDER:
        op.create_index(f"ix_{table}_site_holder", table, ["site", "holder"])
        op.drop_index(f"ix_{table}_site", table)


def downgrade() -> None:
    """Drop them again, and what they hold."""
    for table in BY_HOLDER:
        op.create_index(f"ix_{table}_site", table, ["site"])
        op.drop_index(f"ix_{table}_site_holder", table)
    drop(PARTS)
