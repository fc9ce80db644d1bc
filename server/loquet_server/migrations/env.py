"""Alembic runs this; the connection is ours, and so is its transaction."""

from alembic import context

from loquet_server.models import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
    transactional_ddl=False,  # the transaction around us is enough, on SQLite too
)
context.run_migrations()
