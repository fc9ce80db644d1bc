"""What the server decides about doors and the ways through them; units follow at once."""

from typing import Any

from loquet_contract.access.credential import Assurance
from loquet_contract.access.policy import AntiPassback
from loquet_server.doors.repository import DoorRepository
from loquet_server.doors.schemas import AccessPointIn, DoorIn, PinAsked
from loquet_server.errors import Invalid
from loquet_server.ledger import record
from loquet_server.models import AccessPoint, Action, Door
from loquet_server.office import Office, Transaction
from loquet_server.timetable.changes import follow, rewrite
from loquet_server.who import Actor


class DoorSettings:
    """Changes of doors, by one actor, in one transaction."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._repository = DoorRepository(transaction.session)

    async def change(self, door: Door, given: DoorIn) -> Door:
        """Change a door; raise Invalid."""
        hours = given.unlock_schedule
        if hours is not None and hours not in await self._repository.schedules(door.site):
            raise Invalid(f"there is no schedule {hours!r} in this space", field="unlock_schedule")
        await self._write(door, door, given.model_dump(mode="json"), Action.DOOR_CHANGED)
        return door

    async def change_way(self, door: Door, way: AccessPoint, given: AccessPointIn) -> AccessPoint:
        """Change one direction through a door; raise Invalid."""
        await self._check(way, given)
        await self._check_pin(door, given)
        wanted = given.model_dump(mode="json", exclude={"accepts_copies"})
        if given.anti_passback is not AntiPassback.TIMED:
            wanted["anti_passback_minutes"] = None
        if given.pin is not PinAsked.OUTSIDE:
            wanted["badge_alone"] = None
        if given.accepts_copies or given.minimum_assurance != way.minimum_assurance:
            record(
                self._transaction.session, Action.ASSURANCE_CHOSEN, way.id, self._office.now_ms(),
                actor=self._actor.name, site=door.site,
                detail={"minimum_assurance": wanted["minimum_assurance"], "door": door.id},
            )  # fmt: skip
        await self._write(door, way, wanted, Action.ACCESS_POINT_CHANGED)
        return way

    async def _check(self, way: AccessPoint, given: AccessPointIn) -> None:
        lowered = given.minimum_assurance < way.minimum_assurance
        if lowered and given.minimum_assurance is Assurance.UID and not given.accepts_copies:
            raise Invalid(
                "a badge that only gives its number can be copied; say accepts_copies to choose it",
                field="accepts_copies",
            )
        if given.exit and given.anti_passback is not None:
            raise Invalid(
                "nobody is refused on the way out: anti-passback belongs to the way in",
                field="anti_passback",
            )
        if given.anti_passback is AntiPassback.TIMED and given.anti_passback_minutes is None:
            raise Invalid("say for how many minutes", field="anti_passback_minutes")
        if given.anti_passback is AntiPassback.HARD:
            area = await self._repository.area(way.area_to)
            if area is None or not area.exit_sensing:
                raise Invalid(
                    f"hard anti-passback needs an area whose exits are sensed, and those of"
                    f" {way.area_to!r} are not: whoever left unseen could not come back",
                    field="anti_passback",
                )

    async def _check_pin(self, door: Door, given: AccessPointIn) -> None:
        if given.exit and given.pin is not PinAsked.NEVER:
            raise Invalid(
                "nobody is refused on the way out: a PIN belongs to the way in", field="pin"
            )
        if given.pin is not PinAsked.OUTSIDE:
            return
        if given.badge_alone is None:
            raise Invalid("say in which hours the badge alone is enough", field="badge_alone")
        if given.badge_alone not in await self._repository.schedules(door.site):
            raise Invalid(
                f"there is no schedule {given.badge_alone!r} in this space", field="badge_alone"
            )

    async def _write(
        self, door: Door, row: Door | AccessPoint, wanted: dict[str, Any], action: Action
    ) -> None:
        detail = rewrite(row, wanted)
        if detail:
            office, transaction = self._office, self._transaction
            await follow(office, transaction, self._actor, action, row.id, door.site, detail)
            transaction.after.tell(office, door.site, "door", door.id, office.now_ms())
