"""Waiting units, cards, windows, and what a unit leaves behind that another one replaces."""

from collections.abc import Sequence

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.adoption import ADOPTED, WAITING
from loquet_server.models import (
    AdoptionCard,
    AdoptionWindow,
    Area,
    Door,
    Journal,
    Site,
    Unit,
    UnitState,
    WaitingUnit,
)

NETWORK = "network"


class AdoptionRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def one(self, waiting: str) -> WaitingUnit | None:
        """Return a waiting unit."""
        return await self._session.get(WaitingUnit, waiting)

    async def locked(self, waiting: str) -> WaitingUnit | None:
        """Return a waiting unit, whose row is ours until the commit."""
        return await self._session.get(WaitingUnit, waiting, with_for_update=True)

    async def all(self, site: str | None) -> Sequence[tuple[WaitingUnit, UnitState | None]]:
        """Return those of a site, or all, the newest first, each with what it became says."""
        query = (
            select(WaitingUnit, UnitState)
            .outerjoin(UnitState, UnitState.unit == WaitingUnit.unit)
            .order_by(WaitingUnit.first_at.desc(), WaitingUnit.id)
        )
        if site is not None:
            query = query.where(WaitingUnit.site == site)
        rows = (await self._session.execute(query)).all()
        return [(row.WaitingUnit, row.UnitState) for row in rows]

    async def card(self, card: str) -> AdoptionCard | None:
        """Return a card."""
        return await self._session.get(AdoptionCard, card)

    async def site(self, site: str) -> Site | None:
        """Return a site."""
        return await self._session.get(Site, site)

    async def window(self, site: str) -> AdoptionWindow | None:
        """Return a site's window."""
        return await self._session.get(AdoptionWindow, site)

    async def open_window(self, now: int) -> str | None:
        """Return the site whose window is open longest, or None."""
        query = (
            select(AdoptionWindow.site)
            .where(AdoptionWindow.open_until > now)
            .order_by(AdoptionWindow.open_until.desc(), AdoptionWindow.site)
        )
        return (await self._session.execute(query.limit(1))).scalar_one_or_none()

    async def found_from(self, address: str) -> int:
        """Return how many units of the network wait at an address."""
        query = select(func.count()).where(
            WaitingUnit.way == NETWORK, WaitingUnit.address == address
        )
        return (await self._session.execute(query)).scalar_one()

    async def of_card(self, card: str) -> int:
        """Return how many units came with this card."""
        query = select(func.count()).where(WaitingUnit.card == card)
        return (await self._session.execute(query)).scalar_one()

    async def trim(self, most: int) -> None:
        """Keep ``most`` units of the network at most; the oldest go."""
        kept = (
            select(WaitingUnit.id)
            .where(WaitingUnit.way == NETWORK)
            .order_by(WaitingUnit.seen_at.desc(), WaitingUnit.id)
            .limit(most)
        )
        await self._session.execute(
            delete(WaitingUnit).where(WaitingUnit.way == NETWORK, WaitingUnit.id.not_in(kept))
        )

    async def forget(self, network_before: int, before: int, decided_before: int) -> None:
        """Delete those that were seen, or decided about, too long ago."""
        waits = WaitingUnit.state == WAITING
        await self._session.execute(
            delete(WaitingUnit).where(
                or_(
                    waits & (WaitingUnit.way == NETWORK) & (WaitingUnit.seen_at < network_before),
                    waits & (WaitingUnit.seen_at < before),
                    (WaitingUnit.state != WAITING) & (WaitingUnit.decided_at < decided_before),
                )
            )
        )

    async def units(self, site: str) -> Sequence[tuple[Unit, UnitState | None]]:
        """Return the units of a site, whose place another may take."""
        query = (
            select(Unit, UnitState)
            .outerjoin(UnitState, UnitState.unit == Unit.id)
            .where(Unit.site == site, Unit.archived_at.is_(None))
            .order_by(Unit.name, Unit.id)
        )
        return [(row.Unit, row.UnitState) for row in (await self._session.execute(query)).all()]

    async def areas(self, site: str) -> list[tuple[str, str]]:
        """Return the areas of a site, id and name."""
        query = select(Area.id, Area.name).where(Area.site == site).order_by(Area.rank, Area.id)
        return [(area, name) for area, name in (await self._session.execute(query)).all()]

    async def taken(self) -> tuple[set[str], set[str]]:
        """Return the ids of all units and of all doors."""
        units = set((await self._session.execute(select(Unit.id))).scalars())
        return units, set((await self._session.execute(select(Door.id))).scalars())

    async def take_key_from_others(self, unit: str, public_key: str) -> None:
        """A key is one unit's: whichever other unit had it has none any more."""
        await self._session.execute(
            update(Unit)
            .where(Unit.public_key == public_key, Unit.id != unit)
            .values(public_key=None, broker_password_hash=None)
        )

    async def end_journals(self, unit: str, now: int) -> None:
        """Nobody goes on with the journals of this unit, which names nothing it had."""
        await self._session.execute(
            update(Journal)
            .where(Journal.unit == unit, Journal.ended_at.is_(None))
            .values(ended_at=now)
        )
        state = await self._session.get(UnitState, unit)
        if state is not None:
            state.online, state.challenge, state.boot = False, None, None
            state.revision += 1

    async def delivered(self, unit: str) -> None:
        """Forget a unit that has all it asked for."""
        await self._session.execute(
            delete(WaitingUnit).where(WaitingUnit.unit == unit, WaitingUnit.state == ADOPTED)
        )

    def add(self, row: WaitingUnit | AdoptionWindow) -> None:
        """Store a new row."""
        self._session.add(row)
