"""What the publisher asks the database: versions, records as they stand, desired states."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server import dialect
from loquet_server.models import (
    DesiredState,
    Door,
    Lockdown,
    Policy,
    PolicyRecord,
    PolicySite,
    PolicySnapshot,
    Site,
    Unit,
)
from loquet_server.peppers.repository import names_of
from loquet_server.policy.card_keys import card_keys_of
from loquet_server.policy.changes import Diff
from loquet_server.policy.history import Newest, Version

SHARED = ""
"""The scope of records that all units of a site have."""
SOME = 500
"""Names in one question."""


class PolicyRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unit(self, unit: str, *, lock: bool = False) -> tuple[Unit, Site] | None:
        """Return a unit and its site; ``lock``: nobody else changes what it is to hold."""
        query = select(Unit, Site).join(Site, Site.id == Unit.site).where(Unit.id == unit)
        if lock:
            query = query.with_for_update(of=Unit, key_share=True)
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.Unit, row.Site)

    async def units(self, site: str | None = None) -> Sequence[str]:
        """Return the unrevoked units of a site, or of all."""
        query = select(Unit.id).where(Unit.revoked_at.is_(None)).order_by(Unit.id)
        if site is not None:
            query = query.where(Unit.site == site)
        return list((await self._session.execute(query)).scalars())

    # ---- a site's state ------------------------------------------------------------------

    async def locked(self, site: str) -> PolicySite:
        """Return a site's state; nobody else makes versions for its units until the commit."""
        query = select(PolicySite).where(PolicySite.site == site).with_for_update()
        query = query.execution_options(populate_existing=True)
        found = (await self._session.execute(query)).scalar_one_or_none()
        if found is None:
            new = dialect.insert(self._session.sync_session, PolicySite)
            values = new.values(site=site, revision=0, start=0, compiled_at=0)
            await self._session.execute(values.on_conflict_do_nothing())
            found = (await self._session.execute(query)).scalar_one()
        return found

    async def lines(self, site: str) -> dict[str, dict[str, str]]:
        """Return all records of a site as they stand: scope to key to line."""
        query = select(PolicyRecord.scope, PolicyRecord.key, PolicyRecord.line)
        found: dict[str, dict[str, str]] = {}
        for scope, key, line in await self._session.execute(query.where(PolicyRecord.site == site)):
            found.setdefault(scope, {})[key] = line
        return found

    async def lines_in(self, site: str, scope: str) -> dict[str, str]:
        """Return the records of one scope, in order of their keys."""
        query = select(PolicyRecord.key, PolicyRecord.line).where(
            PolicyRecord.site == site, PolicyRecord.scope == scope
        )
        found = {key: line for key, line in await self._session.execute(query)}  # noqa: C416
        return dict(sorted(found.items()))

    async def lines_of(self, site: str, holders: Iterable[str]) -> dict[str, str]:
        """Return the shared records that are about these holders."""
        found: dict[str, str] = {}
        for some in _some(holders):
            query = select(PolicyRecord.key, PolicyRecord.line).where(
                PolicyRecord.site == site, PolicyRecord.holder.in_(some)
            )
            for key, line in await self._session.execute(query):
                found[key] = line
        return found

    async def lines_under(
        self, site: str, keys: Iterable[str], *, shared: bool
    ) -> dict[str, dict[str, str]]:
        """Return the records with these keys: scope to key to line."""
        found: dict[str, dict[str, str]] = {}
        for some in _some(keys):
            query = select(PolicyRecord.scope, PolicyRecord.key, PolicyRecord.line).where(
                PolicyRecord.site == site, PolicyRecord.key.in_(some)
            )
            if shared:
                query = query.where(PolicyRecord.scope == SHARED)
            for scope, key, line in await self._session.execute(query):
                found.setdefault(scope, {})[key] = line
        return found

    async def write(
        self,
        site: str,
        scope: str,
        diff: Diff,
        holders: Mapping[str, str] | None = None,
        revision: int = 0,
    ) -> None:
        """Let records stand as ``diff`` leaves them; ``holders``: key to whom it is about."""
        for some in _some(diff.deletes):
            await self._session.execute(
                delete(PolicyRecord).where(
                    PolicyRecord.site == site,
                    PolicyRecord.scope == scope,
                    PolicyRecord.key.in_(some),
                )
            )
        about = holders or {}
        rows = [
            {
                "site": site,
                "scope": scope,
                "key": key,
                "line": line,
                "holder": about.get(key),
                "revision": revision,
            }
            for key, line in diff.upserts.items()
        ]
        if rows:
            await self._session.run_sync(
                dialect.upsert, PolicyRecord, ["site", "scope", "key"], rows
            )

    async def snapshot(self, site: str, revision: int) -> bytes | None:
        """Return the shared lines of a revision, compressed; None if they were not kept."""
        query = select(PolicySnapshot.content).where(
            PolicySnapshot.site == site, PolicySnapshot.revision == revision
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    def add_snapshot(self, site: str, revision: int, content: bytes) -> None:
        """Keep the shared lines of a revision."""
        self._session.add(PolicySnapshot(site=site, revision=revision, content=content))

    # ---- versions ------------------------------------------------------------------------

    async def newest(self, site: str, unit: str | None = None) -> dict[str, Newest]:
        """Return the newest version of each unit of a site (or of one) that has one."""
        last = (
            select(func.max(Policy.version))
            .where(Policy.unit == Unit.id)
            .correlate(Unit)
            .scalar_subquery()
        )
        query = (
            select(Unit.id, Policy.version, Policy.digest, Policy.records, Policy.created_at)
            .join(Policy, (Policy.unit == Unit.id) & (Policy.version == last))
            .where(Unit.site == site)
        )
        if unit is not None:
            query = query.where(Unit.id == unit)
        return {
            name: Newest(version, digest, records, created_at)
            for name, version, digest, records, created_at in await self._session.execute(query)
        }

    async def since_whole(self, unit: str) -> tuple[int, int, int]:
        """Return how many deltas follow a unit's last whole one, their bytes, and the whole's."""
        whole = (
            select(func.max(Policy.version))
            .where(Policy.unit == unit, Policy.base.is_(None))
            .scalar_subquery()
        )
        query = select(func.count(), func.coalesce(func.sum(func.length(Policy.content)), 0)).where(
            Policy.unit == unit
        )
        count, size = (await self._session.execute(query.where(Policy.version > whole))).one()
        own = (await self._session.execute(query.where(Policy.version == whole))).one()
        return count, size, own[1]

    async def versions(self, unit: str, at: int | None = None) -> list[Version]:
        """Return the last whole version up to ``at`` (default: the newest) and its deltas."""
        found: list[Version] = []
        query = select(Policy).where(Policy.unit == unit).order_by(Policy.version.desc())
        if at is not None:
            query = query.where(Policy.version <= at)
        rows = await self._session.stream_scalars(query.execution_options(yield_per=16))
        async for row in rows:
            found.append(_version(row))
            if row.base is None:
                break
        await rows.close()
        return await self._with_shared(unit, found[::-1])

    async def _with_shared(self, unit: str, found: list[Version]) -> list[Version]:
        if not found or found[0].base is not None or found[0].revision is None:
            return found
        query = (
            select(PolicySnapshot.content)
            .join(Unit, Unit.site == PolicySnapshot.site)
            .where(Unit.id == unit, PolicySnapshot.revision == found[0].revision)
        )
        shared = (await self._session.execute(query)).scalar_one()
        return [replace(found[0], shared=shared), *found[1:]]

    async def manifest(self, unit: str) -> str | None:
        """Return the signed manifest of a unit's newest version; None if it has none."""
        query = select(Policy.manifest).where(Policy.unit == unit).order_by(Policy.version.desc())
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()

    async def version_at(self, unit: str, at_ms: int) -> int | None:
        """Return the newest version that existed at an instant."""
        query = (
            select(Policy.version)
            .where(Policy.unit == unit, Policy.created_at <= at_ms)
            .order_by(Policy.version.desc())
            .limit(1)
        )
        return (await self._session.execute(query)).scalar_one_or_none()

    async def add(self, versions: Mapping[str, Version]) -> None:
        """Store the next version of each of these units."""
        rows = [
            {
                "unit": unit,
                "version": each.version,
                "base": each.base,
                "manifest": each.manifest,
                "digest": each.digest,
                "content": each.content,
                "records": each.records,
                "created_at": each.created_at,
                "revision": each.revision,
            }
            for unit, each in versions.items()
        ]
        if rows:
            await self._session.execute(insert(Policy), rows)

    # ---- desired states --------------------------------------------------------------------

    async def lockdowns(self, unit: str) -> Sequence[Lockdown]:
        """Return the lockdowns in force at a unit's doors."""
        query = (
            select(Lockdown)
            .join(Door, Door.id == Lockdown.door)
            .where(Door.unit == unit, Lockdown.lifted_at.is_(None))
            .order_by(Lockdown.since, Lockdown.id)
        )
        return list((await self._session.execute(query)).scalars())

    async def card_keys(self, site: str) -> Sequence[str]:
        """Return the names of a site's card masters in force, the newest first."""
        return list((await self._session.execute(card_keys_of(site))).scalars())

    async def peppers(self, site: str) -> Sequence[str]:
        """Return the names of a site's peppers in force, the newest first."""
        return list((await self._session.execute(names_of(site))).scalars())

    async def desired(self, unit: str, *, lock: bool = True) -> DesiredState | None:
        """Return the unit's desired state; ``lock``: its row is ours until the commit."""
        return await self._session.get(DesiredState, unit, with_for_update=lock or None)

    async def add_desired(self, state: DesiredState) -> None:
        """Store a desired state."""
        await self._session.merge(state)


def _version(row: Policy) -> Version:
    return Version(
        row.version, row.base, row.manifest, row.digest, row.content, row.records,
        row.created_at, row.revision,
    )  # fmt: skip


def _some(names: Iterable[str]) -> Iterable[list[str]]:
    left = sorted(names)
    for at in range(0, len(left), SOME):
        yield left[at : at + SOME]
