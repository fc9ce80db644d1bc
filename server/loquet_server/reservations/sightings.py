"""Who came: passages into booked rooms, badges and sensors at booked desks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.codec import MalformedMessage, parse
from loquet_server.models import Booking, DeskState, Entry, Passage, UnitState
from loquet_server.reservations.attendance import MINUTE_MS
from loquet_server.reservations.rules import Kind

OCCUPIED, BADGED = "desk_occupied", "desk_badged"
_SEATED = ("occupied", "away")


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody at a place (an area or a desk), at an instant; ``holder`` None: by a sensor."""

    place: str
    at: int
    holder: str | None
    by: str


class SightingRepository:
    """Queries of one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def online(self, site_units: Iterable[str]) -> set[str]:
        """Return which of these units are in touch."""
        query = select(UnitState.unit).where(
            UnitState.unit.in_(set(site_units)), UnitState.online.is_(True)
        )
        return set((await self._session.execute(query)).scalars())

    async def desks(self, desks: Iterable[str]) -> dict[str, DeskState]:
        """Return how these desks stand now."""
        query = select(DeskState).where(DeskState.desk.in_(set(desks)))
        return {row.desk: row for row in (await self._session.execute(query)).scalars()}

    async def passages(self, areas: Iterable[str], first_ms: int, last_ms: int) -> list[Seen]:
        """Return who went into these areas."""
        query = (
            select(Passage.area_to, Passage.at, Passage.holder)
            .where(
                Passage.area_to.in_(set(areas)),
                Passage.outcome == "taken",
                Passage.at >= first_ms,
                Passage.at < last_ms,
                Passage.holder.is_not(None),
            )
            .order_by(Passage.at)
        )
        rows = (await self._session.execute(query)).all()
        return [Seen(str(row[0]), row[1], row[2], "badge") for row in rows]

    async def at_desks(self, desks: Iterable[str], first_ms: int, last_ms: int) -> list[Seen]:
        """Return who badged at these desks, and when their sensors saw somebody."""
        wanted = set(desks)
        query = (
            select(Entry.kind, Entry.utc, Entry.body)
            .where(Entry.utc >= first_ms, Entry.utc < last_ms, Entry.kind.in_((OCCUPIED, BADGED)))
            .order_by(Entry.utc)
        )
        found = []
        for kind, utc, body in (await self._session.execute(query)).all():
            desk, holder = _said(body)
            if desk in wanted:
                by_badge = kind == BADGED
                seen = Seen(desk, utc, holder if by_badge else None, _by(by_badge))
                found.append(seen)
        return found


def _by(by_badge: bool) -> str:
    return "badge" if by_badge else "sensor"


def _said(body: str) -> tuple[str, str | None]:
    """Return desk and holder of a fact; nothing of one that cannot be read."""
    try:
        found = parse(body)
    except MalformedMessage:
        return "", None
    if not isinstance(found, dict):
        return "", None
    holder = found.get("holder")
    return str(found.get("desk", "")), None if holder is None else str(holder)


def first_seen(
    row: Booking, people: Iterable[str], seen: Sequence[Seen], desk: DeskState | None
) -> Seen | None:
    """Return who came first to a booking; pure.

    A badge counts if it is of whoever booked or comes along; a sensor cannot tell.
    """
    opens, wanted = row.starts_at - row.lead * MINUTE_MS, set(people)
    found = [
        each
        for each in seen
        if each.place == row.resource
        and opens <= each.at < row.ends_at
        and (each.holder in wanted or (each.holder is None and row.kind == Kind.DESK))
    ]
    if row.kind == Kind.DESK and desk is not None and desk.state in _SEATED and desk.since:
        at = max(desk.since, opens)
        if at < row.ends_at:
            found.append(Seen(row.resource, at, None, "sensor"))
    return min(found, key=lambda each: each.at, default=None)


def left_at(
    came: int | None, free_after: int | None, desk: DeskState | None, now_ms: int
) -> int | None:
    """Return when a desk counts as left for good; None while it does not. Pure."""
    if came is None or free_after is None or desk is None or desk.state != "free":
        return None
    until = desk.since + free_after * MINUTE_MS
    return until if desk.since > came and until <= now_ms else None


def watched(
    row: Booking, units: Iterable[str], online: set[str], desks: Mapping[str, DeskState]
) -> bool:
    """True if whatever would have seen somebody is in touch; pure."""
    if not online.issuperset(units):
        return False
    desk = desks.get(row.resource) if row.kind == Kind.DESK else None
    return row.kind != Kind.DESK or (desk is not None and desk.state != "unknown")
