"""One change of one site's policies: what is compiled, compared, kept, and made into versions."""

import asyncio
from collections.abc import Iterable, Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record
from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import topics
from loquet_server.keys import Keys
from loquet_server.models import PolicySite
from loquet_server.peppers.repository import pepper_of
from loquet_server.policy.changes import NOTHING, Diff, between, together
from loquet_server.policy.compiler import Compiler, lines_of
from loquet_server.policy.history import Newest, Shared, Version, compress
from loquet_server.policy.repository import SHARED, PolicyRepository
from loquet_server.policy.rows import Frame, People
from loquet_server.policy.source_repository import SourceRepository
from loquet_server.policy.versions import DAY, Maker, terms
from loquet_server.publication import Publication

MOST_DELTAS, MOST_BYTES = 1000, 1 << 20
"""Beyond both, a renewal makes a new whole policy, so that fetching one stays short."""
RENEW_AFTER = DAY
"""A manifest of this age is made anew, so that a unit in touch never goes stale."""
A_FEW = 50
"""So many holders are compiled at once; more in a thread, so that others are served meanwhile."""
_log = structlog.get_logger(__name__)


class SiteWork:
    """One change of one site, under its lock."""

    def __init__(
        self,
        session: AsyncSession,
        keys: Keys,
        days: int,
        head: PolicySite,
        start: int,
        now_ms: int,
    ) -> None:
        self._session, self._keys, self._days, self._head = session, keys, days, head
        self._site, self._start, self._now_ms = head.site, start, now_ms
        self._policies = PolicyRepository(session)
        self._source = SourceRepository(session)

    @property
    def anew(self) -> bool:
        """True if all is to be compiled: for the first time, each week, and once a day."""
        return self._is_past(self._head.compiled_at) or self._head.start != self._start

    async def all(self, *, afresh: bool = False) -> list[Publication]:
        """Compile everything and compare it with what stands; ``afresh``: whole policies."""
        compiler = await self._compiler()
        people = await self._source.people(self._site, self._start)
        units = await self._policies.units(self._site)
        stand = await self._policies.lines(self._site)
        shared, own, about = await asyncio.to_thread(_compile, compiler, people, units, stand)
        await self._keep(shared, own, about)
        self._head.start, self._head.compiled_at = self._start, self._now_ms
        return await self._advance(compiler, units, shared, own, afresh=afresh)

    async def some(self, holders: set[str]) -> list[Publication]:
        """Compile these holders only."""
        stand = await self._policies.lines_of(self._site, holders)
        digests = [key.partition("/")[2] for key in stand if key.startswith("credential/")]
        people = await self._source.people(
            self._site, self._start, holders | await self._source.owners(self._site, digests)
        )
        stand |= await self._policies.lines_of(
            self._site, {each.holder for each in people.holders} - holders
        )
        keys = [f"credential/{each.digest}" for each in people.credentials]
        moved = await self._policies.lines_under(self._site, keys, shared=True)
        compiler = await self._compiler()
        if len(holders) > A_FEW:
            records = await asyncio.to_thread(compiler.people, people)
        else:
            records = compiler.people(people)
        shared = between(stand | moved.get(SHARED, {}), lines_of(records))
        if not shared:
            return []
        units = await self._policies.units(self._site)
        own = await self._weekdays(compiler, people, units)
        await self._keep(shared, own, _about(records))
        return await self._advance(compiler, units, shared, own)

    async def due(self, unit: str) -> bool:
        """True if a unit has no version, or an old one."""
        newest = await self._policies.newest(self._site, unit)
        return unit not in newest or self._is_old(newest[unit])

    async def one(self, unit: str) -> list[Publication]:
        """Compile what is one unit's own."""
        compiler = await self._compiler()
        variants = await self._source.variants(self._site)
        records = await asyncio.to_thread(compiler.unit, unit, variants)
        stand = await self._policies.lines_in(self._site, unit)
        own = {unit: between(stand, lines_of(records))}
        await self._keep(NOTHING, own, {})
        return await self._advance(compiler, [unit], NOTHING, own)

    async def whole(self, ahead: int = 0) -> list[Publication]:
        """Make a whole policy for each unit, of what stands; leave ``ahead`` versions free."""
        compiler = await self._compiler()
        newest = await self._policies.newest(self._site)
        units = await self._policies.units(self._site)
        wholes = {each: newest[each].version + 1 + ahead for each in units if each in newest}
        made = await self._wholes(await self._maker(compiler.frame), wholes)
        await self._policies.add(made)
        await self._session.flush()
        return _publications(self._site, made)

    async def _compiler(self) -> Compiler:
        # beyond the horizon by a week: the expansion begins on a Monday
        return Compiler(await self._source.frame(self._site, self._start, self._days + 7))

    async def _weekdays(
        self, compiler: Compiler, people: People, units: Iterable[str]
    ) -> dict[str, Diff]:
        """Return what units lack of the rules of plans on weekdays that somebody has chosen now."""
        variants = compiler.variants(people)
        if not variants:
            return {}
        wanted = {unit: lines_of(compiler.weekdays(unit, variants)) for unit in units}
        keys = {key for lines in wanted.values() for key in lines}
        stand = await self._policies.lines_under(self._site, keys, shared=False)
        # all that stands under these keys is wanted: nothing is deleted
        return {unit: between(stand.get(unit, {}), lines) for unit, lines in wanted.items()}

    async def _keep(self, shared: Diff, own: Mapping[str, Diff], about: Mapping[str, str]) -> None:
        if shared:
            self._head.revision += 1
            revision = self._head.revision
            await self._policies.write(self._site, SHARED, shared, about, revision)
        for unit, diff in own.items():
            if diff:
                await self._policies.write(self._site, unit, diff)

    async def _advance(
        self,
        compiler: Compiler,
        units: Iterable[str],
        shared: Diff,
        own: Mapping[str, Diff],
        *,
        afresh: bool = False,
    ) -> list[Publication]:
        """Make the next version of each unit that needs one."""
        for name, fault in compiler.faults.items():
            _log.warning("hours_not_understood", site=self._site, name=name, detail=fault)
        newest = await self._policies.newest(self._site)
        maker = await self._maker(compiler.frame)
        made: dict[str, Version] = {}
        wholes: dict[str, int] = {}
        for unit in units:
            before, mine = newest.get(unit), own.get(unit, NOTHING)
            diff = together([shared, mine]) if shared and mine else shared or mine
            if before is None or afresh or await self._long_ago(unit, before, diff):
                wholes[unit] = 1 if before is None else before.version + 1
            elif diff or self._is_old(before):
                version = maker.delta(unit, before, diff)
                if version is None:
                    wholes[unit] = before.version + 1
                else:
                    made[unit] = version
        made |= await self._wholes(maker, wholes)
        await self._policies.add(made)
        await self._session.flush()
        return _publications(self._site, made)

    def _is_old(self, before: Newest) -> bool:
        return self._is_past(before.created_at)

    def _is_past(self, made: int) -> bool:
        """True for what is a day old, and for what a clock made that was a day ahead."""
        return abs(self._now_ms - made) >= RENEW_AFTER * 1000

    async def _long_ago(self, unit: str, before: Newest, diff: Diff) -> bool:
        """True if a renewal, which nobody waits for, had better be a whole policy."""
        if diff or not self._is_old(before):
            return False
        count, size, whole = await self._policies.since_whole(unit)
        return count > MOST_DELTAS and size > max(MOST_BYTES, whole)

    async def _maker(self, frame: Frame) -> Maker:
        found = terms(((each.stale_days, each.expires_days) for each in frame.plans), self._days)
        pepper = await pepper_of(self._session, self._keys, self._site)
        return Maker(
            self._keys.signer, pepper.name, self._site, found, self._head.revision, self._now_ms
        )

    async def _wholes(self, maker: Maker, wholes: Mapping[str, int]) -> dict[str, Version]:
        """Return whole policies; what they share is kept once for all that have it."""
        if not wholes:
            return {}
        revision = self._head.revision
        lines = list((await self._policies.lines_in(self._site, SHARED)).values())
        if await self._policies.snapshot(self._site, revision) is None:
            content = await asyncio.to_thread(compress, "\n".join(lines))
            self._policies.add_snapshot(self._site, revision, content)
        shared = await asyncio.to_thread(Shared.of, lines)
        found: dict[str, Version] = {}
        for unit, number in wholes.items():
            own = list((await self._policies.lines_in(self._site, unit)).values())
            found[unit] = await asyncio.to_thread(maker.whole, unit, number, own, shared)
        return found


