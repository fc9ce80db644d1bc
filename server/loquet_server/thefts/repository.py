"""Thefts, and what a unit knew when it was stolen."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    CardKey,
    Credential,
    Door,
    Holder,
    Pin,
    PinRule,
    Site,
    SitePepper,
    Theft,
    Unit,
    UnitState,
)

IN_USE = ("handed_out",)


class TheftRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def unit(self, unit: str, *, lock: bool = False) -> Unit | None:
        """Return a unit; ``lock``: nobody else changes it until the commit."""
        query = select(Unit).where(Unit.id == unit)
        query = query.with_for_update() if lock else query
        return (await self._session.execute(query)).scalar_one_or_none()

    async def state(self, unit: str) -> UnitState | None:
        """Return what a unit said last."""
        return await self._session.get(UnitState, unit)

    async def doors(self, unit: str) -> Sequence[Door]:
        """Return the doors that hang on a unit."""
        query = select(Door).where(Door.unit == unit).order_by(Door.rank, Door.name, Door.id)
        return list((await self._session.execute(query)).scalars())

    async def sites(self) -> Sequence[str]:
        """Return all sites."""
        return list((await self._session.execute(select(Site.id).order_by(Site.id))).scalars())

    async def counts(self, site: str) -> dict[str, int]:
        """Return how many members, badges and PINs the policies of a site speak of."""
        members = select(func.count()).where(Holder.site == site, Holder.archived_at.is_(None))
        badges = select(func.count()).where(
            Credential.site == site, Credential.holder.is_not(None), Credential.status != "stock"
        )
        pins = select(func.count()).where(Pin.site == site)
        return {
            "members": (await self._session.execute(members)).scalar_one(),
            "badges": (await self._session.execute(badges)).scalar_one(),
            "pins": (await self._session.execute(pins)).scalar_one(),
        }

    async def pin_length(self, site: str) -> int | None:
        """Return how many digits PINs have; None where nobody chose."""
        query = select(PinRule.length).where(PinRule.site == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def proven(self, site: str, up_to: int) -> int:
        """Return how many badges in use prove a master up to this version, of those in force."""
        query = (
            select(func.count())
            .select_from(Credential)
            .join(
                CardKey,
                (CardKey.site == Credential.site) & (CardKey.version == Credential.key_version),
            )
            .where(
                Credential.site == site,
                Credential.status.in_(IN_USE),
                Credential.key_version <= up_to,
                CardKey.retired_at.is_(None),
            )
        )
        return (await self._session.execute(query)).scalar_one()

    async def pepper(self, site: str, version: int) -> SitePepper | None:
        """Return one pepper of a site."""
        return await self._session.get(SitePepper, (site, version))

    async def old_peppers(self, site: str, before: int) -> int:
        """Return how many peppers before a version are still in force."""
        query = select(func.count()).where(
            SitePepper.site == site, SitePepper.version < before, SitePepper.retired_at.is_(None)
        )
        return (await self._session.execute(query)).scalar_one()

    async def theft(self, theft: str) -> Theft | None:
        """Return one theft."""
        return await self._session.get(Theft, theft)

    async def of_unit(self, unit: str, since_ms: int) -> Theft | None:
        """Return the newest theft of a unit since an instant."""
        query = select(Theft).where(Theft.unit == unit, Theft.at >= since_ms)
        query = query.order_by(Theft.at.desc(), Theft.id).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def all(self, site: str | None) -> Sequence[Theft]:
        """Return the thefts of a site, or of all, the newest first."""
        query = select(Theft).order_by(Theft.at.desc(), Theft.id)
        query = query if site is None else query.where(Theft.site == site)
        return list((await self._session.execute(query)).scalars())

    def add(self, row: Theft) -> None:
        """Keep a theft."""
        self._session.add(row)
