"""Members, plans, passes, hours and operators.

A holder's plan becomes a subscription that has no end, so that every badge that opened a door
still opens it.
"""

import sqlalchemy as sa
from alembic import op

from loquet_server.migrations.second import columns, hours, operators, orders, people, plans

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

TABLES = (
    people.organisations,
    people.memberships,
    people.badge_enrolments,
    hours.calendar_entries,
    hours.extra_windows,
    plans.pass_accounts,
    plans.pass_purchases,
    plans.pass_uses,
    plans.subscriptions,
    operators.operators,
    operators.operator_sessions,
    operators.one_time_codes,
    operators.api_tokens,
    operators.sign_in_attempts,
    operators.preferences,
    orders.policy_records,
    orders.policy_sites,
    orders.policy_snapshots,
    orders.moving_facts,
    orders.moving_heads,
    orders.import_runs,
    orders.idempotency_keys,
)
"""In the order of their references."""


def upgrade() -> None:
    """Add columns and tables; move plans to subscriptions."""
    for table, column in columns.columns():
        op.add_column(table, column)
    for make in TABLES:
        make()
    op.execute(_SUBSCRIBE)
    op.execute("UPDATE credentials SET status = 'blocked' WHERE disabled")
    op.execute("UPDATE schedules SET follows_calendar = false WHERE always")
    op.execute("UPDATE access_points SET exit = true WHERE area_to = 'outside'")
    with op.batch_alter_table("holders") as batch:
        batch.drop_index("ix_holders_plan")
        batch.drop_constraint("fk_holders_plan_plans", type_="foreignkey")
        batch.drop_column("plan")
        batch.create_index("ix_holders_name", ["name"])
        batch.create_index("ix_holders_organisation", ["organisation"])
        batch.create_foreign_key(
            "fk_holders_organisation_organisations", "organisations", ["organisation"], ["id"]
        )
    with op.batch_alter_table("credentials") as batch:
        batch.alter_column("holder", existing_type=sa.String(64), nullable=True)
    with op.batch_alter_table("rules") as batch:
        batch.alter_column("schedule", existing_type=sa.String(64), nullable=True)


_SUBSCRIBE = """
INSERT INTO subscriptions (id, site, holder, plan, starts_on, price, created_at)
SELECT 's' || id, site, id, plan, '2000-01-01', '', 0 FROM holders WHERE plan IS NOT NULL
"""
_HAD_PLAN = """
UPDATE holders SET plan = (
  SELECT plan FROM subscriptions WHERE subscriptions.holder = holders.id
  ORDER BY starts_on DESC, subscriptions.id LIMIT 1)
"""


def downgrade() -> None:
    """Go back to one plan for each holder; rules without hours and badges in stock are lost."""
    with op.batch_alter_table("holders") as batch:
        batch.add_column(sa.Column("plan", sa.String(64), nullable=True))
    op.execute(_HAD_PLAN)
    op.execute("DELETE FROM credentials WHERE holder IS NULL")
    op.execute("DELETE FROM rules WHERE schedule IS NULL")
    with op.batch_alter_table("holders") as batch:
        batch.drop_index("ix_holders_name")
        batch.drop_index("ix_holders_organisation")
        batch.drop_constraint("fk_holders_organisation_organisations", type_="foreignkey")
        batch.create_foreign_key("fk_holders_plan_plans", "plans", ["plan"], ["id"])
        batch.create_index("ix_holders_plan", ["plan"])
        for table, column in columns.columns():
            if table == "holders":
                batch.drop_column(column.name)
    with op.batch_alter_table("credentials") as batch:
        batch.alter_column("holder", existing_type=sa.String(64), nullable=False)
    with op.batch_alter_table("rules") as batch:
        batch.alter_column("schedule", existing_type=sa.String(64), nullable=False)
    for make in reversed(TABLES):
        op.drop_table(make.__name__)
    for table, column in columns.columns():
        if table != "holders":
            op.drop_column(table, column.name)
