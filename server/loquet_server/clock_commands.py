"""The command about the machine's clock: ``clock``."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from loquet_server.shell import data_option, now_ms, run, served

if TYPE_CHECKING:
    from loquet_server.models import ClockReckoning


@click.command()
@data_option
@click.option("--is-right", is_flag=True, help="Say that this machine's clock is right.")
def clock(data: Path | None, is_right: bool) -> None:
    """Show what the server thinks of its machine's clock, or tell it that the clock is right.

    With --is-right a running server believes the clock again within seconds, and takes no unit's
    word against it for a day. Look at a good clock first: rights end by it, and old data goes.

    Example: loquet-server clock --is-right
    """

    async def work() -> None:
        from loquet_server.database import Database
        from loquet_server.migrations import migrate
        from loquet_server.reckoning.keeping import vouch
        from loquet_server.reckoning.repository import ReckoningRepository

        database = Database(served(data=data).database)
        try:
            await migrate(database)
            async with database.with_transaction() as session:
                now = now_ms()
                if is_right:
                    await vouch(session, now)
                row = await ReckoningRepository(session).row()
        finally:
            await database.close()
        click.echo(_said(row, now, is_right=is_right))

    run(work)


def _said(row: ClockReckoning | None, now: int, *, is_right: bool) -> str:
    machine = f"this machine says   {_utc(now)}"
    if row is None:
        return f"{machine}\nthe server has not looked at it yet"
    if is_right:
        return f"{machine}\nA running server believes it within seconds, another when it starts."
    reckoned = f"{machine}\nthe server was at   {_utc(row.sure_at)} when it last wrote it down"
    if row.doubt is None:
        return f"{reckoned}\nThe server believes this machine's clock."
    return (
        f"{reckoned}\nThe server does not believe this machine's clock ({row.doubt}): its incident"
        " says why.\nSet the clock right; if it is: loquet-server clock --is-right"
    )


def _utc(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


COMMANDS = (clock,)
