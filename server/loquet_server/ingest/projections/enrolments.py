"""Facts about badges that a reader in enrolment mode was shown."""

from loquet_contract.wire.events import CredentialPresented
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import LONGEST_BOX, Fact, Presented, World

PROJECTIONS = Table()


@PROJECTIONS.of(CredentialPresented)
def presented(world: World, fact: Fact, event: CredentialPresented) -> None:
    """Note what a reader was shown; ``flush`` gives it to whoever asked for it."""
    if world.door(fact, event.door) is None or len(event.sealed) > LONGEST_BOX:
        return
    found = Presented(fact.site, event.access_point, event.sealed, event.credential, fact.utc)
    world.presented.setdefault(event.command, found)
    world.changes[fact.site, "enrolment", event.command] = fact.sequence
