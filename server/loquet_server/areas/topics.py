"""What is published of areas and desks without identity, retained for displays and automation.

A desk that is assigned to one person says when that person is there. So such desks are left
out, and so are the counts of an area that has no other: its people may still be published.
"""

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from loquet_contract.ids import AreaId, DeskId, SiteId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from loquet_contract.wire.messages import AreaCounts
from loquet_contract.wire.messages import DeskState as DeskMessage
from loquet_server.models import Booking, Desk, DeskState, UnitState
from loquet_server.publication import Publication

MINUTE_MS = 60_000

# Built once: to build them anew costs more than what they ask, and every tap asks.
_ALONE = (
    select(Desk.area)
    .group_by(Desk.area)
    .having(func.count() == 1, func.max(Desk.assigned_holder).is_not(None))
)
_RESERVED = (
    select(Desk.area, func.count(func.distinct(Desk.id)))
    .join(DeskState, DeskState.desk == Desk.id)
    .join(Booking, Booking.resource == Desk.id)
    .where(
        Desk.area.in_(bindparam("areas", expanding=True)), DeskState.state == "free",
        Booking.kind == "desk", Booking.state == "booked", Booking.free_at > bindparam("now"),
        Booking.starts_at - Booking.lead * MINUTE_MS <= bindparam("now"),
    )
    .group_by(Desk.area)
)  # fmt: skip
_DESKS = (
    select(Desk, DeskState, UnitState.online)
    .outerjoin(DeskState, DeskState.desk == Desk.id)
    .outerjoin(UnitState, UnitState.unit == Desk.unit)
    .where(Desk.id.in_(bindparam("desks", expanding=True)))
    .order_by(Desk.id)
)


def one_persons(session: Session) -> set[str]:
    """Return the areas whose only desk is assigned to one person."""
    return set(session.execute(_ALONE).scalars())


def of_counts(session: Session, counts: Iterable[AreaCounts]) -> list[Publication]:
    """Return counts of areas as they may be published, to be retained."""
    found = list(counts)
    alone, held = one_persons(session), _reserved(session, found)
    shown = (
        _without_desks(each) if each.area in alone
        else replace(each, desks_reserved=held.get(each.area, 0))
        for each in found
    )  # fmt: skip
    return [
        Publication(topics.area_counts(each.site, each.area), encode(each), True) for each in shown
    ]


def _reserved(session: Session, counts: Iterable[AreaCounts]) -> dict[str, int]:
    """Return how many free desks a booking holds, or is about to, by area."""
    utc = {str(each.area): each.utc for each in counts}
    if not utc:
        return {}
    asked = {"areas": list(utc), "now": max(utc.values())}
    return {area: count for area, count in session.execute(_RESERVED, asked)}  # noqa: C416


def of_desks(session: Session, desks: Iterable[str]) -> list[Publication]:
    """Return how these desks stand, to be retained; nothing stands for an assigned one.

    A desk of a unit that is not connected is unknown, whatever was said of it last.
    """
    return [_desk(*row) for row in session.execute(_DESKS, {"desks": list(desks)})]


def desks_of_units(session: Session, units: Iterable[str]) -> list[str]:
    """Return the desks of these units."""
    query = select(Desk.id).where(Desk.unit.in_(list(units)))
    return list(session.execute(query).scalars())


def _desk(desk: Desk, state: DeskState | None, online: bool | None) -> Publication:
    site, area, name = SiteId(desk.site), AreaId(desk.area), DeskId(desk.id)
    topic = topics.desk_state(site, area, name)
    if desk.assigned_holder is not None:
        return Publication(topic, "", True)
    if state is None or not online:
        return Publication(topic, encode(DeskMessage(site, area, name, "unknown", 0)), True)
    said = DeskMessage(site, area, name, state.state, state.since)
    return Publication(topic, encode(said), True)


def _without_desks(found: AreaCounts) -> AreaCounts:
    return replace(
        found, desks_free=0, desks_occupied=0, desks_unknown=0, desks_away=None,
        desks_reserved=None,
    )  # fmt: skip
