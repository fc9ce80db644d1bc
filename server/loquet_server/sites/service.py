"""A space is described anew; whatever depends on it is worked out again."""

from functools import partial
from typing import Any

from loquet_server.errors import Invalid
from loquet_server.models import Action, Site
from loquet_server.office import Office, Transaction
from loquet_server.sites.repository import SiteRepository
from loquet_server.timetable.changes import follow, rewrite
from loquet_server.who import Actor


async def change(
    office: Office, transaction: Transaction, actor: Actor, site: Site, given: dict[str, Any]
) -> Site:
    """Change what is given of a space; raise Invalid. Hours, days and policies follow."""
    repository, opening = SiteRepository(transaction.session), given.get("opening")
    if opening is not None and await repository.schedule(site.id, opening) is None:
        raise Invalid(f"there is no schedule {opening!r} in this space")
    detail = rewrite(site, given)
    if detail:
        await follow(office, transaction, actor, Action.SITE_CHANGED, site.id, site.id, detail)
        transaction.after.do(partial(_renamed, office))
        transaction.after.tell(office, site.id, "site", site.id, office.now_ms())
    return site


async def _renamed(office: Office) -> None:
    office.space_names.forget()
