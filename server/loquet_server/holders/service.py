"""Holders come, are suspended, and come back; each change goes to the units at once."""

import secrets

from loquet_server.errors import Invalid, NotFound
from loquet_server.holders.repository import HolderRepository
from loquet_server.holders.schemas import HolderIn
from loquet_server.ledger import record
from loquet_server.models import Action, Holder
from loquet_server.office import Office, Transaction


async def create(office: Office, transaction: Transaction, given: HolderIn) -> Holder:
    """Return a new holder with an id that says nothing; raise Invalid."""
    repository = HolderRepository(transaction.session)
    if not await repository.fits(given.site, given.plan):
        raise Invalid(f"there is no site {given.site!r} with a plan {given.plan!r}")
    row = Holder(id=f"h{secrets.token_hex(8)}", suspended=False, **given.model_dump())
    repository.add(row)
    await _changed(office, transaction, row, Action.HOLDER_CREATED)
    return row


async def suspend(office: Office, transaction: Transaction, holder: str, to: bool) -> Holder:
    """Suspend a holder, or restore one; raise NotFound."""
    row = await HolderRepository(transaction.session).one(holder)
    if row is None:
        raise NotFound(f"there is no holder {holder!r}")
    row.suspended = to
    action = Action.HOLDER_SUSPENDED if to else Action.HOLDER_RESTORED
    await _changed(office, transaction, row, action)
    return row


async def _changed(office: Office, transaction: Transaction, row: Holder, action: Action) -> None:
    session, now = transaction.session, office.now_ms()
    record(session, action, row.id, now, site=row.site)
    await session.flush()
    found = await office.policies.advance_site(session, row.site, now)
    transaction.after.publish(office, found)
