"""Write what units said of releases: which one works, and why another does not."""

from sqlalchemy.orm import Session

from loquet_contract.wire.events_updates import SoftwareUpdated
from loquet_server.ingest.world import World
from loquet_server.models import UnitUpdate


def write(session: Session, world: World) -> None:
    """Write the last word of each unit on each release."""
    for fact, event in world.updates:
        works = isinstance(event, SoftwareUpdated)
        row = UnitUpdate(
            unit=fact.unit,
            version=event.version[:32],
            works=works,
            detail="" if isinstance(event, SoftwareUpdated) else event.detail[:500],
            said_at=fact.utc,
        )
        session.merge(row)
