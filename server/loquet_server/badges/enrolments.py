"""A reader in enrolment mode: the next badge is not decided but told, sealed."""

from loquet_contract.ids import AccessPointId
from loquet_contract.wire.commands import Outcome, What
from loquet_server.badges.repository import BadgeRepository
from loquet_server.commands import Order, address, ask
from loquet_server.errors import Conflict, NotFound
from loquet_server.models import Action, BadgeEnrolment
from loquet_server.office import After, Office, Transaction
from loquet_server.people.changes import note
from loquet_server.people.repository import PeopleRepository
from loquet_server.who import Actor, own

SECONDS = 120
"""How long the reader waits; a unit allows 300 at most."""


async def begin(
    office: Office, actor: Actor, access_point: str, holder: str | None
) -> BadgeEnrolment:
    """Have a reader wait for a badge; raise NotFound, Conflict or UnitSilent."""
    async with office.database.with_transaction() as session:
        repository = BadgeRepository(session)
        found = await repository.reader(access_point)
        if found is None:
            raise NotFound(f"there is no reader at access point {access_point!r}")
        point, unit, state = found
        own(actor, unit.site, f"reader at access point {access_point!r}")
        if holder is not None:
            await PeopleRepository(session, actor).member(holder)
        order = Order(actor=actor.name, reason="to add a badge")
        command = address(
            unit, state, What.ENROL, order, point.door,
            access_point=AccessPointId(point.id), seconds=SECONDS,
        )  # fmt: skip
        now = office.now_ms()
        row = BadgeEnrolment(
            id=command.command, site=unit.site, access_point=point.id, holder=holder,
            asked_at=now, expires_at=now + SECONDS * 1000,
        )  # fmt: skip
        repository.wait(row)
        note(
            office, Transaction(session, After()), actor, Action.BADGE_ENROLMENT_ASKED, point.id,
            unit.site, detail={"holder": holder, "command": command.command},
        )  # fmt: skip
    reply = await ask(office, unit, command)
    if reply.outcome is not Outcome.PERFORMED:
        raise Conflict(f"the unit has refused: {reply.detail}")
    return row


def state(row: BadgeEnrolment, now_ms: int) -> str:
    """Return how an enrolment stands: waiting, seen, used or over."""
    if row.used_at is not None:
        return "used"
    if row.seen_at is not None:
        return "seen"
    return "waiting" if now_ms < row.expires_at else "over"


async def one(repository: BadgeRepository, actor: Actor, enrolment: str) -> BadgeEnrolment:
    """Return an enrolment; raise NotFound, also for one of another site."""
    row = await repository.enrolment(enrolment)
    if row is None:
        raise NotFound(f"there is no enrolment {enrolment!r}")
    own(actor, row.site, f"enrolment {enrolment!r}")
    return row
