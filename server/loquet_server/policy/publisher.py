"""Versions of policies: what changed is compiled, signed and stored; then published.

All units of a site stand at one revision of what they share: every change of it makes a version
of each, in one transaction, one site at a time. A change of one holder costs the work of that
holder, and one small signed delta for each unit. A whole policy is made only where there was
none, where a change is too large to travel, or under a new pepper; else the unit fetches the
last whole one and the deltas since. Versions only grow. What is published follows the commit, so
that a unit never holds what we do not.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.signing import Purpose
from loquet_server.days import zone
from loquet_server.keys import Keys
from loquet_server.models import DesiredState
from loquet_server.policy.desired import desired
from loquet_server.policy.history import Version
from loquet_server.policy.repository import PolicyRepository
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.policy.work import SiteWork, topic_of
from loquet_server.publication import Publication


class PolicyPublisher:
    """Makes versions of units' policies and desired states."""

    def __init__(self, keys: Keys, horizon_days: int) -> None:
        self._keys = keys
        self._signer = keys.signer
        self._days = horizon_days

    async def advance_site(
        self, session: AsyncSession, site: str, now_ms: int, *, afresh: bool = False
    ) -> list[Publication]:
        """Compile all of a site anew, and advance its units; return what to publish.

        ``afresh``: by whole policies, where what came before cannot be read any more.
        """
        await session.flush()
        work = await self._begin(session, site, now_ms)
        return [] if work is None else await work.all(afresh=afresh)

    async def advance_holders(
        self, session: AsyncSession, site: str, holders: Iterable[str], now_ms: int
    ) -> list[Publication]:
        """Advance all units of a site after these holders, their rights or badges changed."""
        await session.flush()
        work = await self._begin(session, site, now_ms)
        if work is None:
            return []
        return await work.all() if work.anew else await work.some(set(holders))

    async def whole(
        self, session: AsyncSession, site: str, now_ms: int, *, ahead: int = 0
    ) -> list[Publication]:
        """Make a whole policy for each unit of a site: what came before is history alone.

        ``ahead``: versions left free, where units may hold newer ones than are known here.
        """
        await session.flush()
        work = await self._begin(session, site, now_ms)
        return [] if work is None else await work.whole(ahead)

    async def advance(self, session: AsyncSession, unit: str, now_ms: int) -> list[Publication]:
        """Make a unit's next version if anything of its own changed or the last is old."""
        return await self._advance(session, unit, now_ms, compiling=True)

    async def renew(self, session: AsyncSession, unit: str, now_ms: int) -> list[Publication]:
        """Make a unit's next version if it has none or the last is old; else ask nothing more.

        Once a day, and when the week begins for which hours are expanded, all is compiled anew.
        """
        return await self._advance(session, unit, now_ms, compiling=False)

    async def _advance(
        self, session: AsyncSession, unit: str, now_ms: int, *, compiling: bool
    ) -> list[Publication]:
        await session.flush()
        found = await PolicyRepository(session).unit(unit)
        if found is None or found[0].revoked_at is not None:
            return []
        work = await self._begin(session, found[1].id, now_ms)
        if work is None:
            return []
        if work.anew:
            return await work.all()
        return await work.one(unit) if compiling or await work.due(unit) else []

    async def _begin(self, session: AsyncSession, site: str, now_ms: int) -> "SiteWork | None":
        """Begin versions of a site's units; None if there is no such site."""
        timezone = await SourceRepository(session).timezone(site)
        if timezone is None:
            return None
        head = await PolicyRepository(session).locked(site)
        return SiteWork(
            session, self._keys, self._days, head, start_of(now_ms // 1000, timezone), now_ms
        )

    async def current(self, session: AsyncSession, unit: str) -> list[Version]:
        """Return the newest whole version of a unit and the deltas since."""
        return await PolicyRepository(session).versions(unit)

    async def retained(self, session: AsyncSession, unit: str) -> list[Publication]:
        """Return what stands retained for a unit: for a broker that has lost its store."""
        repository = PolicyRepository(session)
        found = await repository.unit(unit)
        manifest = await repository.manifest(unit)
        if found is None or manifest is None:
            return []
        site = found[1].id
        desired = await repository.desired(unit, lock=False)  # a lockdown waits for no reader
        published = [Publication(topic_of(site, unit, topics.Channel.POLICY), manifest, True)]
        if desired is not None:
            topic = topic_of(site, unit, topics.Channel.DESIRED)
            published.append(Publication(topic, desired.document, True))
        return published

    async def advance_desired(
        self, session: AsyncSession, unit: str, now_ms: int
    ) -> list[Publication]:
        """Make a unit's next desired state from the lockdowns in force."""
        repository = PolicyRepository(session)
        found = await repository.unit(unit, lock=True)
        if found is None:
            return []
        row, _ = found
        before = await repository.desired(unit)
        version = 1 if before is None else before.version + 1
        in_force = await repository.lockdowns(unit)
        keys = await repository.card_keys(row.site)
        peppers = await repository.peppers(row.site)
        wish = desired(row.site, unit, version, now_ms, in_force, keys, peppers)
        document = self._signer.sign(Purpose.DESIRED, encode(wish))
        await repository.add_desired(
            DesiredState(unit=unit, version=version, document=document, created_at=now_ms)
        )
        return [Publication(topic_of(row.site, unit, topics.Channel.DESIRED), document, True)]


def start_of(now: int, timezone: str) -> int:
    """Return where the expansion of hours begins: Monday, so that it moves but once a week."""
    local = datetime.fromtimestamp(now, zone(timezone))
    monday = (local - timedelta(local.weekday())).date()
    return int(datetime(monday.year, monday.month, monday.day, tzinfo=zone(timezone)).timestamp())
