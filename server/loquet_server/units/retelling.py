"""What stands retained for units is kept true: after our start, and for whoever stays behind.

A broker may lose what it was told: its store with its machine, or a word that came in the
moment in which a unit came back. Nobody but us can notice: the unit cannot miss what it never
heard of, and the page would say "behind" until the next change. So whoever is here and says
that it holds less than it should is told again, ever more seldom.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.chores import again
from loquet_server.office import Office
from loquet_server.policy.repository import PolicyRepository
from loquet_server.publication import Publication
from loquet_server.sensing import plans as sensing
from loquet_server.units.repository import UnitRepository

RENEW_SECONDS: Final = 3600.0
LOOK_SECONDS: Final = 3.0
PATIENCE_MS: Final = 5_000
"""A unit takes what it is told within fractions of a second; a whole policy within a few."""
MOST_MS: Final = 600_000
"""A unit whose disk is full stays behind for days: it is told now and then all the same."""
MOST_TRIES: Final = 5
"""A unit whose state changes faster than it is read is told by those changes."""
_log = structlog.get_logger(__name__)


async def keep_policies(office: Office) -> None:
    """Keep units' policies young, and what stands retained at the broker true."""
    told: set[str] = set()

    async def work() -> None:
        async with office.database.reading() as session:
            units = await PolicyRepository(session).units()
        await renew(office, units, told)

    await again("renew-policies", work, every=RENEW_SECONDS)


async def renew_all(office: Office) -> None:
    """Renew whatever is old, now: the time is known again."""
    async with office.database.reading() as session:
        units = await PolicyRepository(session).units()
    await renew(office, units, set(units))


async def renew(office: Office, units: Iterable[str], told: set[str]) -> None:
    """Renew each unit's policy; units not in ``told`` get anew what stands retained for them."""
    for unit in units:
        try:
            async with office.database.with_transaction() as session:
                found = await office.policies.renew(session, unit, office.now_ms())
                await session.flush()
                if unit not in told:
                    found += await _retained(office, session, unit)
            office.publish(found)
            told.add(unit)
        # A loop over strangers: one unit's bad row must not let all others go stale.
        except Exception:  # noqa: BLE001
            _log.exception("renewal_failed", unit=unit)


async def keep_telling(office: Office) -> None:
    """Look every few seconds who is behind, until cancelled."""
    retelling = Retelling(office)
    await again("tell-again", retelling.look, every=LOOK_SECONDS, first=PATIENCE_MS / 1000)


@dataclass(slots=True)
class _Told:
    """How long a unit that is behind is left alone, and until when."""

    pause_ms: int
    until_ms: int


class Retelling:
    """Tells units again what they should have heard. The pauses double for each while it lasts."""

    def __init__(self, office: Office) -> None:
        self._office = office
        self._told: dict[str, _Told] = {}

    async def look(self) -> None:
        """Tell again whoever is here, and has been behind for a while."""
        now = self._office.now_ms()
        async with self._office.database.reading() as session:
            behind = set(await UnitRepository(session).behind(now - PATIENCE_MS))
        self._told = {unit: told for unit, told in self._told.items() if unit in behind}
        for unit in sorted(behind):
            told = self._told.get(unit)
            # of a clock that was set back, no pause is longer than it was meant
            if told is not None and told.until_ms - told.pause_ms <= now < told.until_ms:
                continue
            pause = PATIENCE_MS if told is None else min(2 * told.pause_ms, MOST_MS)
            self._told[unit] = _Told(pause, now + pause)
            await self._tell(unit)
            _log.info("told_again", unit=unit, next_in_s=pause / 1000)

    async def _tell(self, unit: str) -> None:
        """Publish what stands for a unit; what changed meanwhile is published last.

        Else a lockdown that came between would stay overwritten by what was read before it.
        """
        said: list[Publication] | None = None
        for _ in range(MOST_TRIES):
            async with self._office.database.reading() as session:
                found = await _retained(self._office, session, unit)
            if found == said:
                return
            self._office.publish(found)
            said = found


async def _retained(office: Office, session: AsyncSession, unit: str) -> list[Publication]:
    """Return all that stands retained for a unit."""
    return [
        *await office.policies.retained(session, unit), *await sensing.retained(session, unit),
    ]  # fmt: skip
