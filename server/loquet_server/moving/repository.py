"""What the publisher of moving facts asks the database."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from loquet_server.dialect import insert, upsert
from loquet_server.models import MovingFact, MovingHead, Unit

SOME = 500

# Built once: to build them anew costs more than what they ask, and every tap asks.
_HEAD = (
    select(MovingHead)
    .where(MovingHead.site == bindparam("of_site"))
    .with_for_update()
    .execution_options(populate_existing=True)
)
_VALUES = select(MovingFact.key, MovingFact.value).where(
    MovingFact.site == bindparam("of_site"),
    MovingFact.key.in_(bindparam("keys", expanding=True)),
)


class MovingRepository:
    """Queries of one transaction, in plain, blocking code."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def head(self, site: str) -> MovingHead:
        """Return the site's head; it is ours until the commit."""
        asked = {"of_site": site}
        found = self._session.execute(_HEAD, asked).scalar_one_or_none()
        if found is None:
            new = insert(self._session, MovingHead).values(site=site, version=0)
            self._session.execute(new.on_conflict_do_nothing())
            found = self._session.execute(_HEAD, asked).scalar_one()
        return found

    def version(self, site: str) -> int:
        """Return the version of a site's facts; 0 if there are none yet."""
        query = select(MovingHead.version).where(MovingHead.site == site)
        return self._session.execute(query).scalar_one_or_none() or 0

    def values(self, site: str, keys: Iterable[str]) -> dict[str, Any]:
        """Return what is told now under these keys; nothing for what never was."""
        found: dict[str, Any] = {}
        for some in _some(keys):
            for key, value in self._session.execute(_VALUES, {"of_site": site, "keys": some}):
                found[key] = value
        return found

    def since(self, site: str, version: int, most: int | None = None) -> Sequence[tuple[str, Any]]:
        """Return what changed after a version (at most so many), in order of the keys."""
        query = (
            select(MovingFact.key, MovingFact.value)
            .where(MovingFact.site == site, MovingFact.version > version)
            .order_by(MovingFact.key)
        )
        if most is not None:
            query = query.limit(most)
        return [(key, value) for key, value in self._session.execute(query)]

    def write(self, site: str, version: int, facts: dict[str, Any]) -> None:
        """Store facts as of a version."""
        rows = [
            {"site": site, "key": key, "value": value, "version": version}
            for key, value in facts.items()
        ]
        upsert(self._session, MovingFact, ["site", "key"], rows)

    def units(self, site: str) -> Sequence[str]:
        """Return the units of a site that can hear."""
        query = select(Unit.id).where(
            Unit.site == site, Unit.revoked_at.is_(None), Unit.public_key.is_not(None)
        )
        return list(self._session.execute(query.order_by(Unit.id)).scalars())


def _some(keys: Iterable[str]) -> Iterable[list[str]]:
    left = sorted(keys)
    for at in range(0, len(left), SOME):
        yield left[at : at + SOME]
