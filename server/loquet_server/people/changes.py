"""Every change of people is recorded, and told to the doors at once."""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from loquet_server.accounts import service as accounts
from loquet_server.ledger import record
from loquet_server.models import Action, PassPurchase
from loquet_server.office import Office, Transaction
from loquet_server.who import Actor


def new_id(letter: str) -> str:
    """Return a new id that says nothing."""
    return f"{letter}{secrets.token_hex(8)}"


def note(
    office: Office,
    transaction: Transaction,
    actor: Actor,
    action: Action,
    subject: str,
    site: str,
    *,
    reason: str = "",
    detail: dict[str, Any] | None = None,
) -> None:
    """Write a change in the record."""
    record(
        transaction.session, action, subject, office.now_ms(), actor=actor.name, reason=reason,
        site=site, detail=detail,
    )  # fmt: skip


async def tell_doors(
    office: Office, transaction: Transaction, site: str, holders: Iterable[str | None]
) -> None:
    """Make the units' next policies after these holders, their rights or badges changed."""
    changed = sorted({each for each in holders if each is not None})
    await transaction.session.flush()
    if changed:
        found = await office.policies.advance_holders(
            transaction.session, site, changed, office.now_ms()
        )
        transaction.after.publish(office, found)


async def tell_balances(
    office: Office, transaction: Transaction, site: str, changes: Mapping[str, Any]
) -> None:
    """Tell the units what is left in accounts once these have changed."""
    found = await office.moving.tell(transaction.session, site, changes, office.now_ms())
    transaction.after.publish(office, found)


async def put_passes(
    office: Office,
    transaction: Transaction,
    actor: Actor,
    action: Action,
    account: str,
    site: str,
    amount: int,
    *,
    reason: str = "",
    price: str = "",
) -> PassPurchase:
    """Put passes into an account, or take some out: recorded, and told to the doors."""
    row = PassPurchase(
        account=account, amount=amount, at=office.now_ms(), actor=actor.name[:200], reason=reason,
        price=price,
    )  # fmt: skip
    changes = await accounts.put_in(transaction.session, row)
    note(office, transaction, actor, action, account, site, reason=reason,
         detail={"amount": amount})  # fmt: skip
    await tell_balances(office, transaction, site, changes)
    return row
