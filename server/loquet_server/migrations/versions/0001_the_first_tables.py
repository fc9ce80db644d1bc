"""The first tables."""

from alembic import op

from loquet_server.migrations.first import orders, people, places, record, states

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

TABLES = (
    states.area_days,
    record.audit,
    record.dead_letters,
    states.desk_hours,
    record.entries,
    record.incidents,
    record.passages,
    places.sites,
    places.areas,
    people.plans,
    places.schedules,
    places.units,
    orders.desired_states,
    places.desks,
    places.doors,
    orders.enrolment_tokens,
    people.holders,
    record.journals,
    orders.policies,
    people.rules,
    states.unit_states,
    places.access_points,
    people.credentials,
    states.desk_states,
    states.door_states,
    orders.lockdowns,
)
"""In the order of their references."""


def upgrade() -> None:
    """Make all tables."""
    for make in TABLES:
        make()


def downgrade() -> None:
    """Remove all tables, with all that is in them."""
    for make in reversed(TABLES):
        op.drop_table(make.__name__)
