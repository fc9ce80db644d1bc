"""A restore is said on the pages until an operator has seen to what it undid.

Whoever is there for one space ends it for that space; whoever is there for all, for all.
"""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.ledger import record
from loquet_server.models import Action
from loquet_server.office import Office, Transaction
from loquet_server.restoration.repository import RestorationRepository
from loquet_server.restoration.schemas import RefusedBadge, RestorationOut
from loquet_server.who import Actor, Permission


async def begin(session: AsyncSession, out: RestorationOut) -> None:
    """Have the pages say from now on that a backup was restored."""
    repository = RestorationRepository(session)
    said = out.model_dump(exclude={"refused"})
    await repository.keep(said | {"ended": [], "after": await repository.last_passage()})


async def to_see_to(session: AsyncSession, actor: Actor) -> RestorationOut | None:
    """Return the last restore, if nobody has seen to it yet: in this space, or in all of them."""
    repository = RestorationRepository(session)
    value = await repository.last()
    if value is None or actor.site in value["ended"]:
        return None
    found = RestorationOut.model_validate(value)
    if actor.may(Permission.MEMBERS_READ):
        rows = await repository.refused(value["after"], found.restored_at, actor.site)
        found.refused = [RefusedBadge(id=row.id, label=row.label, last4=row.last4) for row in rows]
    return found


async def end(office: Office, transaction: Transaction, actor: Actor) -> None:
    """Note that somebody has seen to what a restore undid; raise NotFound if there is none."""
    repository = RestorationRepository(transaction.session)
    value = await repository.last(lock=True)
    if value is None or actor.site in value["ended"]:
        raise NotFound("there is no restore to see to")
    kept = None
    if actor.site is not None:
        kept = value | {"ended": [*value["ended"], actor.site]}
    await repository.keep(kept)
    record(
        transaction.session, Action.BACKUP_SEEN_TO, "backup", office.now_ms(), actor=actor.name,
        site=actor.site, detail={"made_at": value["made_at"]},
    )  # fmt: skip
