"""A unit that works takes over what has lost its own."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.admission.repository import AdmissionRepository
from loquet_server.admission.taking import Taking
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.models import Desk, Door, Unit
from loquet_server.office import Office, Transaction
from loquet_server.takeovers.schemas import Lost, Offer, TakeOver
from loquet_server.who import Actor, own


async def unit_of(session: AsyncSession, unit: str, actor: Actor, *, lock: bool = False) -> Unit:
    """Return a unit that is the actor's to see, and that may take something over.

    Raises NotFound, or Conflict for one that is shut out.
    """
    repository = AdmissionRepository(session)
    row = await (repository.locked_unit(unit) if lock else repository.unit(unit))
    own(actor, None if row is None else row.site, f"unit {unit!r}")
    if row is None or row.archived_at is not None:
        raise NotFound(f"there is no unit {unit!r}")
    if row.revoked_at is not None:
        raise Conflict(f"unit {unit!r} is shut out, so it takes nothing over; adopt it anew")
    return row


async def offer_to(session: AsyncSession, unit: Unit) -> Offer:
    """Return what a unit may take over."""
    repository = AdmissionRepository(session)
    doors = await repository.lost(Door, unit.site)
    desks = await repository.lost(Desk, unit.site)
    return Offer(
        doors=[Lost(id=each.id, name=each.name, unit=each.unit) for each, _ in doors],
        desks=[Lost(id=each.id, name=each.name, unit=each.unit) for each, _ in desks],
    )


async def take_over(
    office: Office, transaction: Transaction, unit: str, given: TakeOver, actor: Actor
) -> None:
    """Hang doors and desks on a unit; raise NotFound, Conflict or Invalid, naming the field."""
    session, after, now = transaction.session, transaction.after, office.now_ms()
    row = await unit_of(session, unit, actor, lock=True)
    if not given.doors and not given.desks:
        raise Invalid("name a door or a desk to be taken over", field="")
    await Taking(office, transaction, actor).take(row, given.doors, given.desks)
    policy = await office.policies.advance(session, row.id, now)
    wishes = await office.policies.advance_desired(session, row.id, now)
    after.publish(office, [*policy, *wishes])
    after.tell(office, row.site, "unit", row.id, now)
