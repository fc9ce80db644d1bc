"""Times that are not certain, entries that nobody has any more, and the server's own clock."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Id, Moment


class BootClock(Base):
    """One boot of a unit whose clock was not trusted: what the server works out of its time.

    ``utc = offset + monotonic`` for each of its entries, in milliseconds. ``low`` and ``high``
    bound the offset, ``guess`` lies between; they are one where the unit knew the time before
    the boot was over. None: nothing bounds it on that side. ``first`` and ``last`` are the
    boot's entries (sequence, and milliseconds since the boot) that came without a sure time.
    """

    __tablename__ = "boot_clocks"

    journal: Mapped[str] = mapped_column(Id, ForeignKey("journals.id"), primary_key=True)
    boot: Mapped[str] = mapped_column(Id, primary_key=True)
    first_sequence: Mapped[int] = mapped_column(Moment)
    first_monotonic: Mapped[int] = mapped_column(Moment)
    last_sequence: Mapped[int] = mapped_column(Moment)
    last_monotonic: Mapped[int] = mapped_column(Moment)
    low: Mapped[int | None] = mapped_column(Moment)
    high: Mapped[int] = mapped_column(Moment)
    guess: Mapped[int] = mapped_column(Moment)

    @property
    def exact(self) -> bool:
        return self.low == self.high

    def range_of(self, monotonic: int) -> tuple[int | None, int]:
        """Return the earliest (None: unknown) and the latest UTC milliseconds of an entry."""
        low = None if self.low is None else self.low + monotonic
        return low, self.high + monotonic


class JournalGap(Base):
    """Entries that a unit keeps no more and that never came: lost, and known to be."""

    __tablename__ = "journal_gaps"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    journal: Mapped[str] = mapped_column(Id, ForeignKey("journals.id"))
    first: Mapped[int] = mapped_column(Moment)
    last: Mapped[int] = mapped_column(Moment)
    known_at: Mapped[int] = mapped_column(Moment)

    __table_args__ = (Index("uq_journal_gaps_first", "journal", "first", unique=True),)


class ClockReckoning(Base):
    """The one row of what the server knows of the time; UTC milliseconds.

    ``sure_at``: the last time that it was sure of, or has reckoned since. ``doubt``: why it does
    not believe the machine's clock, a word of ``reckoning.Doubt``. ``vouched_at``: when somebody
    answered for that clock.
    """

    __tablename__ = "clock_reckonings"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    sure_at: Mapped[int] = mapped_column(Moment)
    doubt: Mapped[str | None] = mapped_column(String(16))
    vouched_at: Mapped[int | None] = mapped_column(Moment)
