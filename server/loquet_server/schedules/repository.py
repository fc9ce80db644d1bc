"""Schedules, and what goes by them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import AccessPoint, Area, Door, Plan, Rule, Schedule, Site


@dataclass(frozen=True, slots=True)
class Uses:
    """What goes by a schedule, by name. ``opening``: it is the opening hours of the space."""

    opening: bool
    areas: tuple[str, ...]
    doors: tuple[str, ...]
    plans: tuple[tuple[str, str], ...]
    """In French and in English."""

    def __bool__(self) -> bool:
        return bool(self.opening or self.areas or self.doors or self.plans)


class ScheduleRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def all(
        self, site: str | None = None, after: str = "", rows: int = 1000
    ) -> Sequence[Schedule]:
        """Return schedules by id."""
        query = select(Schedule).where(Schedule.id > after).order_by(Schedule.id).limit(rows)
        if site is not None:
            query = query.where(Schedule.site == site)
        return (await self._session.execute(query)).scalars().all()

    async def one(self, schedule: str) -> Schedule | None:
        """Return a schedule."""
        return await self._session.get(Schedule, schedule)

    async def uses(self, schedule: Schedule) -> Uses:
        """Return what goes by a schedule."""
        site = await self._session.get(Site, schedule.site)
        plans = (
            select(Plan.name_fr, Plan.name_en)
            .join(Rule, Rule.plan == Plan.id)
            .where(Rule.schedule == schedule.id)
            .distinct()
            .order_by(Plan.name_fr)
        )
        return Uses(
            site is not None and site.opening == schedule.id,
            await self._names(Area, Area.opening == schedule.id),
            await self._names(
                Door,
                or_(
                    Door.unlock_schedule == schedule.id,
                    Door.id.in_(
                        select(AccessPoint.door).where(AccessPoint.badge_alone == schedule.id)
                    ),
                ),
            ),
            tuple((row.name_fr, row.name_en) for row in (await self._session.execute(plans))),
        )

    async def _names(self, model: type[Area] | type[Door], which: object) -> tuple[str, ...]:
        query = select(model.name).where(which).order_by(model.name)  # type: ignore[arg-type]
        return tuple((await self._session.execute(query)).scalars())

    def add(self, row: Schedule) -> None:
        """Store a new schedule."""
        self._session.add(row)

    async def delete(self, row: Schedule) -> None:
        """Forget a schedule."""
        await self._session.delete(row)
