"""Looks at all units again and again: what lasts becomes an incident, and ends by itself."""

from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.chores import again
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.models import Unit, UnitWatch
from loquet_server.office import Office, Transaction, committed
from loquet_server.units.logs import KEPT_MS
from loquet_server.units.repository import UnitRepository
from loquet_server.units.service import standing
from loquet_server.units.signs import LASTING, Sign, Standing, Watched, lasting, watched

EVERY_SECONDS: Final = 30.0
FIRST_SECONDS: Final = 20.0
"""Units come back within seconds after the server was away."""


async def keep_watch(office: Office) -> None:
    """Look every half minute until cancelled."""

    async def work() -> None:
        async with committed(office) as transaction:
            await look(office, transaction)

    await again("watch-units", work, every=EVERY_SECONDS, first=FIRST_SECONDS)


async def look(office: Office, transaction: Transaction) -> None:
    """Raise and end what the units' states and silences call for; forget old logs."""
    session, now = transaction.session, office.now_ms()
    repository = UnitRepository(session)
    await repository.forget_logs(now - KEPT_MS)
    open_now = await repository.open_kinds([each.value for each in LASTING])
    for unit, state, watch in await repository.watched():
        before = open_now.get(unit.id, set())
        if unit.revoked_at is not None:
            wanted: dict[Sign, str] = {}
        else:
            now_so = standing(state)
            wanted = lasting(now_so, _since(session, unit, now_so, watch, now), before, now)
        changed = await _settle(session, unit, wanted, before, now)
        for kind in changed:
            transaction.after.tell(office, unit.site, "incident", kind, now)


def _since(
    session: AsyncSession, unit: Unit, now_so: Standing, watch: UnitWatch | None, now_ms: int
) -> Watched:
    """Return since when a unit is as it is, and keep it for the next look."""
    if watch is None:
        watch = UnitWatch(unit=unit.id, backlog_mark=0)
        session.add(watch)
    before = Watched(
        watch.offline_since, watch.clock_since, watch.backlog_mark, watch.backlog_since
    )
    after = watched(now_so, before, now_ms)
    watch.offline_since, watch.clock_since = after.offline_since, after.clock_since
    watch.backlog_mark, watch.backlog_since = after.backlog_mark, after.backlog_since
    return after


async def _settle(
    session: AsyncSession, unit: Unit, wanted: dict[Sign, str], open_now: set[str], now_ms: int
) -> list[str]:
    """Raise what is not open and end what is over; return which kinds changed."""
    fresh = [sign for sign in wanted if sign not in open_now]
    over = [kind for kind in sorted(open_now) if kind not in wanted]
    for sign in fresh:
        await raise_incident(
            session, site=unit.site, unit=unit.id, kind=sign.value, detail=wanted[sign],
            now_ms=now_ms,
        )  # fmt: skip
    for kind in over:
        await end_incident(session, unit=unit.id, kind=kind, subject=None, now_ms=now_ms)
    return [*(sign.value for sign in fresh), *over]
