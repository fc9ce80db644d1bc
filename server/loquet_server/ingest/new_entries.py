"""What new entries change: gaps that open and close, times that get certain, the world."""

from sqlalchemy.orm import Session

from loquet_server.ingest.cursor import lost, missing
from loquet_server.ingest.moments import Moments, put_right
from loquet_server.ingest.moments_repository import MomentsRepository
from loquet_server.ingest.projections import PROJECTIONS, project
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.work import Work
from loquet_server.ingest.world import Fact, Raised


def say_gaps(work: Work) -> None:
    """Open incidents about what is missing or lost, and close those that are over."""
    world, now = work.world, work.now_ms
    for unit, each in work.behind:
        if not each.acked:
            continue  # of a journal that we do not know at all, its first batch tells
        detail = missing(each.journal, each.acked + 1, each.last)
        world.raise_incident(
            Raised(unit.site, unit.id, Trouble.JOURNAL_GAP, each.journal, detail, now)
        )
    for gone in work.cursors.lost:
        site, kind = work.units[gone.unit].site, Trouble.JOURNAL_LOST
        world.raise_incident(Raised(site, gone.unit, kind, gone.journal, lost(gone), now))
        work.repository.lost(gone.journal, gone.first, gone.last, now)
    for journal in work.cursors.filled:
        site = work.units[journal.unit].site
        fact = Fact(journal.id, journal.acked, site, journal.unit, now, True)
        world.end(fact, journal.id, Trouble.JOURNAL_GAP)


def learn(session: Session, work: Work) -> Moments | None:
    """Place the entries of units that do not know the time; None if all do."""
    if not work.unsure:
        return None
    work.repository.write_journals(work.cursors.changed.values())  # clocks refer to them
    moments = Moments(MomentsRepository(session), work.now_ms)
    for name in sorted(work.unsure):
        journal = work.cursors.journal(name)
        moments.learn(journal, [row for row in work.rows if row.journal == name])
        work.cursors.changed[name] = journal
    work.world.said = {(row.journal, row.sequence): row.utc for row in work.rows if not row.trusted}
    put_right(MomentsRepository(session), work.world, moments)
    work.rows = list(map(moments.place, work.rows))
    return moments


def project_all(work: Work, known: set[tuple[str, int]], moments: Moments | None) -> None:
    """Change the world by each new entry, once: not by those that the database ``known`` had.

    Nor by those whose body is erased: they tell nothing any more.
    """
    world, units = work.world, work.units
    ranges = {} if moments is None else moments.ranges
    for row, body in zip(work.rows, work.bodies, strict=True):
        journal, sequence, unit, utc, _, _, trusted, kind, _, text, _, _, digest, _ = row
        if kind in PROJECTIONS and digest is None and not (known and (journal, sequence) in known):
            bounds = ranges.get((journal, sequence), (None, None))
            where = (journal, sequence, units[unit].site, unit)
            project(world, Fact._make((*where, utc, trusted, *bounds)), kind, body, text)
