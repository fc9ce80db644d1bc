"""Letting a waiting unit in: a new place, or the place of one that is gone."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.ids import InvalidId, check_id
from loquet_contract.wire.adoption import ADOPTED, REFUSED, WAITING, same_code
from loquet_server.admission.identity import broker_password
from loquet_server.admission.repository import AdmissionRepository
from loquet_server.admission.suggestion import MOST_DOORS, unit_toml
from loquet_server.admission.taking import Taking
from loquet_server.adoption.announcing import KNOWN
from loquet_server.adoption.repository import NETWORK, AdoptionRepository
from loquet_server.adoption.schemas import MOST_DESKS, Adopted, Place, WaitingOut
from loquet_server.broker import hash_password
from loquet_server.certificates.issuing import issue_first
from loquet_server.certificates.revoking import taken_off
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, AdoptionWindow, Desk, Unit, WaitingUnit
from loquet_server.office import Office, Transaction
from loquet_server.slugs import NO_UNIT, free, slug
from loquet_server.who import Actor, own

WINDOW_MS = 10 * 60_000
SIMULATED = "simulated"


@dataclass(frozen=True, slots=True)
class _Given:
    """A unit's row, and whether another box had it before."""

    unit: Unit
    replaced: bool


async def waiting_of(session: AsyncSession, waiting: str, actor: Actor) -> WaitingUnit:
    """Return a waiting unit that is the actor's to see; raise NotFound."""
    row = await AdoptionRepository(session).one(waiting)
    if row is None:
        raise NotFound("this unit does not wait any more")
    own(actor, row.site, "unit that waits")
    return row


def shown(row: WaitingUnit) -> WaitingOut:
    """Return a waiting unit as programs see it."""
    found = {name: getattr(row, name) for name in WaitingOut.model_fields}
    return WaitingOut(**found | {"code": told_code(row)})


def told_code(row: WaitingUnit) -> str:
    """Return as much of the code as the server tells: the rest, if any, is to be read off."""
    return f"{row.code[:4]}···" if row.way == NETWORK else row.code


