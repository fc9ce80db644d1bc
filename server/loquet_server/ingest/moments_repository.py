"""What working out uncertain times asks the database, and what it puts right there."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from loquet_server.models import BootClock, Entry, Passage


class UncertainPassage(NamedTuple):
    """A passage whose time may be better known now; ``said``: by the unit's own clock."""

    id: int
    sequence: int
    site: str
    unit: str
    area_from: str | None
    area_to: str | None
    day: str
    outcome: str
    monotonic: int
    said: int


class MomentsRepository:
    """Queries of one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def clock(self, journal: str, boot: str) -> BootClock | None:
        """Return what is known of a boot's clock, or None."""
        return self._session.get(BootClock, (journal, boot))

    def clock_before(self, journal: str, sequence: int) -> BootClock | None:
        """Return the uncertain boot before the one that begins at this entry, or None."""
        query = select(BootClock).where(
            BootClock.journal == journal, BootClock.first_sequence < sequence
        )
        query = query.order_by(BootClock.first_sequence.desc()).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def before(self, journal: str, sequence: int) -> Entry | None:
        """Return the last entry that we hold before this one, or None."""
        query = select(Entry).where(Entry.journal == journal, Entry.sequence < sequence)
        query = query.order_by(Entry.sequence.desc()).limit(1)
        return self._session.execute(query).scalar_one_or_none()

    def add(self, clock: BootClock) -> None:
        """Keep a clock."""
        self._session.add(clock)

    def place(self, clock: BootClock) -> None:
        """Give a boot's uncertain entries the time that they most likely have."""
        self._session.flush()
        self._session.execute(
            update(Entry)
            .where(
                Entry.journal == clock.journal,
                Entry.sequence.between(clock.first_sequence, clock.last_sequence),
                Entry.boot == clock.boot,
                Entry.trusted.is_(False),
            )
            .values(said=func.coalesce(Entry.said, Entry.utc), utc=Entry.monotonic + clock.guess)
            .execution_options(synchronize_session=False)
        )

    def passages(self, clock: BootClock) -> Sequence[UncertainPassage]:
        """Return the passages of a boot's uncertain entries."""
        query = (
            select(
                Passage.id, Passage.sequence, Passage.site, Passage.unit, Passage.area_from,
                Passage.area_to, Passage.day, Passage.outcome, Entry.monotonic, Entry.said,
            )
            .join(
                Entry, (Entry.journal == Passage.journal) & (Entry.sequence == Passage.sequence)
            )
            .where(
                Passage.journal == clock.journal,
                Passage.sequence.between(clock.first_sequence, clock.last_sequence),
                Entry.boot == clock.boot,
                Entry.trusted.is_(False),
            )
        )  # fmt: skip
        return [UncertainPassage._make(row) for row in self._session.execute(query)]

    def move(
        self, passage: int, at: int, said: int, bounds: tuple[int | None, int | None], day: str
    ) -> None:
        """Give a passage its better time; ``bounds`` None: it is sure."""
        values = {"at": at, "said_at": said, "earliest": bounds[0], "latest": bounds[1]}
        statement = update(Passage).where(Passage.id == passage).values(day=day, **values)
        self._session.execute(statement.execution_options(synchronize_session=False))
