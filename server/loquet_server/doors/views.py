"""Doors and the ways through them, in words."""

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import AntiPassback, UntrustedClock
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.schemas import PinAsked
from loquet_server.models import AccessPoint, Audit, Door, DoorState, Lockdown, UnitState
from loquet_server.timetable.repository import OUTSIDE
from loquet_server.timetable.space import Space
from loquet_server.web.i18n import N_, Translations

ASSURANCE: Final = {
    Assurance.UID: N_("Any badge, by its number"),
    Assurance.AUTHENTICATED: N_("Only badges with a secret key"),
}
CLOCK: Final = {
    UntrustedClock.ALWAYS_ONLY: N_("Only who may come day and night"),
    UntrustedClock.REFUSE: N_("Nobody comes in by badge"),
    UntrustedClock.IGNORE_HOURS: N_("Hours are not looked at"),
}
ANTI_PASSBACK: Final = {
    None: N_("Off"),
    AntiPassback.SOFT: N_("Let in, and note it"),
    AntiPassback.TIMED: N_("Refuse for some minutes"),
    AntiPassback.HARD: N_("Refuse until seen leaving"),
}


PIN: Final = {
    PinAsked.NEVER: N_("Never: the badge is enough"),
    PinAsked.ALWAYS: N_("Always"),
    PinAsked.OUTSIDE: N_("Always, but in these hours"),
}


@dataclass(frozen=True, slots=True)
class WayView:
    """One direction through a door."""

    id: str
    exit: bool
    text: str
    assurance: str
    copies: bool
    chosen_by: str
    chosen_at: int | None
    clock: str
    anti_passback: str
    pin: str


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door in the list."""

    door: Door
    state: DoorState | None
    ways: list[str]
    unit: str
    online: bool
    shut_out_at: int | None
    """When its unit was shut out: since then nothing drives this door."""
    hours: str
    lockdown: Lockdown | None


async def lines(session: AsyncSession, space: Space) -> list[DoorLine]:
    """Return the doors of a space, by rank."""
    repository = DoorRepository(session)
    names = await area_names(session, space)
    units = await repository.units(space.site.id)
    schedules = await repository.schedules(space.site.id)
    held = {each.door: each for each in await repository.lockdowns(space.site.id)}
    through: dict[str, list[str]] = {}
    for way in await repository.all_ways(space.site.id):
        through.setdefault(way.door, []).append(way_text(way, names))
    found = []
    for door, state in await repository.all(space.site.id):
        unit, said = units.get(door.unit or "", (None, None))
        found.append(
            DoorLine(
                door,
                state,
                through.get(door.id, []),
                "" if unit is None else unit.name,
                is_online(said),
                None if unit is None else unit.revoked_at,
                schedules.get(door.unlock_schedule or "", ""),
                held.get(door.id),
            )
        )
    return found


async def ways(session: AsyncSession, space: Space, door: Door) -> list[WayView]:
    """Return the ways through a door."""
    repository = DoorRepository(session)
    names = await area_names(session, space)
    rows = await repository.ways(door.id)
    chosen = await repository.chosen([row.id for row in rows])
    schedules = await repository.schedules(door.site)
    return [
        replace(_way(row, names, chosen.get(row.id), space.texts), pin=_pin(row, schedules, space))
        for row in rows
    ]


async def area_names(session: AsyncSession, space: Space) -> dict[str, str]:
    """Return the names of areas, also of the outside."""
    areas = {area.id: area.name for area in await DoorRepository(session).areas(space.site.id)}
    return {OUTSIDE: space.texts.gettext("outside"), **areas}


def way_text(way: AccessPoint, names: dict[str, str]) -> str:
    """Return a direction, such as outside → Hall."""
    return f"{names.get(way.area_from, way.area_from)} → {names.get(way.area_to, way.area_to)}"


def is_online(state: UnitState | None) -> bool:
    """Return whether a unit is connected."""
    return state is not None and state.online


def _way(
    row: AccessPoint, names: dict[str, str], chosen: Audit | None, texts: Translations
) -> WayView:
    softness = None if row.anti_passback is None else AntiPassback(row.anti_passback)
    said = texts.gettext(ANTI_PASSBACK[softness])
    if softness is AntiPassback.TIMED and row.anti_passback_minutes:
        minutes = texts.ngettext("%(num)s minute", "%(num)s minutes", row.anti_passback_minutes)
        said = f"{said} ({minutes % {'num': row.anti_passback_minutes}})"
    return WayView(
        row.id,
        row.exit,
        way_text(row, names),
        texts.gettext(ASSURANCE[Assurance(row.minimum_assurance)]),
        row.minimum_assurance == Assurance.UID,
        "" if chosen is None else chosen.actor,
        None if chosen is None else chosen.at,
        texts.gettext(CLOCK[UntrustedClock(row.untrusted_clock)]),
        said,
        "",
    )


def _pin(row: AccessPoint, schedules: dict[str, str], space: Space) -> str:
    """Return when a way asks for a PIN; nothing where it never does."""
    asked, texts = PinAsked(row.pin), space.texts
    if asked is PinAsked.NEVER:
        return ""
    if asked is PinAsked.ALWAYS:
        return texts.gettext("Badge and PIN")
    name = schedules.get(row.badge_alone or "", "")
    return texts.gettext("Badge and PIN, but within “%(name)s”") % {"name": name}
