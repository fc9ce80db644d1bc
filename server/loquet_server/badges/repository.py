"""Badges, the taps of unknown ones, and readers that wait for one."""

from collections.abc import Iterable, Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    Area,
    BadgeEnrolment,
    Credential,
    Door,
    Holder,
    Passage,
    Unit,
    UnitState,
)


class BadgeRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str, holder: str | None, status: str | None, limit: int, after: str | None
    ) -> Sequence[Credential]:
        """Return badges by id, those after ``after``."""
        query = select(Credential).where(Credential.site == site).order_by(Credential.id)
        if holder is not None:
            query = query.where(Credential.holder == holder)
        if status is not None:
            query = query.where(Credential.status == status)
        if after is not None:
            query = query.where(Credential.id > after)
        return list((await self._session.execute(query.limit(limit))).scalars())

    async def of(self, holder: str) -> Sequence[Credential]:
        """Return the badges that somebody has now."""
        query = select(Credential).where(
            Credential.holder == holder, Credential.status == "handed_out"
        )
        return list((await self._session.execute(query)).scalars())

    async def found(
        self, site: str, status: str | None, text: str, limit: int
    ) -> Sequence[tuple[Credential, Holder | None]]:
        """Return badges with who has them, the last to change first."""
        changed = func.coalesce(
            Credential.ended_at, Credential.handed_out_at, Credential.created_at
        )
        query = (
            select(Credential, Holder)
            .join(Holder, Holder.id == Credential.holder, isouter=True)
            .where(Credential.site == site)
            .order_by(changed.desc(), Credential.id)
            .limit(limit)
        )
        if status is not None:
            query = query.where(Credential.status == status)
        if text:
            query = query.where(
                or_(
                    Credential.label.icontains(text, autoescape=True),
                    Holder.name.icontains(text, autoescape=True),
                    Credential.last4 == text.upper(),
                )
            )
        return [(row.Credential, row.Holder) for row in (await self._session.execute(query)).all()]

    async def counts(self, site: str) -> dict[str, int]:
        """Return how many badges are in each status."""
        query = (
            select(Credential.status, func.count())
            .where(Credential.site == site)
            .group_by(Credential.status)
        )
        return {row[0]: row[1] for row in (await self._session.execute(query)).all()}

    def wait(self, row: BadgeEnrolment) -> None:
        """Store that a reader waits."""
        self._session.add(row)

    # ---- taps of unknown badges -----------------------------------------------------------

    async def unknown(self, site: str, since_ms: int, limit: int) -> Sequence[tuple[Passage, str]]:
        """Return taps of badges that nobody knew, newest first, with the names of the doors."""
        query = (
            select(Passage, Door.name)
            .join(Door, Door.id == Passage.door)
            .where(
                Passage.site == site,
                Passage.reason == "credential_unknown",
                Passage.sealed.is_not(None),
                Passage.at >= since_ms,
            )
            .order_by(Passage.at.desc(), Passage.id.desc())
            .limit(limit)
        )
        return [(row.Passage, row.name) for row in (await self._session.execute(query)).all()]

    async def tap(self, passage: int) -> Passage | None:
        """Return one tap."""
        return await self._session.get(Passage, passage)

    async def seen(self, site: str, digests: Iterable[str], since_ms: int) -> dict[str, int]:
        """Return when a door last refused these numbers as unknown, by digest."""
        query = (
            select(Passage.credential, func.max(Passage.at))
            .where(
                Passage.site == site,
                Passage.reason == "credential_unknown",
                Passage.credential.in_(sorted(digests)),
                Passage.at >= since_ms,
            )
            .group_by(Passage.credential)
        )
        return {str(row[0]): row[1] for row in (await self._session.execute(query)).all()}

    # ---- readers --------------------------------------------------------------------------

    async def readers(self, site: str) -> Sequence[tuple[AccessPoint, Door, str, bool]]:
        """Return the ways in with a reader: each with its door, area and whether it is online."""
        query = (
            select(AccessPoint, Door, Area.name, UnitState.online)
            .join(Door, Door.id == AccessPoint.door)
            .join(Unit, Unit.id == Door.unit)
            .join(Area, Area.id == AccessPoint.area_to, isouter=True)
            .join(UnitState, UnitState.unit == Door.unit, isouter=True)
            .where(Door.site == site, Unit.revoked_at.is_(None))
            .order_by(Door.rank, Door.id, AccessPoint.id)
        )
        rows = (await self._session.execute(query)).all()
        return [(row.AccessPoint, row.Door, row.name or "", bool(row.online)) for row in rows]

    async def reader(self, access_point: str) -> tuple[AccessPoint, Unit, UnitState | None] | None:
        """Return an access point with its unit, and what that said last."""
        query = (
            select(AccessPoint, Unit, UnitState)
            .join(Door, Door.id == AccessPoint.door)
            .join(Unit, Unit.id == Door.unit)
            .join(UnitState, UnitState.unit == Unit.id, isouter=True)
            .where(AccessPoint.id == access_point, Unit.revoked_at.is_(None))
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else (row.AccessPoint, row.Unit, row.UnitState)

    async def door_name(self, door: str) -> str:
        """Return what a door is called."""
        return (await self._session.execute(select(Door.name).where(Door.id == door))).scalar_one()

    async def enrolment(self, enrolment: str) -> BadgeEnrolment | None:
        """Return one enrolment."""
        return await self._session.get(BadgeEnrolment, enrolment)
