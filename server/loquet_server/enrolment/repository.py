"""Tokens and the units that they let in."""

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import AccessPoint, Area, Door, EnrolmentToken, Site, Unit


class EnrolmentRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def token(self, token: str) -> EnrolmentToken | None:
        """Return a code by its digest; its row is ours until the commit."""
        return await self._session.get(EnrolmentToken, token, with_for_update=True)

    async def use(self, token: str, at: int) -> bool:
        """Use a code up; False if somebody was faster."""
        query = (
            update(EnrolmentToken)
            .where(EnrolmentToken.token == token, EnrolmentToken.used_at.is_(None))
            .values(used_at=at)
            .execution_options(synchronize_session=False)
            .returning(EnrolmentToken.token)
        )
        return (await self._session.execute(query)).scalar_one_or_none() is not None

    async def replace_tokens(self, token: EnrolmentToken) -> None:
        """Store a new code of a unit; unused older ones of it count no more."""
        query = delete(EnrolmentToken).where(
            EnrolmentToken.unit == token.unit, EnrolmentToken.used_at.is_(None)
        )
        await self._session.execute(query)
        self._session.add(token)

    async def unit(self, unit: str) -> Unit | None:
        """Return a unit."""
        return await self._session.get(Unit, unit)

    async def sites(self) -> list[str]:
        """Return all sites."""
        return list((await self._session.execute(select(Site.id).order_by(Site.id))).scalars())

    async def doors(self, unit: str) -> list[str]:
        """Return the doors of a unit."""
        query = select(Door.id).where(Door.unit == unit).order_by(Door.rank, Door.id)
        return list((await self._session.execute(query)).scalars())

    async def add_door(self, unit: Unit, door: str) -> None:
        """Give a unit a door from outside into the site's first area; a known door stays."""
        if await self._session.get(Door, door) is not None:
            return
        query = select(Area.id).where(Area.site == unit.site).order_by(Area.rank, Area.id)
        area = (await self._session.execute(query.limit(1))).scalar_one_or_none()
        if area is None:
            area = f"{unit.site}-inside"[:64]
            self._session.add(Area(id=area, site=unit.site, name=area))
        self._session.add(
            Door(id=door, site=unit.site, unit=unit.id, name=door, exit_style="button")
        )
        await self._session.flush()
        point = AccessPoint(
            id=f"{door}-in"[:64],
            door=door,
            reader=f"{door}-reader"[:64],
            area_from="outside",
            area_to=area,
        )
        self._session.add(point)
        await self._session.flush()

    def add(self, row: Site | Unit) -> None:
        """Store a new row."""
        self._session.add(row)
