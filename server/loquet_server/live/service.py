"""From rows to what the live page shows; no words yet, those come with the language."""

import math
from collections.abc import Set

from loquet_server.days import day_of
from loquet_server.live.repository import SHOWN_PASSAGES, Gathered, LiveRepository, Rows
from loquet_server.live.schemas import (
    AreaView,
    DeskView,
    DoorView,
    IncidentView,
    LiveView,
    LockdownView,
    PassageView,
    PeopleView,
    SpaceView,
    UnitView,
    count_desks,
)
from loquet_server.models import (
    Area,
    AreaDay,
    Desk,
    DeskState,
    Door,
    DoorState,
    Incident,
    Lockdown,
    Passage,
    Site,
)
from loquet_server.web.reading import Clock, Reading

MISSED_CROSSINGS = 0.05
"""Share of crossings that a sensed door may miss or count twice: two people on one badge."""


class LiveService:
    """Reads the live view of a space."""

    def __init__(self, reading: Reading, clock: Clock) -> None:
        self._reading = reading
        self._clock = clock

    async def view(self) -> LiveView | None:
        """Return what the page shows now; None when no space has been set up."""
        now = self._clock()
        async with self._reading() as session:
            repository = LiveRepository(session)
            site = await repository.site()
            if site is None:
                return None
            gathered = await repository.gather(site.id, day_of(now, site.timezone))
        return assemble(site, gathered, now)


def assemble(site: Site, gathered: Gathered, now: int) -> LiveView:
    """Return the view of what was gathered."""
    names = {row.Door.id: row.Door.name for row in gathered.doors}
    units = {row.Unit.id: row.Unit.name for row in gathered.units}
    areas = {area.id: area.name for area in gathered.areas}
    passages = tuple(_passage(row.Passage, row.name, names, areas) for row in gathered.passages)
    online = {row.Unit.id for row in gathered.units if row.UnitState and row.UnitState.online}
    return LiveView(
        space=SpaceView(site.id, site.name, site.timezone, site.contact),
        now=now,
        areas=tuple(_area(area, gathered, online) for area in gathered.areas),
        doors=tuple(
            _door(
                row.Door,
                row.DoorState,
                gathered.lockdowns.get(row.Door.id),
                next((p for p in passages if p.door == row.Door.id), None),
                row.Door.unit in online,
            )
            for row in gathered.doors
        ),
        units=_units(gathered.units),
        incidents=tuple(_incident(incident, names, units) for incident in gathered.incidents),
        passages=passages[:SHOWN_PASSAGES],
    )


def _area(area: Area, gathered: Gathered, online: Set[str]) -> AreaView:
    desks = tuple(
        _desk(row.Desk, row.DeskState, row.Desk.unit in online)
        for row in gathered.desks
        if row.Desk.area == area.id
    )
    occupied = count_desks(desks).occupied
    people = people_in(area.exit_sensing, gathered.days.get(area.id), occupied)
    return AreaView(area.id, area.name, area.exit_sensing, people, desks)


def _desk(desk: Desk, state: DeskState | None, heard: bool) -> DeskView:
    """Return a desk; what a unit that is not connected said last is no fact about now."""
    if state is None:
        return DeskView(desk.id, desk.name)
    if not heard:
        return DeskView(desk.id, desk.name, "unknown", "unit_offline")
    return DeskView(desk.id, desk.name, state.state, state.evidence, state.since or None)


def people_in(exit_sensing: bool, day: AreaDay | None, occupied: int) -> PeopleView:
    """Return the people in an area: an estimate where exits are sensed, else those seen today.

    The estimate is never below the occupied desks, nor below zero. Desks in an unknown state
    do not raise it.
    """
    seen, entries, exits = (day.seen, day.entries, day.exits) if day else (0, 0, 0)
    if not exit_sensing:
        return PeopleView(seen_today=seen)
    best = max(entries - exits, occupied, 0)
    doubt = math.ceil((entries + exits) * MISSED_CROSSINGS)
    return PeopleView(seen, best, max(best - doubt, occupied, 0), best + doubt)


def _door(
    door: Door,
    state: DoorState | None,
    lockdown: Lockdown | None,
    passage: PassageView | None,
    heard: bool,
) -> DoorView:
    now = {} if state is None else {"leaf": state.leaf, "lock": state.lock, "mode": state.mode}
    if not door.has_contact:
        now["leaf"] = "unseen"
    return DoorView(
        door.id,
        door.name,
        door.unit or "",
        **now,
        alarm=state.alarm if state else None,
        blocked=door.blocked,
        heard=heard,
        changed_at=state.changed_at if state else None,
        lockdown=None if lockdown is None else _lockdown(lockdown),
        passage=passage,
    )


def _lockdown(lockdown: Lockdown) -> LockdownView:
    return LockdownView(
        lockdown.id, lockdown.actor, lockdown.reason, lockdown.since, lockdown.confirmed_at
    )


def _passage(
    passage: Passage, who: str | None, names: dict[str, str], areas: dict[str, str]
) -> PassageView:
    return PassageView(
        passage.id,
        passage.at,
        passage.door,
        names.get(passage.door, passage.door),
        passage.outcome,
        who,
        passage.reason,
        areas.get(passage.area_to or ""),
    )


def _units(rows: Rows) -> tuple[UnitView, ...]:
    found = []
    for row in rows:
        state = row.UnitState
        known = (
            {}
            if state is None
            else {
                "online": state.online,
                "seen_at": state.seen_at,
                "policy_version": state.policy_version,
                "clock_trusted": bool(state.clock_trusted),
                "backlog": state.backlog,
                "readers": dict(sorted((state.readers or {}).items())),
            }
        )
        found.append(
            UnitView(
                row.Unit.id,
                row.Unit.name,
                software=row.Unit.software,
                policy_current=row.newest,
                **known,
            )
        )
    return tuple(found)


def _incident(incident: Incident, doors: dict[str, str], units: dict[str, str]) -> IncidentView:
    place = doors.get(incident.subject)
    if place is None:
        known = (units.get(incident.unit or "", incident.unit), incident.subject)
        place = " · ".join(part for part in known if part)
    return IncidentView(str(incident.id), incident.kind, incident.last_at, place, incident.detail)
