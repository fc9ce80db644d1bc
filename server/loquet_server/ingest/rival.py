"""Somebody else has our session at the broker: it becomes an incident while it lasts."""

from collections.abc import Callable
from typing import Final

from loquet_server.chores import again
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.office import Office, committed

EVERY_SECONDS: Final = 5.0
KIND: Final = "broker_contested"


class RivalWatch:
    """Raises the incident, and ends it; ``contested``: whether there is a rival now."""

    def __init__(self, office: Office, contested: Callable[[], bool]) -> None:
        self._office, self._contested = office, contested
        self._told: bool | None = None
        """None: what an earlier run left open is not known yet."""

    async def look(self) -> None:
        """Do it once."""
        contested, now = self._contested(), self._office.now_ms()
        if contested == self._told:
            return
        async with committed(self._office) as transaction:
            if contested:
                broker = f"{self._office.settings.broker_host}:{self._office.settings.broker_port}"
                await raise_incident(
                    transaction.session, site=None, unit=None, kind=KIND, detail=broker, now_ms=now
                )
            else:
                await end_incident(transaction.session, unit=None, kind=KIND, now_ms=now)
        self._told = contested


async def watch_rival(office: Office, contested: Callable[[], bool]) -> None:
    """Look until cancelled."""
    watch = RivalWatch(office, contested)
    await again("watch-rival", watch.look, every=EVERY_SECONDS, first=EVERY_SECONDS)
