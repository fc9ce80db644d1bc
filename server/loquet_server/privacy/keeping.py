"""The server sees to what has had its time, a few minutes after its start and then each hour."""

import structlog

from loquet_server.chores import again
from loquet_server.office import Office
from loquet_server.privacy.purging import Purge

FIRST_SECONDS = 120.0
"""Units bring what they have kept first."""
EVERY_SECONDS = 3600.0
_log = structlog.get_logger(__name__)


async def keep_clean(office: Office) -> None:
    """Purge for as long as the server runs."""

    async def work() -> None:
        if office.doubts_clock:
            _log.warning("not_purged", why="the server's clock is in doubt; its incident says why")
            return
        purge = Purge(office)
        await purge.run()
        _log.info("purged", complete=purge.complete, **purge.counts)

    await again("purge", work, every=EVERY_SECONDS, first=FIRST_SECONDS)
