"""Facts about badges that a reader in enrolment mode was shown, or that it was to encode."""

from loquet_contract.wire.events import CredentialPresented
from loquet_contract.wire.events_cards import CredentialEncoded, CredentialUnproven
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import LONGEST_BOX, Encoded, Fact, Presented, World

PROJECTIONS = Table()


@PROJECTIONS.of(CredentialPresented)
def presented(world: World, fact: Fact, event: CredentialPresented) -> None:
    """Note what a reader was shown; ``flush`` gives it to whoever asked for it."""
    if world.door(fact, event.door) is None or len(event.sealed) > LONGEST_BOX:
        return
    found = Presented(fact.site, event.access_point, event.sealed, event.credential, fact.utc)
    world.presented.setdefault(event.command, found)
    world.changes[fact.site, "enrolment", event.command] = fact.sequence


_COPIES = ("wrong_key", "refused", "writable")
"""Why a card that names our key and does not prove it may be somebody's work."""


@PROJECTIONS.of(CredentialEncoded)
def encoded(world: World, fact: Fact, event: CredentialEncoded) -> None:
    """Note what became of a card; ``flush`` gives it to whoever asked for it."""
    world.encoded[event.command] = Encoded(
        fact.site, fact.unit, event.reader, event.outcome[:32], event.credential, event.version,
        fact.utc,
    )  # fmt: skip
    world.changes[fact.site, "encoding", event.command] = fact.sequence


@PROJECTIONS.of(CredentialUnproven)
def unproven(world: World, fact: Fact, event: CredentialUnproven) -> None:
    """Somebody should look at a card that passes itself off as one of ours."""
    if event.why in _COPIES:
        world.alarm(fact, event.kind, event.reader, event.why)
