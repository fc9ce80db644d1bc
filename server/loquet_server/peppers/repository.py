"""The peppers of a site as they are kept, and what badges were known by before.

A site without rows has the server's first pepper, which is in a file; a rotation gives it rows,
sealed to the server's seal key as badge numbers are. One counts for digests and policies; during
a rotation a newer one waits until the units hold it.
"""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sealing import open_sealed, seal
from loquet_server.keys import Keys
from loquet_server.models import Credential, FormerDigest, SitePepper
from loquet_server.peppers.pepper import Pepper, own_pepper

PEPPER_CONTEXT = "site-pepper"


def names_of(site: str) -> Select[str]:
    """Return the query for the names of a site's peppers in force, the newest first."""
    query = select(SitePepper.name).where(SitePepper.site == site, SitePepper.retired_at.is_(None))
    return query.order_by(SitePepper.version.desc())


def badge_known_by(site: str, digest: str) -> Select[str]:
    """Return the query for the badge that was known by a digest under an earlier pepper."""
    return select(FormerDigest.badge).where(
        FormerDigest.site == site, FormerDigest.digest == digest
    )


class PepperRepository:
    """Queries of one transaction, about one site."""

    def __init__(self, session: AsyncSession, keys: Keys, site: str) -> None:
        self._session, self._keys, self._site = session, keys, site

    async def current(self, *, writing: bool = False) -> Pepper:
        """Return the pepper under which digests and policies stand.

        ``writing``: it stays that until the commit, since a digest under it is to be kept.
        """
        query = select(SitePepper).where(
            SitePepper.site == self._site, SitePepper.retired_at.is_(None)
        )
        query = query.order_by(SitePepper.version.desc())
        if writing:  # all of them, and not only the one: whoever waits here reads them anew
            query = query.with_for_update(read=True).execution_options(populate_existing=True)
        rows = (await self._session.execute(query)).scalars().all()
        row = next((each for each in rows if each.in_use_at is not None), None)
        return await self._first() if row is None else self.opened(row)

    async def in_force(self) -> list[Pepper]:
        """Return the peppers that units are to hold, the newest first."""
        rows = [self.opened(each) for each in await self.rows() if each.retired_at is None]
        return rows or [await self._first()]

    async def rows(self, *, lock: bool = False) -> Sequence[SitePepper]:
        """Return all of them, the newest first; ``lock``: ours until the commit."""
        query = select(SitePepper).where(SitePepper.site == self._site)
        query = query.order_by(SitePepper.version.desc())
        query = query.with_for_update() if lock else query
        query = query.execution_options(populate_existing=True) if lock else query
        return list((await self._session.execute(query)).scalars())

    async def settled(self, now_ms: int) -> Sequence[SitePepper]:
        """Return all, locked; a site that has none has the server's first one now."""
        rows = await self.rows(lock=True)
        if rows:
            return rows
        self.add(await self._first(), 1, now_ms, in_use_at=now_ms)
        await self._session.flush()
        return await self.rows(lock=True)

    def add(
        self, pepper: Pepper, version: int, now_ms: int, *, in_use_at: int | None = None,
        actor: str = "", reason: str = "",
    ) -> None:  # fmt: skip
        """Keep a pepper, sealed."""
        sealed = seal(self._keys.seal_public, pepper.raw, PEPPER_CONTEXT)
        row = SitePepper(
            site=self._site, version=version, name=pepper.name, secret_sealed=sealed,
            created_at=now_ms, in_use_at=in_use_at, actor=actor[:200], reason=reason[:500],
        )  # fmt: skip
        self._session.add(row)

    def opened(self, row: SitePepper) -> Pepper:
        """Return the pepper of a row that is in force."""
        return Pepper(open_sealed(self._keys.sealing, row.secret_sealed or "", PEPPER_CONTEXT))

    async def _first(self) -> Pepper:
        """Return what a site without rows has: the file's, unless a rotation ended that."""
        first = Pepper(self._keys.pepper)
        query = select(SitePepper.site).where(
            SitePepper.name == first.name, SitePepper.retired_at.is_not(None)
        )
        over = (await self._session.execute(query.limit(1))).scalar_one_or_none() is not None
        return own_pepper(self._keys.sealing, self._site) if over else first


async def pepper_of(
    session: AsyncSession, keys: Keys, site: str, *, writing: bool = False
) -> Pepper:
    """Return the pepper under which a site's digests stand; ``writing``: until the commit."""
    return await PepperRepository(session, keys, site).current(writing=writing)


async def former_digests(session: AsyncSession, holder: str) -> list[str]:
    """Return what units knew a holder's badges by under earlier peppers."""
    query = select(FormerDigest.digest).join(Credential, Credential.id == FormerDigest.badge)
    found = await session.execute(query.where(Credential.holder == holder))
    return list(found.scalars())
