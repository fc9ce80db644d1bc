"""Badges are enrolled once, and disabled when lost; each change goes to the units at once."""

import secrets

from loquet_contract.access.credential import InvalidCredential, Representation
from loquet_server.credentials.repository import CredentialRepository
from loquet_server.credentials.schemas import CredentialIn
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Credential
from loquet_server.office import Office, Transaction


async def create(office: Office, transaction: Transaction, given: CredentialIn) -> Credential:
    """Return a new badge; raise NotFound, Invalid or Conflict."""
    repository = CredentialRepository(transaction.session)
    holder = await repository.holder(given.holder)
    if holder is None:
        raise NotFound(f"there is no holder {given.holder!r}")
    number = _representation(given)
    digest = office.keys.unit_digest(number)
    known = await repository.with_digest(digest)
    if known is not None:
        raise Conflict(f"this badge is already that of holder {known.holder!r}; disable it there")
    row = Credential(
        id=f"c{secrets.token_hex(8)}",
        site=holder.site,
        holder=holder.id,
        form=number.form.value,
        number_sealed=office.keys.seal_number(number),
        digest=digest,
        label=given.label,
        lossy=number.form.lossy,
        disabled=False,
        valid_from=given.valid_from,
        valid_until=given.valid_until,
        created_at=office.now_ms(),
    )
    repository.add(row)
    await _changed(office, transaction, row, Action.CREDENTIAL_CREATED)
    return row


async def disable(
    office: Office, transaction: Transaction, credential: str, to: bool
) -> Credential:
    """Disable a badge, or enable it again; raise NotFound."""
    row = await CredentialRepository(transaction.session).one(credential)
    if row is None:
        raise NotFound(f"there is no credential {credential!r}")
    row.disabled = to
    action = Action.CREDENTIAL_DISABLED if to else Action.CREDENTIAL_ENABLED
    await _changed(office, transaction, row, action)
    return row


def _representation(given: CredentialIn) -> Representation:
    try:
        found = Representation(given.form, bytes.fromhex(given.number.get_secret_value()))
    except InvalidCredential as error:
        raise Invalid(str(error)) from error
    except ValueError as error:
        raise Invalid("a number is written in hexadecimal, such as 04a1b2c3d4e5f6") from error
    if found.random:
        raise Invalid(
            "this number is random: phones and bank cards show another one each time, so it"
            " cannot be somebody's badge; use a badge of the space"
        )
    return found


async def _changed(
    office: Office, transaction: Transaction, row: Credential, action: Action
) -> None:
    session, now = transaction.session, office.now_ms()
    record(session, action, row.id, now, site=row.site, detail={"holder": row.holder})
    await session.flush()
    found = await office.policies.advance_site(session, row.site, now)
    transaction.after.publish(office, found)
