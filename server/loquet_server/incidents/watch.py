"""Once a minute: which units are silent, and which incidents nobody has heard of for long.

When most of a space's units fall silent within minutes of each other it is one trouble, the
network's, and what is raised about each silent unit is a part of it: people are told once. Units
that were silent long before have troubles of their own. Those that stay silent when the network
is back are told of by themselves.
"""

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.chores import again
from loquet_server.hooks.incidents import ended
from loquet_server.hooks.outbox import notices
from loquet_server.incidence import end_incident, raise_incident
from loquet_server.incidence.kinds import KINDS
from loquet_server.incidence.life import Step
from loquet_server.incidence.raising import close, step
from loquet_server.incidents.repository import IncidentRepository
from loquet_server.models import Incident
from loquet_server.office import Office, Transaction, committed

SECONDS: Final = 60.0
FIRST_SECONDS: Final = 180.0
"""After the server's start units need a moment to come back."""
GRACE_MS: Final = 120_000
TOGETHER_MS: Final = 10 * 60_000
SILENT: Final = "unit_offline"
NETWORK: Final = "network_lost"


class Heard(NamedTuple):
    """A unit in use, and when it was heard of last (UTC milliseconds)."""

    unit: str
    online: bool
    seen_at: int


def together(units: Iterable[Heard], now_ms: int) -> frozenset[str]:
    """Return the silent units that the network explains: most of a space's, at once."""
    known = list(units)
    gone = [each for each in known if not each.online and each.seen_at <= now_ms - GRACE_MS]
    latest = max((each.seen_at for each in gone), default=0)
    group = frozenset(each.unit for each in gone if latest - each.seen_at <= TOGETHER_MS)
    of = len(known) - (len(gone) - len(group))
    return group if len(group) >= 2 and len(group) * 2 > of else frozenset()


async def watch_incidents(office: Office) -> None:
    """Do it for as long as the server runs."""
    await again("watch-incidents", lambda: look(office), every=SECONDS, first=FIRST_SECONDS)


async def look(office: Office) -> None:
    """Do it once."""
    now = office.now_ms()
    async with committed(office) as transaction:
        session = transaction.session
        changed = await _quiet(session, now)
        for site, units in (await IncidentRepository(session).heard()).items():
            found = together((Heard(*each) for each in units), now)
            changed += await _silent(session, site, found, now)
        _tell(office, transaction, changed)


async def _quiet(session: AsyncSession, now: int) -> list[Incident]:
    """Close what has no end of its own and was not seen for long."""
    found: list[Incident] = []
    for kind, known in KINDS.items():
        if known.quiet_ms is not None:
            found += await IncidentRepository(session).quiet(kind, now - known.quiet_ms)

    def work(plain: object) -> None:
        for row in found:
            close(session.sync_session, row, now)
        notices(session.sync_session, ended(found), now)

    await session.run_sync(work)
    return found


async def _silent(
    session: AsyncSession, site: str, found: frozenset[str], now: int
) -> list[Incident]:
    """Raise and end what the network explains; its units' own incidents become part of it."""
    changed: list[Incident] = []
    network = await _network(session, site, found, now, changed)
    for row in await IncidentRepository(session).open_of(site, SILENT):
        _group(session, row, network if row.unit in found else None, now)
    return changed


async def _network(
    session: AsyncSession, site: str, found: frozenset[str], now: int, changed: list[Incident]
) -> Incident | None:
    rows = await IncidentRepository(session).open_of(site, NETWORK)
    if not found:
        changed += await end_incident(session, unit=None, kind=NETWORK, now_ms=now, site=site)
        return None
    if rows:
        return rows[0]
    detail = str(len(found))
    row = await raise_incident(
        session, site=site, unit=None, kind=NETWORK, detail=detail, now_ms=now
    )
    changed.append(row)
    return row


def _group(session: AsyncSession, row: Incident, network: Incident | None, now: int) -> None:
    """Let a silent unit be part of the network's trouble, or stand by itself."""
    part_of = None if network is None else network.id
    if row.part_of != part_of:
        row.part_of = part_of
        if part_of is not None:
            step(session.sync_session, row, Step.GROUPED, now)
        else:
            row.round, row.round_at = row.round + 1, now


def _tell(office: Office, transaction: Transaction, changed: Sequence[Incident]) -> None:
    for row in changed:
        if row.site is not None:
            transaction.after.tell(office, row.site, "incident", row.kind, row.revision)
