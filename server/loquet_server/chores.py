"""What the server does by itself, again and again, for as long as it runs."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

Work = Callable[[], Awaitable[object]]
_log = structlog.get_logger(__name__)


async def again(name: str, work: Work, *, every: float, first: float = 0.0) -> None:
    """Do ``work`` every so many seconds until cancelled, for the first time after ``first``."""
    await asyncio.sleep(first)
    while True:
        await tried(name, work)
        await asyncio.sleep(every)


async def tried(name: str, work: Work) -> None:
    """Do one round of a chore that comes again."""
    try:
        await work()
    # The outermost frame of each chore: whatever failed this time, the next round must come.
    except Exception:  # noqa: BLE001
        _log.exception("chore_failed", chore=name)
