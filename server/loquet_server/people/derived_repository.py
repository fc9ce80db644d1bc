"""What a space's readers make of badges: which kinds count, and whose each number is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import Credential, DerivedForm, DerivedNumber
from loquet_server.people.derived import Derived

SOME = 500
"""Digests asked for, and rows written, at once."""


class DerivedRepository:
    """Queries of one transaction, about one space."""

    def __init__(self, session: AsyncSession, site: str) -> None:
        self._session, self._site = session, site

    async def forms(self) -> frozenset[Derived]:
        """Return which kinds of readers count here."""
        query = select(DerivedForm.form).where(DerivedForm.site == self._site)
        return frozenset(Derived(form) for form in (await self._session.execute(query)).scalars())

    async def choose(self, forms: Iterable[Derived]) -> None:
        """Note which kinds count from now on."""
        await self._session.execute(delete(DerivedForm).where(DerivedForm.site == self._site))
        self._session.add_all(DerivedForm(site=self._site, form=form.value) for form in forms)

    async def badges(self) -> Sequence[Credential]:
        """Return all badges, by id."""
        query = select(Credential).where(Credential.site == self._site).order_by(Credential.id)
        return list((await self._session.execute(query)).scalars())

    async def stored(self, digests: Iterable[str]) -> dict[str, Credential]:
        """Return the badges that are stored under these numbers, by digest."""
        found: dict[str, Credential] = {}
        for some in _some(digests):
            query = select(Credential).where(
                Credential.site == self._site, Credential.digest.in_(some)
            )
            found |= {row.digest: row for row in (await self._session.execute(query)).scalars()}
        return found

    async def derived(self, digests: Iterable[str]) -> dict[str, Credential]:
        """Return the badges of which readers make these numbers, by digest."""
        found: dict[str, Credential] = {}
        for some in _some(digests):
            query = (
                select(DerivedNumber.digest, Credential)
                .join(Credential, Credential.id == DerivedNumber.badge)
                .where(DerivedNumber.site == self._site, DerivedNumber.digest.in_(some))
            )
            rows = (await self._session.execute(query)).all()
            found |= {row.digest: row.Credential for row in rows}
        return found

    async def of(self, badge: str) -> dict[str, Derived]:
        """Return what readers make of one badge: digests, with the kind of each."""
        query = select(DerivedNumber.digest, DerivedNumber.form).where(
            DerivedNumber.site == self._site, DerivedNumber.badge == badge
        )
        rows = (await self._session.execute(query)).all()
        return {row.digest: Derived(row.form) for row in rows}

    async def replace(self, badge: str | None, numbers: Mapping[str, tuple[str, Derived]]) -> None:
        """Keep these numbers (digest: badge, kind) of one badge, of all if None, and no others."""
        old = delete(DerivedNumber).where(DerivedNumber.site == self._site)
        if badge is not None:
            old = old.where(DerivedNumber.badge == badge)
        await self._session.execute(old)
        rows = [
            {"site": self._site, "digest": digest, "badge": whose, "form": form.value}
            for digest, (whose, form) in sorted(numbers.items())
        ]
        for at in range(0, len(rows), SOME):
            await self._session.execute(insert(DerivedNumber), rows[at : at + SOME])


def _some(digests: Iterable[str]) -> Iterator[list[str]]:
    left = sorted(set(digests))
    for at in range(0, len(left), SOME):
        yield left[at : at + SOME]