class AdoptionService:
    """What a person decides about units that wait."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._session = transaction.session
        self._waiting = AdoptionRepository(transaction.session)
        self._units = AdmissionRepository(transaction.session)
        self._now = office.now_ms()

    async def look(self, site: str) -> int:
        """Show units of the network for ten minutes; return until when."""
        until = self._now + WINDOW_MS
        window = await self._waiting.window(site)
        if window is None:
            self._waiting.add(AdoptionWindow(site=site, open_until=until))
        else:
            window.open_until = until
        self._record(Action.UNITS_LOOKED_FOR, site, site)
        return until

    async def refuse(self, row: WaitingUnit) -> None:
        """Turn a waiting unit away; raise Conflict if it was let in."""
        if row.state == ADOPTED:
            raise Conflict("this unit was let in already; revoke it instead")
        row.state, row.decided_at = REFUSED, self._now
        self._record(Action.UNIT_TURNED_AWAY, row.id, row.site)

    async def adopt(self, waiting: str, place: Place) -> Adopted:
        """Let a unit in; raise NotFound, Conflict or Invalid, naming the field."""
        row = await self._waiting.locked(waiting)
        if row is None or not self._actor.sees(row.site):
            raise NotFound("this unit does not wait any more")
        if row.state != WAITING:
            raise Conflict("somebody has decided about this unit already", field="decided")
        if not same_code(row.code, place.code):
            raise Invalid("this is not the code that the unit shows", field="code")
        await self._use_card(row)
        given = await (self._replaced(row, place) if place.replaces else self._new(row, place))
        await self._let_in(row, given.unit)
        if given.replaced:
            await self._left_behind(given.unit)
        action = Action.UNIT_REPLACED if given.replaced else Action.UNIT_ADOPTED
        self._record(action, given.unit.id, row.site, {"way": row.way, "key": row.id})
        await self._session.flush()
        await self._publish(given.unit)
        return Adopted(unit=given.unit.id, replaced=given.replaced)

    async def _use_card(self, row: WaitingUnit) -> None:
        card = None if row.card is None else await self._waiting.card(row.card)
        if card is None:
            return
        if card.used_at is not None:
            raise Conflict(
                "another unit was let in with a copy of this SD card; make a new one", field="card"
            )
        card.used_at = self._now

    async def _replaced(self, row: WaitingUnit, place: Place) -> _Given:
        unit = await self._units.locked_unit(place.replaces)
        if unit is None or unit.site != row.site or unit.archived_at is not None:
            raise Invalid("there is no such unit here", field="replaces")
        had = unit.public_key is not None and unit.public_key != row.public_key
        if unit.hardware is None:
            await self._suggest(unit, row, place)
        return _Given(unit, had)

    async def _new(self, row: WaitingUnit, place: Place) -> _Given:
        if not place.name:
            raise Invalid("a new unit needs a name", field="name")
        units, doors = await self._waiting.taken()
        name = row.was if row.way == KNOWN and row.was else row.wish
        try:
            wanted = check_id(name, "unit") if name else slug(place.name, "unit")
        except InvalidId:
            wanted = slug(place.name, "unit")
        unit = Unit(id=free(wanted, units | NO_UNIT), site=row.site, name=place.name)
        self._units.add(unit)
        await self._session.flush()
        lost = place.doors or place.lost_desks
        await (self._take_over(unit, place) if lost else self._furnish(unit, place, doors))
        await self._suggest(unit, row, place)
        return _Given(unit, replaced=False)

    async def _take_over(self, unit: Unit, place: Place) -> None:
        """Hang on a new unit what has lost its own, as far as lines can be suggested for it."""
        if len(place.doors) > MOST_DOORS:
            raise Invalid(f"a unit takes over {MOST_DOORS} doors at most", field="doors")
        taking = Taking(self._office, self._transaction, self._actor)
        await taking.take(unit, place.doors, place.lost_desks, desk_field="lost_desks")

    async def _furnish(self, unit: Unit, place: Place, taken: set[str]) -> None:
        """Give a new unit its doors or desks."""
        areas = {area for area, _ in await self._waiting.areas(unit.site)}
        if place.area and place.area not in areas:
            raise Invalid("there is no such area here", field="area")
        area = place.area or await self._units.first_area(unit.site)
        if place.kind == "desks":
            self._add_desks(unit, place, area)
            return
        wanted = {"door": place.door}
        if place.kind == "two_doors":
            wanted["second_door"] = place.second_door
        for field, name in wanted.items():
            if not name:
                raise Invalid("a door needs a name", field=field)
            door = free(slug(name, "door"), taken)
            taken.add(door)
            await self._units.add_door(unit, door, name, area)

    def _add_desks(self, unit: Unit, place: Place, area: str) -> None:
        if not 1 <= place.desks <= MOST_DESKS:
            raise Invalid(f"a unit takes 1 to {MOST_DESKS} desks", field="desks")
        for number in range(1, place.desks + 1):
            desk = f"{unit.id[:58]}-{number}"
            name = f"{unit.name[:190]} {number}"
            self._units.add(
                Desk(id=desk, site=unit.site, area=area, unit=unit.id, name=name, rank=number)
            )

    async def _suggest(self, unit: Unit, row: WaitingUnit, place: Place) -> None:
        await self._session.flush()
        simulated = row.model == SIMULATED
        doors, desks = await self._units.doors(unit.id), await self._units.desks(unit.id)
        text = unit_toml(unit.site, unit.id, doors, desks, seats=place.seats, simulated=simulated)
        unit.hardware = {"unit_toml": text}

    async def _let_in(self, row: WaitingUnit, unit: Unit) -> None:
        await self._waiting.take_key_from_others(unit.id, row.public_key)
        password = broker_password(self._office.keys, row.commitment, row.public_key)
        unit.public_key, unit.broker_password_hash = row.public_key, hash_password(password)
        unit.software, unit.enrolled_at, unit.revoked_at = row.software, self._now, None
        try:
            await issue_first(self._session, self._office.keys, unit, row.tls_key, self._now)
        except Invalid as error:
            raise Invalid(error.detail, field="tls_key") from error
        row.state, row.unit, row.decided_at = ADOPTED, unit.id, self._now

    async def _left_behind(self, unit: Unit) -> None:
        """End what the box before has written, and silence its last words at the broker."""
        await self._waiting.end_journals(unit.id, self._now)
        self._transaction.after.publish(self._office, taken_off(unit))

    async def _publish(self, unit: Unit) -> None:
        office, session, after = self._office, self._session, self._transaction.after
        first = await office.policies.advance(session, unit.id, self._now)
        wishes = await office.policies.advance_desired(session, unit.id, self._now)
        after.do(office.units_changed)
        after.tell(office, unit.site, "unit", unit.id, self._now)
        after.publish(office, [*first, *wishes])

    def _record(
        self, action: Action, subject: str, site: str, detail: dict[str, Any] | None = None
    ) -> None:
        record(
            self._session, action, subject, self._now, actor=self._actor.name, site=site,
            detail=detail,
        )  # fmt: skip
