"""From rows to what the live page shows; no words yet, those come with the language."""

import json
from collections.abc import Mapping, Set
from dataclasses import dataclass, field
from functools import lru_cache

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.days import HOUR_MS
from loquet_server.floorplan.plan import MarkKind, Plan, read
from loquet_server.floorplan.repository import FloorRepository
from loquet_server.headcount.reading import Headcount, headcounts
from loquet_server.live.repository import SHOWN_PASSAGES, Gathered, LiveRepository, Rows
from loquet_server.live.schemas import (
    AreaView,
    DeskView,
    DoorView,
    FloorView,
    IncidentView,
    LiveView,
    LockdownView,
    PassageView,
    PeopleView,
    RefusalView,
    ReservedView,
    SpaceView,
    UnitView,
)
from loquet_server.models import (
    Area,
    Desk,
    DeskState,
    Door,
    DoorState,
    Floor,
    Incident,
    Lockdown,
    Passage,
    Site,
)
from loquet_server.reservations.reading import Reserved, reserved
from loquet_server.restoration.schemas import RestorationOut
from loquet_server.restoration.service import to_see_to
from loquet_server.usual.reading import usual
from loquet_server.web.reading import Clock, Read
from loquet_server.who import Actor


@dataclass(frozen=True, slots=True)
class Around:
    """What other rooms know of a site at this moment."""

    people: Mapping[str, Headcount] = field(default_factory=dict)
    reserved: Mapping[str, Reserved] = field(default_factory=dict)
    floors: tuple[Floor, ...] = ()
    usual: int | None = None

    @classmethod
    async def of(cls, session: AsyncSession, site: str, now: int, usually: int | None) -> "Around":
        """Ask them, but for what is usual."""
        people = await session.run_sync(lambda sync: headcounts(sync, site, now))
        floors = tuple(await FloorRepository(session).of_site(site))
        return cls(people, await reserved(session, site, now), floors, usually)


class LiveService:
    """Reads the live view of a space."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self._usual: dict[str, tuple[int, int | None]] = {}
        """How many desks are usually taken, by site, with the hour for which that is so."""

    async def view(self, wanted: str | None = None) -> LiveView | None:
        """Return what the page shows of a site now, by default the first; None without it."""
        now = self._clock()

        async def work(session: AsyncSession) -> LiveView | None:
            repository = LiveRepository(session)
            site = await repository.site(wanted)
            if site is None:
                return None
            gathered = await repository.gather(site.id, now)
            usually = await self._usually(session, site.id, now)
            around = await Around.of(session, site.id, now, usually)
            return assemble(site, gathered, now, around)

        return await self._read(work)

    async def _usually(self, session: AsyncSession, site: str, now: int) -> int | None:
        """Return what is usual; asked once an hour, since eight weeks are looked through."""
        hour, known = self._usual.get(site, (-1, None))
        if hour != now // HOUR_MS:
            found = await usual(session, site, now)
            known = None if found is None or found.desks is None else round(found.desks.median)
            self._usual[site] = now // HOUR_MS, known
        return known

    async def spaces(self, only: str | None = None) -> tuple[SpaceView, ...]:
        """Return all spaces by name, or the only one that somebody sees."""
        rows = await self._read(lambda session: LiveRepository(session).sites(only))
        return tuple(_space(row) for row in rows)

    async def site_of_door(self, door: str) -> str | None:
        """Return where a door is; None if there is no such door."""
        return await self._read(lambda session: LiveRepository(session).site_of_door(door))

    async def phone(self, holder: str) -> str:
        """Return a member's telephone number, empty where none is known."""
        return await self._read(lambda session: LiveRepository(session).phone(holder))

    async def restored(self, actor: Actor) -> RestorationOut | None:
        """Return the restore that somebody has to see to, as far as it is the actor's."""
        return await self._read(lambda session: to_see_to(session, actor))


NOTHING_AROUND = Around()


def assemble(site: Site, gathered: Gathered, now: int, around: Around = NOTHING_AROUND) -> LiveView:
    """Return the view of what was gathered."""
    names = {row.Door.id: row.Door.name for row in gathered.doors}
    units = {row.Unit.id: row.Unit.name for row in gathered.units}
    areas = {area.id: area.name for area in gathered.areas}
    passages = tuple(_passage(row.Passage, row.name, names, areas) for row in gathered.passages)
    online = {row.Unit.id for row in gathered.units if row.UnitState and row.UnitState.online}
    return LiveView(
        space=_space(site),
        now=now,
        areas=tuple(_area(area, gathered, online, around) for area in gathered.areas),
        doors=tuple(
            _door(
                row.Door,
                row.DoorState,
                gathered.lockdowns.get(row.Door.id),
                next((p for p in passages if p.door == row.Door.id), None),
                row.Door.unit in online,
                row.revoked_at,
            )
            for row in gathered.doors
        ),
        units=_units(gathered.units_here),
        incidents=tuple(
            _incident(incident, names | areas, units, gathered.helped)
            for incident in gathered.incidents
        ),
        passages=passages[:SHOWN_PASSAGES],
        refusals=_refusals(gathered.refusals, names),
        floors=tuple(_floor(row, gathered) for row in around.floors),
        readers=gathered.readers,
        sensors=gathered.sensors,
        usual=around.usual,
    )


