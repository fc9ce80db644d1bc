"""How many desks are free at this moment, as far as anybody knows."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Area, Desk, DeskState, UnitState
from loquet_server.usual.bands import Band, band

GROUP: Final = 3
"""Desks below which no band is told: it would speak of one person."""
_TAKEN: Final = ("occupied", "away", "reserved")


@dataclass(frozen=True, slots=True)
class DesksNow:
    """One area's desks: ``unknown`` ones are neither free nor taken."""

    area: str
    name: str
    free: int = 0
    taken: int = 0
    unknown: int = 0

    @property
    def desks(self) -> int:
        """How many there are."""
        return self.free + self.taken + self.unknown

    @property
    def known(self) -> int:
        """How many of them are known."""
        return self.free + self.taken

    @property
    def part(self) -> float | None:
        """The part of them that is taken; None where less than half is known."""
        if not self.desks or self.known * 2 < self.desks:
            return None
        return self.taken / self.known

    @property
    def band(self) -> Band | None:
        """How full it is in a word; None where too little is known, or there are too few."""
        part = self.part
        return None if part is None or self.known < GROUP else band(part)


async def desks_now(
    session: AsyncSession, site: str, reserved: Iterable[str] = ()
) -> list[DesksNow]:
    """Return the desks of each area now; a free one that is ``reserved`` is not free."""
    query = (
        select(Area.id, Area.name, Desk.id.label("desk"), DeskState.state, UnitState.online)
        .join(Desk, Desk.area == Area.id)
        .outerjoin(DeskState, DeskState.desk == Desk.id)
        .outerjoin(UnitState, UnitState.unit == Desk.unit)
        .where(Area.site == site)
        .order_by(Area.rank, Area.name)
    )
    held = frozenset(reserved)
    counts: dict[tuple[str, str], list[int]] = {}
    for row in (await session.execute(query)).all():
        numbers = counts.setdefault((row.id, row.name), [0, 0, 0])
        numbers[_place(row.state, bool(row.online), row.desk in held)] += 1
    return [DesksNow(area, name, *numbers) for (area, name), numbers in counts.items()]


def whole(areas: Iterable[DesksNow]) -> DesksNow:
    """Return all areas as one."""
    found = list(areas)
    return DesksNow(
        "", "", sum(area.free for area in found), sum(area.taken for area in found),
        sum(area.unknown for area in found),
    )  # fmt: skip


def _place(state: str | None, online: bool, held: bool) -> int:
    """Return 0 for free, 1 for taken, 2 for unknown: so is a desk whose unit is away."""
    if not online or state not in ("free", *_TAKEN):
        return 2
    return 1 if state in _TAKEN or held else 0
