"""Who looked at a log that names members, and whom it showed: told to the member concerned."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS
from loquet_server.models import Look
from loquet_server.privacy.repository import PrivacyRepository
from loquet_server.who import Actor

LOGS = ("journal", "refusals", "evacuation", "export", "explain", "data", "live")
"""What is looked at; any other word is kept as it is."""
MOST = 2000
"""Members in one look: an export of more is still one that names them all."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at a member. ``times``: in that hour; ``at``: the last, UTC milliseconds."""

    at: int
    actor: str
    what: str
    times: int


async def looked(
    session: AsyncSession, actor: Actor, what: str, holders: Iterable[str], now_ms: int
) -> None:
    """Remember that an actor saw these members in a log; within the caller's transaction."""
    named = sorted({each for each in holders if each})[:MOST]
    hour = now_ms - now_ms % HOUR_MS
    await PrivacyRepository(session).add_looks(
        [
            {
                "holder": holder,
                "hour_utc": hour,
                "actor": actor.name[:200],
                "what": what[:64],
                "site": actor.site,
                "times": 1,
                "last_at": now_ms,
            }
            for holder in named
        ]
    )


async def looks_at(session: AsyncSession, holder: str, limit: int) -> list[Seen]:
    """Return the last looks at a member, newest first."""
    rows: list[Look] = await PrivacyRepository(session).looks(holder, limit)
    return [Seen(row.last_at, row.actor, row.what, row.times) for row in rows]
