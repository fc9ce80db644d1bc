"""Where each journal stands, and whether a batch continues it.

A journal's history is one chain. A batch that begins right after what we hold must hash to
it; one that begins earlier repeats, and must repeat exactly; one that begins later leaves a
gap, and is not taken: our acknowledgement then says from where to send again.
"""

from typing import NamedTuple

from loquet_contract.ids import JournalId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode
from loquet_contract.wire.envelope import first_chain
from loquet_contract.wire.events import JournalStarted
from loquet_server.ingest.reading import Believed
from loquet_server.ingest.repository import IngestRepository
from loquet_server.ingest.troubles import Refused, Trouble
from loquet_server.models import Journal
from loquet_server.web import details


class Lost(NamedTuple):
    """Entries of a journal that nobody has any more."""

    journal: str
    unit: str
    first: int
    last: int


class Behind(NamedTuple):
    """We hold a journal up to ``acked``, of entries up to ``last`` that were confirmed once."""

    journal: str
    acked: int
    chain: str
    last: int


class Cursors:
    """The journals of the units that speak in one transaction."""

    def __init__(self, repository: IngestRepository, journals: dict[str, Journal]) -> None:
        self._repository = repository
        self._journals = journals
        self.changed: dict[str, Journal] = {}
        self.lost: list[Lost] = []
        """What units keep no more and we never had, found in this transaction."""
        self.filled: list[Journal] = []
        """Journals of which nothing is missing any more."""
        self._taken: dict[str, list[Believed]] = {}
        """What this transaction has taken so far; the database does not have it yet."""

    def journal(self, journal: str) -> Journal:
        """Return a journal that ``of`` has returned."""
        return self._journals[journal]

    def is_newest(self, unit: str, journal: str, sequence: int) -> bool:
        """True if a unit's facts end, for us too, at this entry of this journal."""
        known = [each for each in self._journals.values() if each.unit == unit]
        if not known:
            return sequence == 0
        last = max(known, key=lambda each: each.started_at)
        return (last.id, last.acked) == (journal, sequence)

    def of(self, came: Believed, now_ms: int) -> tuple[Journal, Refused | None]:
        """Return the batch's journal, made anew if need be, and what is wrong with that."""
        known = self._journals.get(came.journal)
        if known is not None:
            return known, None
        other = self._repository.journal(came.journal)
        if other is not None:
            raise Refused(
                Trouble.JOURNAL_FORKED, f"{came.unit} sent journal {came.journal} of {other.unit}"
            )
        mine = [each for each in self._journals.values() if each.unit == came.unit]
        before = [each for each in mine if each.ended_at is None]
        found = Journal(
            id=came.journal,
            unit=came.unit,
            acked=0,
            chain=first_chain(UnitId(came.unit), JournalId(came.journal)),
            started_at=now_ms,
        )
        self._journals[came.journal] = self.changed[came.journal] = found
        if before and not _succeeds(came, {each.id for each in before}):
            last = max(before, key=lambda each: each.started_at)
            return found, Refused(
                Trouble.JOURNAL_REPLACED,
                details.REPLACED
                % {
                    "unit": came.unit,
                    "journal": came.journal,
                    "before": last.id,
                    "held": last.acked,
                },
                came.journal,
            )
        return found, None

    def take(self, journal: Journal, came: Believed) -> int:
        """Move the journal on; return how many entries of the batch are repeats, or raise."""
        if came.first > journal.acked + 1:
            self._leap(journal, came)
        repeats = min(journal.acked, came.last) - came.first + 1
        self._check_join(journal, came, repeats)
        if came.last > journal.acked:
            journal.acked, journal.chain = came.last, came.rows[-1].chain
            self.changed[journal.id] = journal
            if journal.missing_to is not None and journal.acked >= journal.missing_to:
                journal.missing_to = None
                self.filled.append(journal)
        self._taken.setdefault(journal.id, []).append(came)
        return repeats

    def behind(self, unit: str, journal: str, last: int) -> Behind | None:
        """Return what to ask a unit for whose journal reaches to ``last``, all of it confirmed.

        None: we have all of it. We hold less than a unit was told after a restore of a backup.
        """
        known = self._journals.get(journal)
        if last <= 0:
            return None
        if known is None:
            return Behind(journal, 0, first_chain(UnitId(unit), JournalId(journal)), last)
        if known.unit != unit or known.acked >= last:
            return None
        if known.missing_to is None or known.missing_to < last:
            known.missing_to = last
            self.changed[known.id] = known
        return Behind(journal, known.acked, known.chain, last)

    def _leap(self, journal: Journal, came: Believed) -> None:
        """Go on after what the unit keeps no more; raise Refused if it should still have it."""
        first, last = journal.acked + 1, came.first - 1
        if came.first - came.missing > first:
            journal.missing_to = max(journal.missing_to or 0, last)
            self.changed[journal.id] = journal
            detail = missing(journal.id, first, last)
            raise Refused(Trouble.JOURNAL_GAP, detail, journal.id)
        self.lost.append(Lost(journal.id, journal.unit, first, last))
        journal.acked, journal.chain = last, came.previous
        self.changed[journal.id] = journal

    def _check_join(self, journal: Journal, came: Believed, repeats: int) -> None:
        """Raise if the chain at the last entry that both know differs."""
        at = came.first + repeats - 1
        theirs = came.rows[repeats - 1].chain if repeats else came.previous
        if at == journal.acked:
            ours: str | None = journal.chain
        else:
            ours = self._fresh(journal.id, at) or self._repository.chain_at(journal.id, at)
        if ours is not None and ours != theirs:
            raise Refused(
                Trouble.JOURNAL_FORKED,
                details.FORKED
                % {"journal": journal.id, "at": at, "first": came.first, "last": came.last},
                journal.id,
            )

    def _fresh(self, journal: str, at: int) -> str | None:
        """Return the chain after an entry that came in this transaction, or None."""
        for each in self._taken.get(journal, ()):
            if each.first <= at <= each.last:
                return each.rows[at - each.first].chain
        return None


def missing(journal: str, first: int, last: int) -> str:
    """Say which entries have not come, and what is done about it."""
    return details.MISSING % {"journal": journal, "first": first, "last": last}


def lost(found: Lost) -> str:
    """Say which entries will never come."""
    return details.LOST % {"journal": found.journal, "first": found.first, "last": found.last}


def _succeeds(came: Believed, before: set[str]) -> bool:
    """True if the journal's first entry names one that we know as the one before it."""
    if came.first != 1 or came.rows[0].kind != JournalStarted.kind:
        return False
    try:
        return decode(JournalStarted, came.bodies[0]).previous in before
    except MalformedMessage:
        return False
