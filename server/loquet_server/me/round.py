"""Once a minute: today's list is forgotten at night, and wishes that nobody answered are closed."""

from typing import Final

from loquet_server.chores import again
from loquet_server.me.help import HelpDesk
from loquet_server.office import Office, committed
from loquet_server.presence_board import board

SECONDS: Final = 60.0


async def go_round(office: Office) -> int:
    """Do it once; return how many wishes were closed."""
    async with committed(office) as transaction:
        await board.forget(transaction.session, office.now_ms())
        return await HelpDesk(office, transaction).close_overdue()


async def keep_round(office: Office) -> None:
    """Do it for as long as the server runs."""
    await again("member-sessions", lambda: go_round(office), every=SECONDS, first=SECONDS)
