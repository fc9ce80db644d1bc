"""Who is told of what: people and their ways, the roster, and what is on its way."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import CursorResult, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from loquet_server.dialect import insert
from loquet_server.incidence.kinds import KINDS
from loquet_server.models import (
    Area,
    Door,
    Duty,
    Incident,
    IncidentMute,
    Notice,
    NoticeChannel,
    NoticeRule,
    NoticeTerms,
    Operator,
    Site,
    Unit,
)
from loquet_server.models.base import Base

_UNTOLD = [kind for kind, known in KINDS.items() if not known.told]
_MUTED = (
    select(IncidentMute.id)
    .where(
        IncidentMute.site == Incident.site,
        IncidentMute.kind == Incident.kind,
        func.coalesce(IncidentMute.unit, "") == func.coalesce(Incident.unit, ""),
    )
    .correlate(Incident)
)
_NETWORK = aliased(Incident)
_EXPLAINED = (Incident.kind == "unit_offline") & select(_NETWORK.id).where(
    _NETWORK.site == Incident.site, _NETWORK.kind == "network_lost", _NETWORK.ended_at.is_(None)
).correlate(Incident).exists()  # fmt: skip
"""A silent unit, while the network of its space is gone."""
_ACTIVE = Operator.disabled_at.is_(None)


class NoticeRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Base) -> None:
        """Store a new row."""
        self._session.add(row)

    # ---- people -------------------------------------------------------------------------

    async def site(self, site: str) -> Site | None:
        """Return a space."""
        return await self._session.get(Site, site)

    async def operator(self, operator: str) -> Operator | None:
        """Return somebody with an account."""
        return await self._session.get(Operator, operator)

    async def operators(self, site: str) -> Sequence[Operator]:
        """Return whoever looks after a space, by name."""
        query = select(Operator).where(_ACTIVE, (Operator.site == site) | Operator.site.is_(None))
        found = await self._session.execute(query.order_by(func.lower(Operator.name), Operator.id))
        return list(found.scalars())

    async def rules(self, operators: Iterable[str]) -> dict[str, NoticeRule]:
        """Return what people want to be told, of those who have said so."""
        query = select(NoticeRule).where(NoticeRule.operator.in_(list(operators)))
        rows = (await self._session.execute(query)).scalars()
        return {row.operator: row for row in rows}

    async def channels(self, operators: Iterable[str]) -> dict[str, list[NoticeChannel]]:
        """Return the ways to reach people, oldest first."""
        query = select(NoticeChannel).where(NoticeChannel.operator.in_(list(operators)))
        query = query.order_by(NoticeChannel.created_at, NoticeChannel.id)
        found: dict[str, list[NoticeChannel]] = {}
        for row in (await self._session.execute(query)).scalars():
            found.setdefault(row.operator, []).append(row)
        return found

    async def channel(self, channel: str) -> NoticeChannel | None:
        """Return one way."""
        return await self._session.get(NoticeChannel, channel)

    async def remove_channel(self, row: NoticeChannel) -> None:
        """Delete a way with all that was sent by it."""
        await self._session.execute(delete(Notice).where(Notice.channel == row.id))
        await self._session.delete(row)

    # ---- the roster ---------------------------------------------------------------------

    async def terms(self, site: str) -> NoticeTerms | None:
        """Return how a space tells of incidents, if that was ever chosen."""
        return await self._session.get(NoticeTerms, site)

    async def duties(self, site: str) -> Sequence[Duty]:
        """Return the roster of a space."""
        query = select(Duty).where(Duty.site == site).order_by(Duty.rank, Duty.since, Duty.id)
        return list((await self._session.execute(query)).scalars())

    async def duty(self, duty: int) -> Duty | None:
        """Return one line of a roster."""
        return await self._session.get(Duty, duty)

    async def remove(self, row: Base) -> None:
        """Delete a row."""
        await self._session.delete(row)

    # ---- what is to be told -------------------------------------------------------------

    async def to_tell(self, now_ms: int) -> Sequence[Incident]:
        """Return the open incidents that nobody has taken on and nobody has muted."""
        query = select(Incident).where(
            Incident.ended_at.is_(None),
            Incident.acknowledged_at.is_(None),
            Incident.part_of.is_(None),
            Incident.site.is_not(None),
            Incident.kind.not_in(_UNTOLD),
            ~_EXPLAINED,
            ~_MUTED.where(IncidentMute.until > now_ms).exists(),
        )
        return list((await self._session.execute(query.order_by(Incident.id))).scalars())

    async def is_wanted(self, incident: int, now_ms: int) -> bool:
        """True if people are still to be told of it."""
        query = select(Incident.id).where(
            Incident.id == incident,
            Incident.ended_at.is_(None),
            Incident.acknowledged_at.is_(None),
            Incident.part_of.is_(None),
            ~_EXPLAINED,
            ~_MUTED.where(IncidentMute.until > now_ms).exists(),
        )
        return (await self._session.execute(query)).first() is not None

    async def told(self, incidents: Iterable[int]) -> dict[tuple[int, int], list[Notice]]:
        """Return what was told already, by incident and round."""
        query = select(Notice).where(Notice.incident.in_(list(incidents))).order_by(Notice.id)
        found: dict[tuple[int, int], list[Notice]] = {}
        for row in (await self._session.execute(query)).scalars():
            assert row.incident is not None
            found.setdefault((row.incident, row.round), []).append(row)
        return found

    async def recent(self, since: int) -> dict[str, int]:
        """Return how many incidents each person was told of one by one since then."""
        query = (
            select(Notice.operator, func.count(func.distinct(Notice.incident)).label("told"))
            .where(Notice.at >= since, Notice.state != "held", Notice.incident.is_not(None))
            .group_by(Notice.operator)
        )
        return {row.operator: row.told for row in await self._session.execute(query)}

    async def write(self, rows: list[dict[str, Any]]) -> None:
        """Write notices; one that is there already stays as it is."""
        statement = insert(self._session.sync_session, Notice)
        once = ["incident", "round", "channel"]
        await self._session.execute(statement.on_conflict_do_nothing(index_elements=once), rows)

    # ---- sending ------------------------------------------------------------------------

    async def due(self, now_ms: int) -> Sequence[str]:
        """Return the ways by which something is due."""
        query = (
            select(Notice.channel)
            .join(NoticeChannel, NoticeChannel.id == Notice.channel)
            .where(
                Notice.state.in_(("waiting", "held")), Notice.next_at <= now_ms,
                NoticeChannel.enabled.is_(True),
            )
            .distinct()
        )  # fmt: skip
        return list((await self._session.execute(query)).scalars())

    async def next_of(self, channel: str, now_ms: int) -> Notice | None:
        """Return what has been due the longest by one way and is told by itself."""
        query = select(Notice).where(
            Notice.channel == channel, Notice.state == "waiting", Notice.next_at <= now_ms
        )
        query = query.order_by(Notice.next_at, Notice.id).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def held(self, channel: str, now_ms: int) -> Sequence[tuple[Notice, Incident]]:
        """Return what is due by one way and is told together."""
        query = (
            select(Notice, Incident)
            .join(Incident, Incident.id == Notice.incident)
            .where(Notice.channel == channel, Notice.state == "held", Notice.next_at <= now_ms)
            .order_by(Notice.id)
        )
        return [(row.Notice, row.Incident) for row in await self._session.execute(query)]

    async def claim(self, notices: Iterable[int], now_ms: int, until: int) -> int:
        """Take what is due for oneself until then; return how many were still to be had."""
        query = update(Notice).where(
            Notice.id.in_(list(notices)), Notice.state.in_(("waiting", "held")),
            Notice.next_at <= now_ms,
        )  # fmt: skip
        query = query.values(next_at=until).execution_options(synchronize_session=False)
        found = await self._session.execute(query)
        assert isinstance(found, CursorResult)
        return int(found.rowcount)

    async def claimed(self, notices: Iterable[int], until: int) -> Sequence[Notice]:
        """Return what is still claimed as it was."""
        query = select(Notice).where(Notice.id.in_(list(notices)), Notice.next_at == until)
        return list((await self._session.execute(query)).scalars())

    async def incident(self, incident: int) -> Incident | None:
        """Return one incident."""
        return await self._session.get(Incident, incident)

    async def place(self, row: Incident) -> str:
        """Return the names of what an incident is about; a wish is about its door."""
        if row.kind == "help_asked":
            return row.detail
        names: list[str] = []
        for table, key in ((Door, row.subject), (Area, row.subject), (Unit, row.unit)):
            query = select(table.name).where(table.id == (key or ""))
            names += (await self._session.execute(query)).scalars()
        return " · ".join(names)

    # ---- the log ------------------------------------------------------------------------

    async def log(
        self, site: str, operator: str | None, limit: int, before: int | None = None
    ) -> Sequence[tuple[Notice, str, NoticeChannel, str | None]]:
        """Return the last notices of a space: notice, name, way and kind of incident.

        ``operator`` None: of everybody; ``before``: older than that one.
        """
        query = (
            select(Notice, Operator.name, NoticeChannel, Incident.kind)
            .join(Operator, Operator.id == Notice.operator)
            .join(NoticeChannel, NoticeChannel.id == Notice.channel)
            .outerjoin(Incident, Incident.id == Notice.incident)
            .where((Operator.site == site) | Operator.site.is_(None))
            .where((Incident.site == site) | Incident.id.is_(None))
        )
        if operator is not None:
            query = query.where(Notice.operator == operator)
        if before is not None:
            query = query.where(Notice.id < before)
        rows = await self._session.execute(query.order_by(Notice.id.desc()).limit(limit))
        return [(row.Notice, row.name, row.NoticeChannel, row.kind) for row in rows]
