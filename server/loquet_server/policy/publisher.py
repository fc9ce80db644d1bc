"""Versions of policies: compiled, compared with the last, signed, stored; then published.

A change travels as a delta while that is small, else the unit fetches the whole. Versions
only grow. What is published follows the commit, so a unit never holds what we do not.
"""

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import MAX_DELTA, Delta, Manifest
from loquet_contract.wire.policy import delta_digest, whole_digest
from loquet_contract.wire.signing import Purpose
from loquet_server.days import zone
from loquet_server.keys import Keys
from loquet_server.models import DesiredState, Site, Unit
from loquet_server.policy.compiler import compile_policy, lines_of
from loquet_server.policy.desired import desired
from loquet_server.policy.history import Version, compress, difference, expand, lines_at
from loquet_server.policy.repository import DAY, PolicyRepository
from loquet_server.policy.rows import SiteRows, Source

MOST_DELTAS = 50
"""So many deltas after a whole policy; then a new whole one, so that fetching stays short."""
EXPIRES = 30 * DAY
RENEW_AFTER = DAY
"""A manifest of this age is made anew, so that a unit in touch never goes stale."""


@dataclass(frozen=True, slots=True)
class Publication:
    """To be published after the commit."""

    topic: str
    payload: str
    retain: bool


class PolicyPublisher:
    """Makes versions of units' policies and desired states."""

    def __init__(self, keys: Keys, horizon_days: int) -> None:
        self._keys = keys
        self._signer = keys.signer
        self._days = horizon_days
        self._known: dict[str, tuple[int, str, dict[str, str]]] = {}
        """Each unit's newest version, its digest and its lines; only a shortcut, since what it
        knows may have been rolled back: it counts while the database says the same."""

    async def advance_site(
        self, session: AsyncSession, site: str, now_ms: int
    ) -> list[Publication]:
        """Advance all units of a site; return what to publish."""
        repository, found = PolicyRepository(session), list[Publication]()
        rows: SiteRows | None = None
        for unit in await repository.units(site):
            made, rows = await self._advance(repository, unit, now_ms, rows)
            found += made
        return found

    async def advance(self, session: AsyncSession, unit: str, now_ms: int) -> list[Publication]:
        """Make a unit's next version if anything changed or the last is old; else nothing."""
        return (await self._advance(PolicyRepository(session), unit, now_ms, None))[0]

    async def _advance(
        self, repository: PolicyRepository, unit: str, now_ms: int, rows: SiteRows | None
    ) -> tuple[list[Publication], SiteRows | None]:
        """Advance a unit; ``rows``: its site's, if they were read under a lock on another unit.

        Every change of a site locks its units in the same order, so what the first one saw
        holds for all. The work itself is done in a thread: others are served meanwhile.
        """
        found = await repository.unit(unit, lock=True)
        if found is None:
            return [], rows
        row, site = found
        now = now_ms // 1000
        rows = rows or await repository.site_rows(site.id)
        source = await repository.source(row, site, rows, _start(now, site.timezone), self._days)
        before = await repository.versions(unit)
        stale = now + await repository.terms(site.id) * DAY
        version = await asyncio.to_thread(self._next, row, site, before, source, now_ms, stale)
        if version is None:
            return [], rows
        repository.add(unit, version)
        return _publications(row, version), rows

    async def current(self, session: AsyncSession, unit: str) -> list[Version]:
        """Return the newest whole version of a unit and the deltas since."""
        return await PolicyRepository(session).versions(unit)

    async def retained(self, session: AsyncSession, unit: str) -> list[Publication]:
        """Return what stands retained for a unit: for a broker that has lost its store."""
        repository = PolicyRepository(session)
        found = await repository.unit(unit)
        versions = await repository.versions(unit)
        if found is None or not versions:
            return []
        desired = await repository.desired(unit)
        published = _publications(found[0], versions[-1])[-1:]
        if desired is not None:
            topic = _topic(found[0], topics.Channel.DESIRED)
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
        wish = desired(row.site, unit, version, now_ms, await repository.lockdowns(unit))
        document = self._signer.sign(Purpose.DESIRED, encode(wish))
        await repository.add_desired(
            DesiredState(unit=unit, version=version, document=document, created_at=now_ms)
        )
        return [Publication(_topic(row, topics.Channel.DESIRED), document, True)]

    # ---- versions ------------------------------------------------------------------------

    def _next(
        self,
        unit: Unit,
        site: Site,
        before: list[Version],
        source: Source,
        now_ms: int,
        stale: int,
    ) -> Version | None:
        lines = lines_of(compile_policy(source))
        number = before[-1].version + 1 if before else 1
        delta = None
        if before:
            old = self._lines(unit.id, before)
            upserts, deletes = difference(old, lines)
            young = now_ms - before[-1].created_at < RENEW_AFTER * 1000
            if not upserts and not deletes and young:
                return None
            delta = Delta("", upserts, deletes)
        manifest = self._manifest(unit, site, number, len(lines), now_ms // 1000, stale)
        made = None if delta is None else self._delta(manifest, before, delta, now_ms)
        version = made or self._whole(manifest, lines, now_ms)
        self._known[unit.id] = (number, version.digest, lines)
        return version

    def _lines(self, unit: str, before: list[Version]) -> dict[str, str]:
        known = self._known.get(unit)
        if known is not None and known[:2] == (before[-1].version, before[-1].digest):
            return known[2]
        return lines_at(before)

    def _manifest(
        self, unit: Unit, site: Site, version: int, records: int, now: int, stale: int
    ) -> Manifest:
        return Manifest(
            site=SiteId(site.id),
            unit=UnitId(unit.id),
            version=version,
            base=None,
            created=now,
            stale_after=stale,
            expires_at=now + EXPIRES,
            digest="",
            key_id=self._signer.key_id,
            pepper_id=self._keys.pepper_id,
            records=records,
        )

    def _delta(
        self, manifest: Manifest, before: list[Version], delta: Delta, now_ms: int
    ) -> Version | None:
        """Return the next version as a delta, or None if a whole one serves better."""
        if len(before) > MOST_DELTAS:
            return None
        digest = delta_digest(before[-1].digest, delta.upserts, delta.deletes)
        text, manifest_text = self._signed_delta(manifest, before[-1].version, digest, delta)
        if len(text.encode()) > MAX_DELTA:
            return None
        return Version(
            manifest.version, before[-1].version, manifest_text, digest, compress(text),
            manifest.records, now_ms,
        )  # fmt: skip

    def _signed_delta(
        self, manifest: Manifest, base: int, digest: str, delta: Delta
    ) -> tuple[str, str]:
        signed = self._signer.sign(
            Purpose.POLICY, encode(replace(manifest, base=base, digest=digest))
        )
        return encode(replace(delta, manifest=signed)), signed

    def _whole(self, manifest: Manifest, lines: dict[str, str], now_ms: int) -> Version:
        digest = whole_digest(lines.values())
        signed = self._signer.sign(Purpose.POLICY, encode(replace(manifest, digest=digest)))
        content = compress("\n".join(lines.values()))
        return Version(manifest.version, None, signed, digest, content, manifest.records, now_ms)


def _start(now: int, timezone: str) -> int:
    """Return where the expansion of hours begins: Monday, so that it moves but once a week."""
    local = datetime.fromtimestamp(now, zone(timezone))
    monday = (local - timedelta(local.weekday())).date()
    return int(datetime(monday.year, monday.month, monday.day, tzinfo=zone(timezone)).timestamp())


def _publications(unit: Unit, version: Version) -> list[Publication]:
    """The delta first: who holds its base needs nothing else."""
    found = []
    if version.base is not None:
        found.append(
            Publication(_topic(unit, topics.Channel.DELTA), expand(version.content), False)
        )
    found.append(Publication(_topic(unit, topics.Channel.POLICY), version.manifest, True))
    return found


def _topic(unit: Unit, channel: topics.Channel) -> str:
    return topics.unit_topic(SiteId(unit.site), UnitId(unit.id), channel)
