"""Facts that other programs want to hear of, written in the transaction of the facts."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from loquet_server.hooks.incidents import ended, opened
from loquet_server.hooks.outbox import Notice, iso, notices, subscribed
from loquet_server.ingest.world import World
from loquet_server.models import Desk, UnitState


def tell(session: Session, world: World, turned: Mapping[str, UnitState], sites: Mapping[str, str],
         now_ms: int) -> None:  # fmt: skip
    """Tell of all that a transaction changed; asks nothing if nobody wants to hear.

    ``turned``: units that came or went, as they stand now; ``sites``: whose they are.
    """
    if not (world.opened or world.over or world.desks_before or world.lifted or turned):
        return
    hooks = subscribed(session)
    if hooks:
        found = [
            *opened(world.opened),
            *ended(world.over),
            *_desks(session, world),
            *_units(turned, sites),
            *_lockdowns(world),
        ]
        notices(session, found, now_ms, hooks)


def _desks(session: Session, world: World) -> Iterator[Notice]:
    """A desk assigned to one person tells when that person is there, so it is left out."""
    changed = [
        desk for desk, before in world.desks_before.items() if world.desk_rows[desk].state != before
    ]
    if not changed:
        return
    query = select(Desk.id).where(Desk.id.in_(changed), Desk.assigned_holder.is_not(None))
    assigned = set(session.execute(query).scalars())
    for desk in sorted(set(changed) - assigned):
        site, _, area = world.desks[desk]
        row = world.desk_rows[desk]
        since = iso(row.since) if row.since else None
        data = {"site": site, "area": area, "desk": desk, "state": row.state, "since": since}
        yield Notice(site, "desk.changed", data)


def _units(turned: Mapping[str, UnitState], sites: Mapping[str, str]) -> Iterator[Notice]:
    for unit, row in turned.items():
        kind = "unit.online" if row.online else "unit.offline"
        yield Notice(sites[unit], kind, {"site": sites[unit], "unit": unit})


def _lockdowns(world: World) -> Iterator[Notice]:
    """Those lifted on the spot; what is ordered from a page is told by the doors' own room."""
    for lockdown, door in world.lifted_here:
        place = world.doors.get(door)
        if place is not None:
            data = {"site": place.site, "door": door, "lockdown": lockdown}
            yield Notice(place.site, "lockdown.lifted", data)
