"""The journal on its way out: which batches are due, and what the server has confirmed."""

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

from loquet_contract.ids import JournalId, SiteId, UnitId
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.signing import Signer
from loquet_edge.journal_file import JournalReader
from loquet_edge.link.batches import JournalSource, next_batch
from loquet_edge.link.outbox import Outbox

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often a journal that is not there, or cannot be read, is looked for."""


class JournalSender:
    """Reads the journal and hands batches to ``publish``, which returns None if it cannot."""

    def __init__(
        self,
        path: Path,
        who: tuple[SiteId, UnitId],
        signer: Signer,
        outbox: Outbox,
        publish: Callable[[str], int | None],
    ) -> None:
        self._path, self._who, self._signer, self._publish = path, who, signer, publish
        self.outbox = outbox
        self._source: JournalSource | None = None
        self._look_at = 0.0

    def appended(self, journal: JournalId, last: int) -> None:
        """Take note that ``door`` has written up to ``last``."""
        if not self._reads(journal):
            self._open()
        self.outbox.appended(last)

    def acknowledged(self, ack: Ack) -> bool:
        """Let the outbox move on; False if the acknowledgement is of another journal.

        One that does not fit our chain moves nothing, but ``door`` must hear of it: the server
        holds a journal in our name that we have not written.
        """
        if self._source is None:
            return True
        try:
            if ack.journal != self._source.journal:
                return False
            if ack.sequence <= self._source.last:
                fits = self._source.chain_at(ack.sequence) == ack.chain
                if fits:
                    self.outbox.appended(self._source.last)
                    self.outbox.acknowledged(ack.sequence, ack.utc)
        except (LookupError, sqlite3.Error) as error:
            log.warning("cannot compare an acknowledgement: %s", error)
        return True

    def send(self, now: float) -> None:
        """Publish what is due."""
        if self._source is None and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            self._open()
        while self._source is not None and (after := self.outbox.due(now)) is not None:
            try:
                batch = next_batch(self._source, after, *self._who, self._signer)
            except (LookupError, sqlite3.Error, ValueError) as error:
                log.error("the journal cannot be read after entry %s: %s", after, error)
                self.close()
                self._look_at = now + LOOK_SECONDS
                return
            if batch is None:
                self.close()
                return
            document, last = batch
            if self._publish(document) is None:
                return
            self.outbox.batch_sent(last, now)

    def close(self) -> None:
        """Close the journal; it is opened again when it is wanted."""
        if self._source is not None:
            self._source.close()
            self._source = None

    def _reads(self, journal: JournalId) -> bool:
        try:
            return self._source is not None and self._source.journal == journal
        except (LookupError, sqlite3.Error):
            return False

    def _open(self) -> None:
        self.close()
        try:
            source = JournalReader(self._path)
            self.outbox.begin(source.acked()[0], source.last)
            self._source = source
        except (LookupError, sqlite3.Error, ValueError) as error:
            log.info("no journal to send yet: %s", error)
