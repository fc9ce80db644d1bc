"""Changes, newest first, page by page, by key and never by offset."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Audit


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes: ``since`` and ``until`` in UTC milliseconds, ``before`` an id."""

    site: str | None = None
    actor: str = ""
    noun: str = ""
    subject: str = ""
    since: int | None = None
    until: int | None = None
    before: int | None = None


class AuditRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def page(self, wanted: Wanted, limit: int) -> Sequence[Audit]:
        """Return at most ``limit`` changes, newest first."""
        query = _matching(wanted).order_by(Audit.id.desc()).limit(limit)
        return list((await self._session.execute(query)).scalars())

    async def actors(self, site: str | None) -> Sequence[str]:
        """Return the names of all who ever changed something, sorted."""
        query = select(Audit.actor).distinct().order_by(Audit.actor).limit(500)
        if site is not None:
            query = query.where(Audit.site == site)
        return list((await self._session.execute(query)).scalars())


def _matching(wanted: Wanted) -> Any:
    query = select(Audit)
    if wanted.site is not None:
        query = query.where(Audit.site == wanted.site)
    if wanted.actor:
        query = query.where(Audit.actor == wanted.actor)
    if wanted.noun:
        query = query.where(Audit.action.startswith(f"{wanted.noun}:", autoescape=True))
    if wanted.subject:
        query = query.where(Audit.subject == wanted.subject)
    if wanted.since is not None:
        query = query.where(Audit.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(Audit.at < wanted.until)
    if wanted.before is not None:
        query = query.where(Audit.id < wanted.before)
    return query
