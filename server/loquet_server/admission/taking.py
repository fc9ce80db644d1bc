"""Doors and desks that have lost their unit go over to another one as they are.

All that was decided about them stays: names, areas, hours, the ways and readers of a door, the
bookings of a desk, and what the messages of its sensors mean, to which the other unit listens from
then on. Beams count at a door and go with it. How a desk stood when its unit was lost says nothing
of now: until the other one has spoken it is unknown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.events import DeskEvidence
from loquet_contract.wire.sensors import MAX_SENSORS
from loquet_server.admission.repository import AdmissionRepository, Hung
from loquet_server.errors import Invalid
from loquet_server.ledger import record
from loquet_server.models import Action, Desk, Door, Unit
from loquet_server.office import Office, Transaction
from loquet_server.sensing import plans
from loquet_server.web.i18n import N_, Translations
from loquet_server.who import Actor

MOST_DOORS, MOST_DESKS = 4, 32
"""What hangs on one unit at most: doors as many as a unit was built for, desks as fit a room."""
_KINDS = {
    Door: ("door", MOST_DOORS, Action.DOOR_CHANGED),
    Desk: ("desk", MOST_DESKS, Action.DESK_CHANGED),
}


@dataclass(frozen=True, slots=True)
class Offered:
    """Doors and desks that have lost their unit: ids, and what they are called."""

    doors: list[tuple[str, str]]
    desks: list[tuple[str, str]]


async def offered(session: AsyncSession, site: str, texts: Translations) -> Offered:
    """Return what a unit of this site may take over."""
    repository = AdmissionRepository(session)
    return Offered(
        _called(await repository.lost(Door, site), texts),
        _called(await repository.lost(Desk, site), texts),
    )


def _called(
    found: Sequence[tuple[Hung, Unit | None]], texts: Translations
) -> list[tuple[str, str]]:
    was = texts.gettext(N_("%(name)s (%(unit)s, shut out)"))
    return [
        (each.id, each.name if unit is None else was % {"name": each.name, "unit": unit.name})
        for each, unit in found
    ]


class Taking:
    """What one unit takes over, in one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office, self._transaction, self._actor = office, transaction, actor
        self._session, self._after = transaction.session, transaction.after
        self._repository = AdmissionRepository(transaction.session)
        self._now = office.now_ms()

    async def take(
        self, unit: Unit, doors: Collection[str], desks: Collection[str],
        *, desk_field: str = "desks",
    ) -> None:  # fmt: skip
        """Hang them on a unit; raise Invalid, naming the field. Its policy is the caller's."""
        await self._hang(Door, unit, doors, "doors")
        lost = await self._hang(Desk, unit, desks, desk_field)
        await self._forget_states(lost)
        await self._listen(unit, lost, desk_field)

    async def _hang(
        self, kind: type[Hung], unit: Unit, wanted: Collection[str], field: str
    ) -> dict[str, str | None]:
        """Return which unit each of them has lost."""
        if not wanted:
            return {}
        noun, most, action = _KINDS[kind]
        found = await self._repository.lost(kind, unit.site, wanted)
        gone = set(wanted) - {each.id for each, _ in found}
        if gone:
            names = ", ".join(sorted(gone))
            raise Invalid(f"{names}: no such {noun} that has lost its unit", field=field)
        if await self._repository.hanging(kind, unit.id) + len(found) > most:
            raise Invalid(f"a unit takes {most} {noun}s at most", field=field)
        lost = {each.id: each.unit for each, _ in found}
        for each, _ in found:
            record(
                self._session, action, each.id, self._now, actor=self._actor.name, site=unit.site,
                detail={"name": each.name, "unit": [each.unit, unit.id]},
            )  # fmt: skip
            each.unit = unit.id
            self._after.tell(self._office, unit.site, noun, each.id, self._now)
        return lost

    async def _forget_states(self, desks: Collection[str]) -> None:
        for each in await self._repository.desk_states(desks):
            each.state, each.evidence = "unknown", DeskEvidence.STARTED.value
            each.since, each.until = self._now, None
            each.revision += 1

    async def _listen(self, unit: Unit, lost: Mapping[str, str | None], field: str) -> None:
        """Have the unit hear the desks' sensors; the ones that lost them hear them no longer."""
        rows = await self._repository.sensors(lost)
        if not rows:
            return
        if await self._repository.heard_by(unit.id) + len(rows) > MAX_SENSORS:
            raise Invalid(f"a unit listens to {MAX_SENSORS} sensors at most", field=field)
        concerned = {unit.id, *(each.unit for each in rows)}
        for each in rows:
            each.unit = unit.id
        signer = self._office.keys.signer
        for name in sorted(concerned):
            told = await plans.advance(self._session, signer, unit.site, name, self._now)
            self._after.publish(self._office, [told])
            self._after.tell(self._office, unit.site, "sensors", name, self._now)
