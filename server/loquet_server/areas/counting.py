"""Tells of an area's people anew, because something else than a fact changed them."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from loquet_server.areas.counts import counts_of
from loquet_server.areas.topics import of_counts
from loquet_server.headcount.reading import counted
from loquet_server.headcount.watch import watch
from loquet_server.moving.publisher import MovingPublisher
from loquet_server.office import Office, Transaction
from loquet_server.publication import Publication


async def recount(office: Office, transaction: Transaction, areas: Sequence[str]) -> None:
    """Count areas again after a change; units, pages and displays hear of it."""
    await transaction.session.flush()
    found = await transaction.session.run_sync(retell, office.moving, areas, office.now_ms())
    transaction.after.publish(office, found)


def retell(
    session: Session, moving: MovingPublisher, areas: Sequence[str] | None, now_ms: int
) -> list[Publication]:
    """Return what to publish of these areas (None: of all), and do what their counts ask for."""
    found = counted(session, now_ms, areas=areas)
    counts = [counts_of(each, now_ms) for each in found]
    told = of_counts(session, counts)
    return [*told, *watch(session, moving, found, now_ms)]
