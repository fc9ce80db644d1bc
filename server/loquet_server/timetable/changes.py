"""A change of what decides who may be where when: in the record, and units follow."""

from collections.abc import Mapping
from typing import Any

from loquet_server.ledger import record
from loquet_server.models import AccessPoint, Action, Area, Door, Site
from loquet_server.office import Office, Transaction
from loquet_server.who import Actor


def rewrite(row: Area | Door | AccessPoint | Site, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Set what differs; return it before and after, for the record, or nothing."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changed:
        return {}
    before = {name: getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    return {"before": before, "after": changed}


async def follow(
    office: Office,
    transaction: Transaction,
    actor: Actor,
    action: Action,
    subject: str,
    site: str,
    detail: Mapping[str, Any],
) -> None:
    """Write a change in the record; the site's units are told once it is committed."""
    session, now = transaction.session, office.now_ms()
    record(session, action, subject, now, actor=actor.name, site=site, detail=dict(detail))
    await session.flush()
    found = await office.policies.advance_site(session, site, now)
    transaction.after.publish(office, found)