def _space(site: Site) -> SpaceView:
    return SpaceView(site.id, site.name, site.timezone, site.contact)


def _floor(row: Floor, gathered: Gathered) -> FloorView:
    """Return a floor with what is still there."""
    known = {
        "area": {area.id for area in gathered.areas},
        "door": {each.Door.id for each in gathered.doors},
        "desk": {each.Desk.id for each in gathered.desks},
        "unit": {each.Unit.id for each in gathered.units_here},
        "reader": set(gathered.readers),
        "sensor": set(gathered.sensors),
    }
    drawn, size = _drawn(row.id, row.revision, json.dumps(row.plan))
    marks = tuple(
        mark for mark in drawn.marks if mark.subject in known.get(mark.kind.value, {mark.subject})
    )
    desks = frozenset(mark.subject for mark in marks if mark.kind is MarkKind.DESK)
    plan = drawn.model_copy(update={"marks": marks})
    return FloorView(row.id, row.name, row.revision, row.height, row.image, plan, size, desks)


@lru_cache(maxsize=64)
def _drawn(_floor: str, _revision: int, document: str) -> tuple[Plan, int]:
    """Return a plan and the size of its marks: the same until it is drawn anew."""
    plan = read(json.loads(document))
    return plan, plan.size


def _area(area: Area, gathered: Gathered, online: Set[str], around: Around) -> AreaView:
    desks = tuple(
        _desk(row.Desk, row.DeskState, row.Desk.unit in online, around.reserved.get(row.Desk.id))
        for row in gathered.desks
        if row.Desk.area == area.id
    )
    people = _people(around.people.get(area.id))
    return AreaView(area.id, area.name, area.exit_sensing, people, desks)


def _people(found: Headcount | None) -> PeopleView:
    if found is None:
        return PeopleView(0)
    return PeopleView(
        found.seen_today, found.present, found.low, found.high, found.capacity, found.level,
        found.reasons,
    )  # fmt: skip


def _desk(desk: Desk, state: DeskState | None, heard: bool, booked: Reserved | None) -> DeskView:
    """Return a desk; what a unit that is not connected said last is no fact about now."""
    held = None if booked is None else ReservedView(
        booked.starts, booked.ends, booked.checked_in
    )  # fmt: skip
    if state is None:
        return DeskView(desk.id, desk.name, reserved=held)
    if not heard and desk.unit is not None:
        return DeskView(desk.id, desk.name, "unknown", "unit_offline", reserved=held)
    return DeskView(
        desk.id, desk.name, state.state, state.evidence, state.since or None, state.until, held
    )


def _door(
    door: Door,
    state: DoorState | None,
    lockdown: Lockdown | None,
    passage: PassageView | None,
    heard: bool,
    shut_out_at: int | None,
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
        shut_out_at=shut_out_at,
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
        passage.holder,
    )


def _refusals(rows: Rows, names: dict[str, str]) -> tuple[RefusalView, ...]:
    """Return refusals, newest first; the same person, door and reason is one."""
    found: dict[tuple[str | None, ...], RefusalView] = {}
    for row in rows:
        each = row.Passage
        key = (each.holder, each.credential, each.door, each.reason)
        last = found.get(key)
        if last is None:
            found[key] = RefusalView(_passage(each, row.name, names, {}), (each.id,), each.at)
        else:
            found[key] = RefusalView(last.passage, (*last.passages, each.id), each.at)
    return tuple(found.values())


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


def _incident(
    incident: Incident, names: dict[str, str], units: dict[str, str], helped: dict[str, str]
) -> IncidentView:
    subject = helped.get(incident.subject, incident.subject)
    place = names.get(subject)
    if place is None:
        known = (units.get(incident.unit or "", incident.unit), incident.subject)
        place = " · ".join(part for part in known if part)
    return IncidentView(
        str(incident.id), incident.kind, incident.last_at, place, incident.detail, incident.count,
        subject if incident.subject in helped else None, incident.acknowledged_by,
    )  # fmt: skip
