"""The journal: every fact, in order, written behind the door's back.

``append`` never waits: it puts on a queue that one thread empties in groups, one commit for all
that wait. While the disk is full, blocked or read-only, facts stay in memory, ``MAX_WAITING``
of them; later ones are counted and said as ``StorageFailed`` once writing works again. A damaged
file is set aside; what its chain proves and the server has not confirmed goes on in a new
journal. Entries are freed only by the server's signed word; days later their bodies are erased.
"""

import logging
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path

from loquet_contract.ids import BootId, JournalId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text, to_plain
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.events import Event, JournalStarted, MessageRefused, StorageFailed
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_edge.clock import Stamp
from loquet_edge.config import KEEP_DAYS, KEEP_FREE_MB
from loquet_edge.damage import damaged
from loquet_edge.journal_file import (
    Damaged,
    Fact,
    JournalFile,
    JournalReader,
    body_of,
    open_file,
    salvage,
)
from loquet_edge.journal_room import MB, JournalRoom, no_room
from loquet_edge.signed_time import Heard, newest

__all__ = ["Journal", "JournalReader"]

log = logging.getLogger(__name__)

MAX_WAITING = 20_000
"""Facts kept in memory while the disk does not take them; some 10 MB."""
MAX_BODY = 16 * 1024
"""Bytes of a fact's body: quoted twice over, it still fits a batch."""
GROUP = 500
RETIRE_MS = 600_000
"""Between two looks for what has had its days; each erases a slice."""
RETRY_SECONDS = 1.0


