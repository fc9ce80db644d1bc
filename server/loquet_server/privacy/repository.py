"""Settings, looks, erasures and runs of purging."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from loquet_server.dialect import insert
from loquet_server.models import Erasure, Holder, Look, PrivacySetting, PurgeRun, Site


class PrivacyRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    # ---- settings

    async def setting(self, site: str) -> PrivacySetting | None:
        """Return what a site decided, or None."""
        return await self._session.get(PrivacySetting, site)

    async def settings(self) -> dict[str, PrivacySetting | None]:
        """Return every site, with what it decided."""
        query = select(Site.id, PrivacySetting).outerjoin(
            PrivacySetting, PrivacySetting.site == Site.id
        )
        rows = (await self._session.execute(query.order_by(Site.id))).all()
        return {row[0]: row[1] for row in rows}

    def add(self, row: PrivacySetting | Erasure | PurgeRun | Holder) -> None:
        """Store a new row."""
        self._session.add(row)

    # ---- looks

    async def add_looks(self, rows: list[dict[str, Any]]) -> None:
        """Store looks; one more in the same hour only counts."""
        if rows:
            await self._session.run_sync(_count_looks, rows)

    async def looks(self, holder: str, limit: int) -> list[Look]:
        """Return the last looks at a member, newest first."""
        query = select(Look).where(Look.holder == holder)
        query = query.order_by(Look.last_at.desc(), Look.what).limit(limit)
        return list((await self._session.execute(query)).scalars())

    # ---- people

    async def holder(self, holder: str) -> Holder | None:
        """Return a person."""
        return await self._session.get(Holder, holder)

    async def holders(self) -> Sequence[tuple[str, str]]:
        """Return every person's id, with their site."""
        query = select(Holder.id, Holder.site).order_by(Holder.id)
        return [(row[0], row[1]) for row in (await self._session.execute(query)).all()]

    # ---- erasures and runs

    async def erasures(self) -> list[Erasure]:
        """Return every erasure, oldest first."""
        return list((await self._session.execute(select(Erasure).order_by(Erasure.id))).scalars())

    async def count_erasures(self) -> int:
        """Return how many people were erased."""
        found = await self._session.execute(select(func.count()).select_from(Erasure))
        return int(found.scalar_one())

    async def last_run(self) -> PurgeRun | None:
        """Return the last run of purging."""
        query = select(PurgeRun).order_by(PurgeRun.id.desc()).limit(1)
        return (await self._session.execute(query)).scalar_one_or_none()


def _count_looks(session: Session, rows: list[dict[str, Any]]) -> None:
    statement = insert(session, Look)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["holder", "hour_utc", "actor", "what"],
            set_={"times": Look.times + 1, "last_at": statement.excluded.last_at},
        ),
        rows,
    )
