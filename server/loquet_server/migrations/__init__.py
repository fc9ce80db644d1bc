"""How the tables came to be: Alembic revisions, and ``migrate`` that applies them.

A revision is safe against the version still running: expand first, contract later.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from loquet_server.database import Database

HEAD = "head"
BASE = "base"


def configuration(connection: Connection | None = None) -> Config:
    """Return Alembic's configuration for a connection that is already open."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


async def migrate(database: Database, to: str = HEAD) -> None:
    """Bring the tables to a revision, up or down; one transaction, all or nothing."""

    def run(connection: Connection) -> None:
        config = configuration(connection)
        if to == BASE:
            command.downgrade(config, BASE)
        else:
            command.upgrade(config, to)

    async with database.engine.begin() as connection:
        await connection.run_sync(run)
