"""Every look at the list is recorded: in the audit, and for each member whom it names."""

from loquet_server.evacuation.repository import EvacuationRepository
from loquet_server.evacuation.schemas import EvacuationList
from loquet_server.evacuation.service import Muster
from loquet_server.ledger import record
from loquet_server.models import Action, Site
from loquet_server.office import Office
from loquet_server.privacy.looks import looked
from loquet_server.who import Actor


async def look(office: Office, actor: Actor, site: Site, *, again: bool = False) -> EvacuationList:
    """Return the list of a site; ``again``: an open page asks once more."""
    now = office.now_ms()
    async with office.database.reading() as session:
        found = await Muster(EvacuationRepository(session), site, now).draw_up()
    async with office.database.with_transaction() as session:
        await looked(session, actor, "evacuation", found.holders, now)
        if not again:
            record(
                session, Action.EVACUATION_READ, site.id, now, actor=actor.name, site=site.id,
                detail={"people": found.named},
            )  # fmt: skip
    return found
