"""Finding people and what is theirs, for whoever may see them."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import Invalid, NoSpace, NotFound
from loquet_server.models import BadgeEnrolment, Credential, Holder, Organisation, Passage, Site
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.who import Actor, own

FREE = ("stock", "returned")
"""In which states a badge can be handed out."""
Row = TypeVar("Row", Holder, Organisation, Credential)


class PeopleRepository:
    """Queries of one transaction, each within what the actor sees."""

    def __init__(self, session: AsyncSession, actor: Actor) -> None:
        self._session = session
        self._actor = actor

    async def site(self, wanted: str | None = None) -> Site:
        """Return the wanted site, or the actor's first; raise NotFound or Invalid."""
        if wanted is not None:
            found = await self._session.get(Site, wanted)
            if found is None or not self._actor.sees(found.id):
                raise Invalid(f"there is no site {wanted!r}")
            return found
        query = select(Site).order_by(Site.id).limit(1)
        if self._actor.site is not None:
            query = query.where(Site.id == self._actor.site)
        first = (await self._session.execute(query)).scalar_one_or_none()
        if first is None:
            raise NoSpace("there is no space yet; set one up first")
        return first

    async def site_of(self, site: str) -> Site:
        """Return the site that a row names."""
        return (await self._session.execute(select(Site).where(Site.id == site))).scalar_one()

    async def member(self, holder: str) -> Holder:
        """Return a member or a guest; raise NotFound, also for one of another site."""
        return await self._one(Holder, holder, "member")

    async def organisation(self, organisation: str) -> Organisation:
        """Return an organisation; raise NotFound, also for one of another site."""
        return await self._one(Organisation, organisation, "organisation")

    async def badge(self, badge: str) -> Credential:
        """Return a badge; raise NotFound, also for one of another site."""
        return await self._one(Credential, badge, "badge")

    async def _one(self, model: type[Row], name: str, noun: str) -> Row:
        found = await self._session.get(model, name)
        if found is None:
            raise NotFound(f"there is no {noun} {name!r}")
        own(self._actor, found.site, f"{noun} {name!r}")
        return found

    async def free(self, site: str) -> Sequence[Credential]:
        """Return badges that can be handed out."""
        query = (
            select(Credential)
            .where(Credential.site == site, Credential.status.in_(FREE))
            .order_by(Credential.label, Credential.id)
            .limit(200)
        )
        return list((await self._session.execute(query)).scalars())

    async def badges_with(self, digests: Iterable[str], site: str) -> dict[str, Credential]:
        """Return the badges of these numbers, by digest; also of what readers of a site make."""
        wanted = sorted(digests)
        query = select(Credential).where(Credential.digest.in_(wanted))
        rows = (await self._session.execute(query)).scalars()
        derived = await DerivedRepository(self._session, site).derived(wanted)
        return derived | {row.digest: row for row in rows}

    async def locked(self, badge: str) -> Credential:
        """Return a badge as it is now, and keep others from changing it meanwhile."""
        query = select(Credential).where(Credential.id == badge).with_for_update()
        query = query.execution_options(populate_existing=True)
        return (await self._session.execute(query)).scalar_one()

    async def add_badge(self, row: Credential) -> bool:
        """Store a new badge; False if somebody else has just stored the same number."""
        try:
            async with self._session.begin_nested():
                self._session.add(row)
        except IntegrityError:
            return False
        return True

    async def forget_tap(self, site: str, digest: str, now_ms: int) -> None:
        """Forget the sealed number of a badge that is known now; who waited for it has it."""
        quiet = {"synchronize_session": False}
        taps = update(Passage).where(Passage.site == site, Passage.credential == digest)
        await self._session.execute(taps.values(sealed=None).execution_options(**quiet))
        waited = update(BadgeEnrolment).where(
            BadgeEnrolment.site == site, BadgeEnrolment.digest == digest
        )
        await self._session.execute(waited.values(used_at=now_ms).execution_options(**quiet))
