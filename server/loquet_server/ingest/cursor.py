"""Where each journal stands, and whether a batch continues it.

A journal's history is one chain. A batch that begins right after what we hold must hash to
it; one that begins earlier repeats, and must repeat exactly; one that begins later leaves a
gap, and is not taken: our acknowledgement then says from where to send again.
"""

from loquet_contract.ids import JournalId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode
from loquet_contract.wire.envelope import first_chain
from loquet_contract.wire.events import JournalStarted
from loquet_server.ingest.reading import Believed
from loquet_server.ingest.repository import IngestRepository
from loquet_server.ingest.troubles import Refused, Trouble
from loquet_server.models import Journal


class Cursors:
    """The journals of the units that speak in one transaction."""

    def __init__(self, repository: IngestRepository, journals: dict[str, Journal]) -> None:
        self._repository = repository
        self._journals = journals
        self.changed: dict[str, Journal] = {}
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
        before = [each for each in self._journals.values() if each.unit == came.unit]
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
                f"{came.unit} began journal {came.journal} without naming {last.id}, of which"
                f" we hold {last.acked} entries: was its SD card replaced?",
            )
        return found, None

    def take(self, journal: Journal, came: Believed) -> int:
        """Move the journal on; return how many entries of the batch are repeats, or raise."""
        if came.first > journal.acked + 1:
            raise Refused(
                Trouble.JOURNAL_GAP,
                f"journal {journal.id}: entries {journal.acked + 1} to {came.first - 1} are"
                " missing; the unit is asked to send them again",
            )
        repeats = min(journal.acked, came.last) - came.first + 1
        self._check_join(journal, came, repeats)
        if came.last > journal.acked:
            journal.acked, journal.chain = came.last, came.rows[-1].chain
            self.changed[journal.id] = journal
        self._taken.setdefault(journal.id, []).append(came)
        return repeats

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
                f"journal {journal.id}: another history at entry {at}; nothing of it was taken",
            )

    def _fresh(self, journal: str, at: int) -> str | None:
        """Return the chain after an entry that came in this transaction, or None."""
        for each in self._taken.get(journal, ()):
            if each.first <= at <= each.last:
                return each.rows[at - each.first].chain
        return None


def _succeeds(came: Believed, before: set[str]) -> bool:
    """True if the journal's first entry names one that we know as the one before it."""
    if came.first != 1 or came.rows[0].kind != JournalStarted.kind:
        return False
    try:
        return decode(JournalStarted, came.bodies[0]).previous in before
    except MalformedMessage:
        return False
