"""One badge at several kinds of readers: its numbers are kept, and no two badges share one.

Two badges of different people that give one number cannot be told apart by a door. Such a pair is
never made: neither by a new badge, nor by handing one out, nor by what a space chooses to accept.
A number that is stored as a badge of its own counts as that badge; the same person may have both.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Form, Representation
from loquet_contract.wire.sealing import CannotOpen
from loquet_server.keys import Keys
from loquet_server.models import Credential
from loquet_server.people.derived import Derived
from loquet_server.people.derived_repository import DerivedRepository
from loquet_server.peppers.pepper import Pepper
from loquet_server.peppers.repository import pepper_of


@dataclass(frozen=True, slots=True)
class Collision:
    """Two badges of which a kind of reader makes the same number."""

    one: Credential
    other: Credential
    form: Derived


def number_of(keys: Keys, badge: Credential) -> Representation:
    """Return a badge's stored number; raise CannotOpen."""
    return Representation(Form(badge.form), keys.open_number(badge.number_sealed))


class Deriving:
    """Keeps what readers make of the badges of one space, in one transaction."""

    def __init__(self, session: AsyncSession, keys: Keys, site: str) -> None:
        self._session, self._keys, self._site = session, keys, site
        self._repository = DerivedRepository(session, site)

    async def learn(self, badge: Credential, number: Representation) -> Collision | None:
        """Keep what readers make of a badge that is new or changes hands; or say why not."""
        pepper = await pepper_of(self._session, self._keys, self._site, writing=True)
        wanted = _numbers(pepper, number, await self._repository.forms())
        stored = await self._repository.stored(wanted)
        derived = await self._repository.derived({badge.digest, *wanted})
        for digest, form in wanted.items():
            other = stored.get(digest)
            if other is not None and _apart(badge, other):
                return Collision(badge, other, form)
            other = derived.get(digest)
            if other is not None and other.id != badge.id:
                return Collision(badge, other, form)
        other = derived.get(badge.digest)
        if other is not None and _apart(badge, other):
            form = (await self._repository.of(other.id))[badge.digest]
            return Collision(badge, other, form)
        if wanted:
            await self._session.flush()
            kept = {digest: (badge.id, form) for digest, form in wanted.items()}
            await self._repository.replace(badge.id, kept)
        return None

    async def choose(self, forms: frozenset[Derived]) -> list[Collision]:
        """Accept these kinds of readers from now on; or say which badges they cannot tell apart.

        Where it returns something, nothing is changed.
        """
        badges = await self._repository.badges()
        pepper = await pepper_of(self._session, self._keys, self._site, writing=True)
        found, collisions = await asyncio.to_thread(_all, self._keys, pepper, badges, forms)
        if not collisions:
            await self._repository.choose(sorted(forms))
            await self._repository.replace(None, found)
        return collisions


def _apart(one: Credential, other: Credential) -> bool:
    """True if these are two badges, and not of one person."""
    return one.id != other.id and (one.holder is None or one.holder != other.holder)


def _numbers(
    pepper: Pepper, number: Representation, forms: Iterable[Derived]
) -> dict[str, Derived]:
    made = [(form, form.of(number)) for form in sorted(forms)]
    return {pepper.digest(each): form for form, each in made if each is not None}


def _all(
    keys: Keys, pepper: Pepper, badges: Sequence[Credential], forms: frozenset[Derived]
) -> tuple[Mapping[str, tuple[str, Derived]], list[Collision]]:
    stored = {badge.digest: badge for badge in badges}
    found: dict[str, tuple[Credential, Derived]] = {}
    collisions = []
    for badge in badges if forms else ():
        try:
            number = number_of(keys, badge)
        except CannotOpen:  # of before a loss of keys: no door knows it either
            continue
        for digest, form in _numbers(pepper, number, forms).items():
            other = stored.get(digest)
            before = found.get(digest)
            if other is not None and _apart(badge, other):
                collisions.append(Collision(badge, other, form))
            elif before is not None:
                collisions.append(Collision(badge, before[0], form))
            else:
                found[digest] = (badge, form)
    return {digest: (badge.id, form) for digest, (badge, form) in found.items()}, collisions
