"""A space is described anew; whatever depends on it is worked out again."""

from typing import Any

from loquet_server.errors import Invalid
from loquet_server.ledger import record
from loquet_server.models import Action, Site
from loquet_server.office import Office, Transaction
from loquet_server.sites.repository import SiteRepository
from loquet_server.sites.schemas import SiteIn
from loquet_server.who import Actor


async def change(
    office: Office, transaction: Transaction, actor: Actor, site: Site, given: dict[str, Any]
) -> Site:
    """Change what is given of a space; raise Invalid. Hours, days and policies follow."""
    session, now = transaction.session, office.now_ms()
    opening = given.get("opening")
    if opening is not None and await SiteRepository(session).schedule(site.id, opening) is None:
        raise Invalid(f"there is no schedule {opening!r} in this space")
    before = {name: getattr(site, name) for name in SiteIn.model_fields}
    changed = {name: value for name, value in given.items() if before[name] != value}
    if not changed:
        return site
    for name, value in changed.items():
        setattr(site, name, value)
    detail = {"before": {name: before[name] for name in changed}, "after": changed}
    record(
        session, Action.SITE_CHANGED, site.id, now, actor=actor.name, site=site.id, detail=detail
    )
    await session.flush()
    found = await office.policies.advance_site(session, site.id, now)
    transaction.after.publish(office, found)
    transaction.after.tell(office, site.id, "site", site.id, now)
    return site