def _compile(
    compiler: Compiler,
    people: People,
    units: Iterable[str],
    stand: Mapping[str, Mapping[str, str]],
) -> tuple[Diff, dict[str, Diff], dict[str, str]]:
    """Return what changed of what is shared and of each unit's own, and whom records are about."""
    records = compiler.people(people)
    variants = compiler.variants(people)
    own = {
        unit: between(stand.get(unit, {}), lines_of(compiler.unit(unit, variants)))
        for unit in units
    }
    return between(stand.get(SHARED, {}), lines_of(records)), own, _about(records)


def _about(records: Iterable[Record]) -> dict[str, str]:
    return {
        each.key: str(each.holder)
        for each in records
        if isinstance(each, (HolderRecord, CredentialRecord))
    }


def _publications(site: str, made: Mapping[str, Version]) -> list[Publication]:
    """The deltas first: who holds its base needs nothing else."""
    deltas = [
        Publication(topic_of(site, unit, topics.Channel.DELTA), each.text, prompt=True)
        for unit, each in made.items()
        if each.base is not None
    ]
    manifests = [
        Publication(topic_of(site, unit, topics.Channel.POLICY), each.manifest, True)
        for unit, each in made.items()
    ]
    return deltas + manifests


def topic_of(site: str, unit: str, channel: topics.Channel) -> str:
    return topics.unit_topic(SiteId(site), UnitId(unit), channel)
