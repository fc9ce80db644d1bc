"""Every change of people is recorded, and told to the doors at once."""

import secrets
from collections.abc import Iterable
from typing import Any

from loquet_server.ledger import record
from loquet_server.models import Action
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
