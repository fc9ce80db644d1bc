"""The board of who is here today: what kiosk and members' pages read, and how one gets on it.

Nothing of it is ever recorded, counted or logged: being on it is a favour to the others, and a
day's matter alone. On it stands only who has come in today, so that nobody waits for somebody
who has forgotten to take their name off.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import day_of, instant, zone
from loquet_server.models import HereToday, Site
from loquet_server.presence_board.repository import BoardRepository

MOST: Final = 80
"""Characters of what somebody does."""


@dataclass(frozen=True, slots=True)
class Here:
    """Somebody who is here today and says so; no hours, no doors."""

    name: str
    doing: str
    holder: str
    """For whoever must know which one they are; never shown."""


@dataclass(frozen=True, slots=True)
class Mine:
    """How a member stands on the board. ``shown`` needs both: the wish, and to have come."""

    wished: bool
    come: bool
    doing: str = ""

    @property
    def shown(self) -> bool:
        """True if others see them now."""
        return self.wished and self.come


async def here_today(session: AsyncSession, site: str, now_ms: int) -> list[Here]:
    """Return who is here today and wants to be seen, by name."""
    repository = BoardRepository(session)
    row = await repository.site(site)
    if row is None:
        return []
    found = await repository.here(site, day_of(now_ms, row.timezone), now_ms)
    return [Here(name, wish.doing, wish.holder) for wish, name in found]


async def mine(session: AsyncSession, site: Site, holder: str, now_ms: int) -> Mine:
    """Return how a member stands on the board now."""
    repository = BoardRepository(session)
    row = await repository.one(holder)
    come = await repository.has_come(site.id, holder, day_of(now_ms, site.timezone))
    if row is None or row.until <= now_ms:
        return Mine(False, come)
    return Mine(True, come, row.doing)


async def show(session: AsyncSession, site: Site, holder: str, doing: str, now_ms: int) -> None:
    """Put a member on the board until the next quiet hour."""
    repository = BoardRepository(session)
    await repository.forget(now_ms)
    minutes = await repository.quiet_minutes(site.id) or [site.day_starts]
    until = min(quiet_hour(now_ms, site.timezone, each) for each in minutes)
    row = await repository.one(holder)
    if row is None:
        repository.add(
            HereToday(holder=holder, site=site.id, doing=doing, shown_at=now_ms, until=until)
        )
        return
    row.doing, row.shown_at, row.until = doing, now_ms, until


async def hide(session: AsyncSession, holder: str) -> None:
    """Take a member off the board, and forget what was written."""
    await BoardRepository(session).remove(holder)


async def forget(session: AsyncSession, now_ms: int) -> None:
    """Forget the board of days that are over."""
    await BoardRepository(session).forget(now_ms)


def quiet_hour(now_ms: int, timezone: str, minutes: int) -> int:
    """Return the next instant (UTC ms) at which the wall shows ``minutes`` after midnight."""
    where = zone(timezone)
    local = instant(now_ms).astimezone(where)
    for ahead in range(3):
        day = local.date() + timedelta(ahead)
        at = datetime.combine(day, time(minutes // 60, minutes % 60), where)
        if (ms := int(at.timestamp() * 1000)) > now_ms:
            return ms
    raise AssertionError("some night comes within three days")
