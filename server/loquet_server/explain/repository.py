"""What was asked, what was in force then, and what it is called."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    AccessPoint,
    Area,
    Credential,
    Door,
    FormerDigest,
    Holder,
    Lockdown,
    MovingFact,
    PassAccount,
    Passage,
    PassUse,
    Plan,
    Rule,
    Schedule,
    Site,
    Unit,
)
from loquet_server.peppers.repository import former_digests


@dataclass(frozen=True, slots=True)
class Place:
    """A way through a door; ``unit`` and ``area`` may be gone or outside."""

    access_point: str
    door: str
    door_name: str
    site: str
    unit: str | None
    area: str
    area_name: str
    booking_only: bool = False


class ExplainRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def passage(self, passage: int) -> Passage | None:
        """Return one passage."""
        return await self._session.get(Passage, passage)

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def first_site(self, site: str | None) -> Site | None:
        """Return this site, or the first if none is named."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def place(self, access_point: str) -> Place | None:
        """Return what an access point is called, and whose it is."""
        query = (
            select(AccessPoint, Door, Area.name, Area.booking_only)
            .join(Door, Door.id == AccessPoint.door)
            .outerjoin(Area, Area.id == AccessPoint.area_to)
            .where(AccessPoint.id == access_point)
        )
        row = (await self._session.execute(query)).one_or_none()
        if row is None:
            return None
        point, door = row.AccessPoint, row.Door
        area = row.name or point.area_to
        return Place(
            point.id, door.id, door.name, door.site, door.unit, point.area_to, area,
            bool(row.booking_only),
        )  # fmt: skip

    async def unit_name(self, unit: str) -> str:
        """Return what a unit is called."""
        row = await self._session.get(Unit, unit)
        return unit if row is None else row.name

    async def area(self, area: str) -> Area | None:
        """Return one area."""
        return await self._session.get(Area, area)

    async def areas(self, site: str) -> Sequence[Area]:
        """Return the areas of a site in their order."""
        query = select(Area).where(Area.site == site).order_by(Area.rank, Area.name)
        return list((await self._session.execute(query)).scalars())

    async def doors(self, site: str) -> Sequence[Door]:
        """Return the doors of a site."""
        query = select(Door).where(Door.site == site).order_by(Door.rank, Door.name)
        return list((await self._session.execute(query)).scalars())

    async def schedule(self, schedule: str) -> Schedule | None:
        """Return one schedule."""
        return await self._session.get(Schedule, schedule)

    async def holder(self, holder: str) -> Holder | None:
        """Return one holder."""
        return await self._session.get(Holder, holder)

    async def holders(self, site: str) -> dict[str, str]:
        """Return the names of a site's holders who are not archived, by id."""
        query = select(Holder.id, Holder.name).where(
            Holder.site == site, Holder.archived_at.is_(None)
        )
        return {row.id: row.name for row in (await self._session.execute(query)).all()}

    async def with_badge(self, site: str) -> set[str]:
        """Return the holders of a site who have a badge that was handed out."""
        query = select(Credential.holder).where(
            Credential.site == site, Credential.status == "handed_out", ~Credential.disabled
        )
        return {each for each in (await self._session.execute(query)).scalars() if each}

    async def badge(self, digest: str) -> Credential | None:
        """Return the badge that units know by this digest, or knew under an earlier pepper."""
        former = select(FormerDigest.badge).where(FormerDigest.digest == digest)
        query = select(Credential).where(
            or_(Credential.digest == digest, Credential.id.in_(former))
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()

    async def known_by(self, holder: str) -> Sequence[str]:
        """Return what units know a holder's badges by, and then what they knew them by before."""
        query = select(Credential.digest).where(Credential.holder == holder)
        now = (await self._session.execute(query.order_by(Credential.id))).scalars()
        return [*now, *await former_digests(self._session, holder)]

    async def plans(self, rules: Iterable[str]) -> dict[str, Plan]:
        """Return the plan of each of these rules."""
        wanted = sorted(set(rules))
        query = select(Rule.id, Plan).join(Plan, Plan.id == Rule.plan).where(Rule.id.in_(wanted))
        return {row.id: row.Plan for row in (await self._session.execute(query)).all()}

    # ---- what moved ------------------------------------------------------------------------

    async def lockdown(self, door: str, at_ms: int) -> Lockdown | None:
        """Return the lockdown that was in force at a door at an instant."""
        query = select(Lockdown).where(
            Lockdown.door == door,
            Lockdown.since <= at_ms,
            Lockdown.lifted_at.is_(None) | (Lockdown.lifted_at > at_ms),
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()

    async def last_entry(self, site: str, holder: str, at_ms: int) -> Passage | None:
        """Return the last passage before an instant in which a holder went through."""
        query = (
            select(Passage)
            .where(
                Passage.site == site, Passage.holder == holder, Passage.at < at_ms,
                Passage.outcome == "taken",
            )
            .order_by(Passage.at.desc(), Passage.id.desc())
            .limit(1)
        )  # fmt: skip
        return (await self._session.execute(query)).scalar_one_or_none()

    async def paid(self, holder: str, at_ms: int) -> dict[str, int]:
        """Return the latest period that a holder had paid for before an instant, by account."""
        query = (
            select(PassUse.account, PassUse.period)
            .where(PassUse.holder == holder, PassUse.at < at_ms)
            .order_by(PassUse.period)
        )
        return {row.account: row.period for row in (await self._session.execute(query)).all()}

    async def accounts(self, accounts: Iterable[str]) -> set[str]:
        """Return which of these accounts there are."""
        query = select(PassAccount.id).where(PassAccount.id.in_(sorted(set(accounts))))
        return set((await self._session.execute(query)).scalars())

    async def moving(self, site: str) -> dict[str, object]:
        """Return the moving facts of a site as they stand now."""
        query = select(MovingFact.key, MovingFact.value).where(
            MovingFact.site == site, MovingFact.value.is_not(None)
        )
        return {row.key: row.value for row in (await self._session.execute(query)).all()}

    async def lockdowns(self, site: str) -> dict[str, str]:
        """Return the lockdowns in force now, by door."""
        query = select(Lockdown.door, Lockdown.id).where(
            Lockdown.site == site, Lockdown.lifted_at.is_(None)
        )
        return {row.door: row.id for row in (await self._session.execute(query)).all()}
