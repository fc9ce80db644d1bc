"""Reads the house; desks that are assigned to one person are left out: home automation keeps a
history of everything."""

from importlib.metadata import version

from sqlalchemy import select
from sqlalchemy.orm import Session

from loquet_contract.wire.messages import AreaCounts
from loquet_server.areas.counts import area_counts
from loquet_server.areas.topics import one_persons
from loquet_server.homeassistant.house import AreaThing, DeskThing, DoorThing, House, UnitThing
from loquet_server.models import Area, Desk, DeskState, Door, DoorState, Site, Unit, UnitState
from loquet_server.web.i18n import DEFAULT, LANGUAGES

_COUNTS = ("desks_free", "desks_occupied", "desks_away", "desks_unknown")
_PEOPLE = ("present", "present_low", "present_high", "seen_today")


def read_house(session: Session, site: str, server: str, url: str, now_ms: int) -> House | None:
    """Return a space as it stands; None if there is no such space."""
    row = session.get(Site, site)
    if row is None:
        return None
    units = _units(session, site)
    return House(
        server, site, row.name, row.locale if row.locale in LANGUAGES else DEFAULT,
        version("loquet"), url, units, _doors(session, site),
        _areas(session, site, {each.id for each in units if each.online}, now_ms),
    )  # fmt: skip


def _units(session: Session, site: str) -> tuple[UnitThing, ...]:
    query = (
        select(Unit.id, Unit.name, UnitState.online)
        .outerjoin(UnitState, UnitState.unit == Unit.id)
        .where(Unit.site == site, Unit.revoked_at.is_(None))
        .order_by(Unit.id)
    )
    return tuple(UnitThing(row.id, row.name, bool(row.online)) for row in session.execute(query))


def _doors(session: Session, site: str) -> tuple[DoorThing, ...]:
    query = (
        select(Door, DoorState)
        .outerjoin(DoorState, DoorState.door == Door.id)
        .where(Door.site == site)
        .order_by(Door.rank, Door.id)
    )
    return tuple(
        DoorThing(
            door.id, door.name, door.unit, door.has_contact,
            "unknown" if state is None else state.lock,
            "unknown" if state is None else state.leaf,
            None if state is None else state.alarm,
        )
        for door, state in session.execute(query)
    )  # fmt: skip


def _areas(session: Session, site: str, online: set[str], now_ms: int) -> tuple[AreaThing, ...]:
    query = select(Area).where(Area.site == site).order_by(Area.rank, Area.id)
    counts = {str(each.area): each for each in area_counts(session, now_ms, site=site)}
    alone, desks = one_persons(session), _desks(session, site, online)
    return tuple(
        AreaThing(
            area.id, area.name, area.exit_sensing,
            area.id in desks and area.id not in alone,
            _numbers(counts[area.id], desks=area.id not in alone),
            tuple(desks.get(area.id, ())),
        )
        for area in session.execute(query).scalars()
        if area.id in counts
    )  # fmt: skip


def _numbers(found: AreaCounts, *, desks: bool) -> dict[str, int | None]:
    names = (*(_COUNTS if desks else ()), *_PEOPLE)
    return {name: getattr(found, name) for name in names}


def _desks(session: Session, site: str, online: set[str]) -> dict[str, list[DeskThing]]:
    query = (
        select(Desk, DeskState.state)
        .outerjoin(DeskState, DeskState.desk == Desk.id)
        .where(Desk.site == site, Desk.assigned_holder.is_(None))
        .order_by(Desk.rank, Desk.id)
    )
    found: dict[str, list[DeskThing]] = {}
    for desk, state in session.execute(query):
        known = state if desk.unit in online and state is not None else "unknown"
        found.setdefault(desk.area, []).append(DeskThing(desk.id, desk.name, desk.unit, known))
    return found
