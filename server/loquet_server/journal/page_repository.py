"""Queries of the journal page: newest first, page by page, by key and never by offset."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.events import ALARMS, KINDS
from loquet_server.models import BootClock, Desk, Door, Entry, Holder, Passage, Site, Unit

PAGE = 50
DECISIONS = frozenset({"access_granted", "access_denied"})
"""Facts that a rule decided, and that can be explained."""
GROUPS: dict[str, frozenset[str]] = {
    "access": frozenset(kind for kind in KINDS if kind.startswith("access_")),
    "doors": frozenset(
        kind for kind in KINDS if kind.startswith(("door_", "exit_", "lock", "fire_"))
    ),
    "desks": frozenset(kind for kind in KINDS if kind.startswith("desk_")),
    "alarms": ALARMS,
}
GROUPS["units"] = frozenset(KINDS).difference(
    *(GROUPS[each] for each in ("access", "doors", "desks"))
)


@dataclass(frozen=True, slots=True)
class Key:
    """Where a page begins: strictly older than this entry."""

    utc: int
    journal: str
    sequence: int

    @classmethod
    def parse(cls, text: str) -> "Key | None":
        """Return the key that ``text`` writes, or None."""
        parts = text.split("~")
        if len(parts) != 3 or not (parts[0].isdecimal() and parts[2].isdecimal()):
            return None
        if max(len(parts[0]), len(parts[2])) > 18:
            return None
        return cls(int(parts[0]), parts[1], int(parts[2]))

    @classmethod
    def of(cls, entry: Entry) -> "Key":
        """Return the key after which the next page begins."""
        return cls(entry.utc, entry.journal, entry.sequence)

    def __str__(self) -> str:
        return f"{self.utc}~{self.journal}~{self.sequence}"


@dataclass(frozen=True, slots=True)
class Filters:
    """What to show; empty means everything."""

    group: str = ""
    unit: str = ""
    before: Key | None = None
    site: str | None = None


class JournalPageRepository:
    """Reads entries, and the names that stand in them."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def site(self, site: str | None = None) -> Site | None:
        """Return a site, or the first, or None."""
        query = select(Site).order_by(Site.id).limit(1)
        if site is not None:
            query = query.where(Site.id == site)
        return (await self._session.execute(query)).scalar_one_or_none()

    async def entries(self, filters: Filters) -> tuple[list[Entry], Key | None]:
        """Return one page, and where the next one begins (None: there is none)."""
        query = _filtered(select(Entry), filters)
        query = query.order_by(Entry.utc.desc(), Entry.journal.desc(), Entry.sequence.desc())
        found = list((await self._session.execute(query.limit(PAGE + 1))).scalars().all())
        return found[:PAGE], Key.of(found[PAGE - 1]) if len(found) > PAGE else None

    async def passages(self, entries: Sequence[Entry]) -> dict[tuple[str, int], int]:
        """Return the passages that refusals and grants among entries are: by their key."""
        keys = [(each.journal, each.sequence) for each in entries if each.kind in DECISIONS]
        journals, sequences = {key[0] for key in keys}, {key[1] for key in keys}
        query = select(Passage.journal, Passage.sequence, Passage.id).where(
            Passage.journal.in_(sorted(journals)), Passage.sequence.in_(sorted(sequences))
        )
        rows = (await self._session.execute(query)).all() if keys else ()
        return {(row.journal, row.sequence): row.id for row in rows}

    async def clocks(self, entries: Sequence[Entry]) -> dict[tuple[str, str], BootClock]:
        """Return what is known of the clocks of boots whose times were not sure, by their key."""
        unsure = [each for each in entries if not each.trusted]
        journals, boots = {each.journal for each in unsure}, {each.boot for each in unsure}
        query = select(BootClock).where(
            BootClock.journal.in_(sorted(journals)), BootClock.boot.in_(sorted(boots))
        )
        rows = (await self._session.execute(query)).scalars() if unsure else ()
        return {(row.journal, row.boot): row for row in rows}

    async def on_no_day(self, site: str | None) -> int:
        """Count the passages of which nobody can say on which day they were."""
        query = select(func.count()).where(Passage.day == "", Passage.outcome == "taken")
        if site is not None:
            query = query.where(Passage.site == site)
        return int((await self._session.execute(query)).scalar_one())

    async def names(
        self, bodies: Sequence[Mapping[str, str]], site: str | None = None
    ) -> dict[str, dict[str, str]]:
        """Return names by id: of all units, and of the doors, desks and holders in bodies."""
        query = select(Unit.id, Unit.name)
        if site is not None:
            query = query.where(Unit.site == site)
        units = (await self._session.execute(query)).all()
        found = {"unit": {row.id: row.name for row in units}}
        for noun, table, fields in (
            ("door", Door, ("door",)), ("desk", Desk, ("desk",)),
            ("holder", Holder, ("holder", "by")),
        ):  # fmt: skip
            wanted = {body[field] for body in bodies for field in fields if field in body}
            query = select(table.id, table.name).where(table.id.in_(sorted(filter(_plain, wanted))))
            rows = (await self._session.execute(query)).all()
            found[noun] = {row.id: row.name for row in rows}
        return found


def _plain(text: str) -> bool:
    """Return whether a unit's word may be an id; not all text can be asked of a database."""
    return len(text) <= 64 and text.isprintable()


def _filtered(query: Select[Entry], filters: Filters) -> Select[Entry]:
    if filters.group in GROUPS:
        query = query.where(Entry.kind.in_(sorted(GROUPS[filters.group])))
    if filters.unit:
        query = query.where(Entry.unit == filters.unit)
    if filters.site is not None:
        query = query.where(Entry.unit.in_(select(Unit.id).where(Unit.site == filters.site)))
    key = filters.before
    if key is None:
        return query
    return query.where(
        or_(
            Entry.utc < key.utc,
            and_(Entry.utc == key.utc, Entry.journal < key.journal),
            and_(Entry.utc == key.utc, Entry.journal == key.journal, Entry.sequence < key.sequence),
        )
    )