class Journal:
    """Appends on a thread of its own. ``told(journal, last)`` is called there after each commit."""

    def __init__(
        self,
        path: Path,
        site: SiteId,
        unit: UnitId,
        boot: BootId,
        stamp: Callable[[], Stamp],
        verifier: Verifier,
        told: Callable[[JournalId, int], None],
        opener: Callable[[Path, UnitId], JournalFile] = open_file,
        keep_days: int = KEEP_DAYS,
        room: JournalRoom | None = None,
        waiting: int = MAX_WAITING,
    ) -> None:
        self._room = JournalRoom(path, KEEP_FREE_MB * MB) if room is None else room
        self.heard: Heard | None = None
        """The newest acknowledgement that was believed."""
        self._keep_days, self._retired_at = keep_days, 0
        self._most_waiting = waiting
        self._path, self._site, self._unit, self._boot = path, site, unit, boot
        self._stamp, self._verifier, self._told, self._opener = stamp, verifier, told, opener
        self._began = stamp()
        """Before any fact, so that a journal's first entry is also its earliest."""
        self._inbox: queue.SimpleQueue[tuple[Event, Stamp] | str | None] = queue.SimpleQueue()
        self._file: JournalFile | None = None
        self._unwritten: list[Fact] = []
        self._put = self._taken = 0
        self._saved = 0
        """Facts of a damaged journal among the unwritten: they take no room from new ones."""
        self._lost = self._lost_told = 0
        self._closing = False
        self._explained = False
        self.failing = ""
        """Why nothing can be written now; empty when all is well."""
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def append(self, event: Event, stamp: Stamp | None = None) -> None:
        """Have a fact written; returns at once. Only from the deciding loop."""
        if self._put - self._taken >= self._most_waiting:
            self._lost += 1
            return
        self._put += 1
        self._inbox.put((event, self._stamp() if stamp is None else stamp))

    def acknowledge(self, document: str) -> None:
        """Take in a signed Ack; it is verified on the journal's own thread."""
        self._inbox.put(document)

    @property
    def journal(self) -> JournalId | None:
        """The journal's id; None until the file could be opened."""
        return None if self._file is None else self._file.journal

    @property
    def last(self) -> int:
        """The last written entry's sequence."""
        return 0 if self._file is None else self._file.last

    @property
    def backlog(self) -> int:
        """Entries that the server has not confirmed, written or not."""
        written = 0 if self._file is None else self._file.last - self._file.acked
        return written + self._put - self._taken + self._saved

    def close(self, timeout: float = 3.0) -> None:
        """Write what waits, for ``timeout`` seconds at most."""
        self._closing = True
        self._inbox.put(None)
        if self._thread.is_alive():
            self._thread.join(timeout)

    def _run(self) -> None:
        while True:
            written = self._turn()
            if self._closing and (not written or (not self._unwritten and self._inbox.empty())):
                break
            if not written:
                time.sleep(RETRY_SECONDS)
        if self._file is not None:
            self._file.close()

    def _turn(self) -> bool:
        """Take what waits and write it once; False if it has to be tried again."""
        try:
            return self._attempt(self._gather())
        except Exception as error:
            # Outermost: nobody would notice that this thread had died, and every fact after it.
            log.exception("the journal's thread goes on after a fault of its own")
            self._failed(f"{type(error).__name__}: {error}")
            return False

    def _gather(self) -> list[str]:
        """Wait for work, and take what there is up to a group."""
        documents: list[str] = []
        block = not self._unwritten and not self._closing and self._file is not None
        while len(self._unwritten) < GROUP:
            try:
                item = self._inbox.get(block)
            except queue.Empty:
                break
            block = False
            if isinstance(item, str):
                documents.append(item)
            elif item is not None:
                event, stamp = item
                self._unwritten.append(self._fact(event, stamp))
        return documents

    def _fact(self, event: Event, stamp: Stamp) -> Fact:
        body = body_of(to_plain(event))
        if len(body) > MAX_BODY // 4 and (size := len(body.encode())) > MAX_BODY:
            log.error(
                "a fact %s of %d bytes is not kept: %d are allowed", event.kind, size, MAX_BODY
            )
            return self._fact(StorageFailed(f"{event.kind}: {size} bytes are too many", 1), stamp)
        return Fact(stamp, self._boot, event.kind, body)

    def _attempt(self, documents: list[str]) -> bool:
        """Write once; False if it has to be tried again."""
        try:
            if self._file is None:
                self._file = self._open()
            self._commit(self._file)
            for document in documents:
                self._confirm(self._file, document)
            self._watch(self._file)
        except Damaged as error:
            return self._recover(str(error))
        except sqlite3.Error as error:
            if damaged(error):
                return self._recover(str(error))
            return self._no_way(error)
        except OSError as error:
            return self._no_way(error)
        return True

    def _no_way(self, error: Exception) -> bool:
        """Nothing could be written: try again, with more room if that was what it lacked."""
        self._failed(str(error))
        if no_room(error):
            self._room.make(self._file)
        return False

    def _watch(self, file: JournalFile) -> None:
        said = self._room.look(file, time.monotonic())
        if said is not None:
            file.append([self._fact(said, self._stamp())])
            self._told(file.journal, file.last)

    def _open(self) -> JournalFile:
        file = self._opener(self._path, self._unit)
        if file.new and not self._explained:
            file.append([self._fact(JournalStarted("first start"), self._began)])
        if file.last:
            self._told(file.journal, file.last)
        return file

    def _commit(self, file: JournalFile) -> None:
        facts = self._unwritten
        if self.failing or self._lost > self._lost_told:
            lost, detail = self._lost - self._lost_told, self.failing or "too many facts at once"
            said = self._fact(StorageFailed(detail, lost), self._stamp())
            file.append([*facts, said])
            self._lost_told += lost
            log.warning("the journal is written again; %d facts were lost (%s)", lost, detail)
        elif facts:
            file.append(facts)
        else:
            return
        self.failing = ""
        self._taken += len(facts) - self._saved
        self._saved = 0
        self._unwritten = []
        self._told(file.journal, file.last)
        self._retire(file, facts[-1].stamp if facts else self._stamp())

    def _retire(self, file: JournalFile, stamp: Stamp) -> None:
        """Erase what has had its days, also while no server confirms anything."""
        if stamp.trusted and stamp.utc - self._retired_at >= RETIRE_MS:
            self._retired_at = stamp.utc
            file.retire(stamp.utc, self._keep_days)

    def _failed(self, detail: str) -> None:
        if not self.failing:
            log.error("%s cannot be written (%s): facts are kept in memory", self._path, detail)
        self.failing = detail

    def _recover(self, detail: str) -> bool:
        log.error(
            "%s is damaged (%s): it is set aside and a new journal begins", self._path, detail
        )
        known = None if self._file is None else self._file.last
        if self._file is not None:
            self._file.close()
            self._file = None
        try:
            saved = salvage(self._path, self._unit)
        except OSError as error:
            self._failed(str(error))
            return False
        text = f"damage found: {detail}; {len(saved.facts)} entries saved"
        reached = saved.reached if known is None else max(saved.reached or 0, known)
        began = self._fact(
            JournalStarted(text, saved.journal, saved.first, saved.proven, reached), self._stamp()
        )
        self._unwritten[:0] = [began, *saved.facts]
        self._saved += 1 + len(saved.facts)
        self._explained = True
        return True

    def _hear_time(self, ack: Ack, chain: str) -> None:
        """Take the server's time from a word that is about this journal's own history."""
        if ack.chain == chain:
            self.heard = newest(self.heard, Heard(ack.journal, ack.sequence, ack.utc / 1000))

    def _confirm(self, file: JournalFile, document: str) -> None:
        try:
            ack = decode_text(Ack, self._verifier.payload(Purpose.ACK, document))
            if (ack.site, ack.unit) != (self._site, self._unit):
                raise MalformedMessage("it is for another unit")
            if ack.journal != file.journal:
                return  # the retained word of another journal
            if ack.sequence == file.acked:
                self._hear_time(ack, file.acked_chain)
                return  # nothing new, but the time
            if ack.sequence < file.acked and ack.utc <= file.said_at:
                return  # an echo of what was said before
            known = file.chain_at(ack.sequence)
            if known is None and ack.sequence < file.acked:
                return  # the server was restored from so old a backup that we have it no more
            if known != ack.chain:
                raise MalformedMessage("it confirms entries that this journal never wrote")
        except (MalformedMessage, WrongSignature, ValueError) as error:
            file.append([self._fact(MessageRefused("ack", str(error)), self._stamp())])
            self._told(file.journal, file.last)
            return
        self._hear_time(ack, ack.chain)
        stamp = self._stamp()
        if ack.sequence < file.acked:
            log.warning("the server holds less than before: it was restored, and hears it again")
        file.acknowledge(ack.sequence, ack.chain, stamp.utc, ack.utc)
        if stamp.trusted:
            file.retire(stamp.utc, self._keep_days)
