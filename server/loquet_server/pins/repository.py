"""What is asked of the database about PINs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import AccessPoint, Door, Holder, Pin, PinRule, Site


@dataclass(frozen=True, slots=True)
class AskingDoor:
    """A door that asks for a PIN on some way in."""

    id: str
    name: str


class PinRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def of(self, holder: str) -> Pin | None:
        """Return a member's PIN, as it is kept."""
        return await self._session.get(Pin, holder)

    async def rule(self, site: str) -> PinRule | None:
        """Return what a space has chosen."""
        return await self._session.get(PinRule, site)

    async def lock(self, site: str) -> None:
        """Let nobody else of a space change a PIN until the commit, so that they are counted."""
        await self._session.execute(select(Site.id).where(Site.id == site).with_for_update())

    async def people(self, site: str, now_ms: int, *, but: str = "") -> int:
        """Return how many people of a space have a PIN that counts; ``but``: one left out."""
        query = (
            select(func.count())
            .select_from(Pin)
            .join(Holder, Holder.id == Pin.holder)
            .where(
                Pin.site == site,
                Pin.holder != but,
                Holder.archived_at.is_(None),
                or_(Pin.ends_at.is_(None), Pin.ends_at > now_ms),
            )
        )
        return int((await self._session.execute(query)).scalar_one())

    async def too_short(self, site: str) -> Sequence[tuple[Pin, str]]:
        """Return the PINs that end because they are too short, and whose they are, by name."""
        query = (
            select(Pin, Holder.name)
            .join(Holder, Holder.id == Pin.holder)
            .where(Pin.site == site, Pin.ends_at.is_not(None), Holder.archived_at.is_(None))
            .order_by(Holder.name, Holder.id)
        )
        return [(row.Pin, row.name) for row in (await self._session.execute(query)).all()]

    async def end_shorter(self, site: str, length: int, ends_at: int) -> Sequence[str]:
        """Let PINs with fewer digits end; return whose they are."""
        which = (Pin.site == site, Pin.length < length, Pin.ends_at.is_(None))
        found = list((await self._session.execute(select(Pin.holder).where(*which))).scalars())
        await self._session.execute(update(Pin).where(*which).values(ends_at=ends_at))
        return found

    async def keep_long_enough(self, site: str, length: int) -> Sequence[str]:
        """Let PINs that are long enough go on; return whose they are."""
        which = (Pin.site == site, Pin.length >= length, Pin.ends_at.is_not(None))
        found = list((await self._session.execute(select(Pin.holder).where(*which))).scalars())
        await self._session.execute(update(Pin).where(*which).values(ends_at=None))
        return found

    async def asking(self, site: str) -> Sequence[AskingDoor]:
        """Return the doors that ask for a PIN, by rank."""
        query = (
            select(Door.id, Door.name)
            .where(
                Door.site == site,
                Door.id.in_(
                    select(AccessPoint.door).where(
                        AccessPoint.pin != "never", AccessPoint.exit.is_(False)
                    )
                ),
            )
            .order_by(Door.rank, Door.name, Door.id)
        )
        return [AskingDoor(*row) for row in (await self._session.execute(query)).all()]

    async def delete(self, holder: str) -> None:
        """Forget a member's PIN."""
        await self._session.execute(delete(Pin).where(Pin.holder == holder))

    def add(self, row: Pin | PinRule) -> None:
        """Store a new row."""
        self._session.add(row)
