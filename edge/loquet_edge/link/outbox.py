"""What of the journal to send next: pure, it sees only sequence numbers, sizes and times.

The journal is one long numbered row. Three marks move along it:

    acked <= sent <= last
      |        |       `- the newest entry there is
      |        `--------- sent in this session, in batches, in order
      `------------------ the server has said, under its signature, that it keeps all up to here

At most ``WINDOW`` batches are on their way. MQTT's own acknowledgement counts for nothing here:
it speaks for the broker. Whenever something is in doubt, ``sent`` *goes back* to ``acked`` and
all after it is sent again; the server drops what it has, so that going back costs time and
never a fact. In doubt is: a new session; the oldest batch unanswered for too long; the server
saying, later than anything it said before, that it holds *less* (it was restored from a
backup); a new journal. The time allowed doubles, up to ``SLOWEST``, each time it runs out
without progress: a server that is down, or forged acknowledgements that the signature refuses,
cost a batch every few minutes and not a spinning processor.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

WINDOW = 8
"""Batches on their way at most: 8 x 64 KiB fill a poor line for seconds, and its broker never."""
PATIENCE = 10.0
"""Seconds until the oldest batch is sent again."""
SLOWEST = 300.0


@dataclass(frozen=True, slots=True)
class _Flight:
    last: int
    sent_at: float


class Outbox:
    """Which entries to send, and when to look again. Times are monotonic seconds."""

    def __init__(self, window: int = WINDOW, patience: float = PATIENCE) -> None:
        self._window = window
        self._patience = self._first_patience = patience
        self._flights: deque[_Flight] = deque()
        self._connected = False
        self._said_at = self._said_with = 0
        self.acked = self.sent = self.last = 0

    @property
    def backlog(self) -> int:
        """How many entries the server has not acknowledged."""
        return self.last - self.acked

    def begin(self, acked: int, last: int) -> None:
        """Start on a journal, the first or a new one."""
        self.acked = self.sent = acked
        self.last = max(acked, last)
        self._said_at = self._said_with = 0
        self._flights.clear()
        self._patience = self._first_patience

    def appended(self, last: int) -> None:
        """The journal now reaches to ``last``."""
        self.last = max(self.last, last)

    def connected(self) -> None:
        """A session begins; what was on its way in the one before is in doubt."""
        self._connected = True
        self._go_back()

    def disconnected(self) -> None:
        self._connected = False
        self._go_back()

    def acknowledged(self, sequence: int, said_at: int) -> None:
        """The server holds all up to ``sequence``; ``said_at`` (its UTC milliseconds) orders.

        The caller has verified it. What was said earlier than something already heard is an
        echo and changes nothing; so does a sequence that the journal has not reached. A word on
        an entry that was not written yet when the latest one came is no echo, whatever its time:
        the server's clock was set back.
        """
        if not 0 <= sequence <= self.last:
            return
        if said_at < self._said_at and sequence <= self._said_with:
            return
        self._said_at, self._said_with = said_at, self.last
        if sequence < self.acked:
            self.acked = sequence
            self._go_back()
            return
        if sequence == self.acked:
            return
        self.acked = sequence
        self._patience = self._first_patience
        while self._flights and self._flights[0].last <= sequence:
            self._flights.popleft()
        self.sent = max(self.sent, sequence)

    def due(self, now: float) -> int | None:
        """Return the sequence after which the next batch begins; None while there is none."""
        if self._flights and now >= self._flights[0].sent_at + self._patience:
            self._patience = min(self._patience * 2, SLOWEST)
            self._go_back()
        if not self._connected or self.sent >= self.last or len(self._flights) >= self._window:
            return None
        return self.sent

    def batch_sent(self, last: int, now: float) -> None:
        """The batch up to and with ``last`` is on its way."""
        if last <= self.sent:
            raise ValueError(f"a batch up to {last} does not follow {self.sent}")
        self.sent = last
        self.last = max(self.last, last)
        self._flights.append(_Flight(last, now))

    def deadline(self) -> float | None:
        """Return when ``due`` may answer otherwise though nothing happened."""
        if not self._connected or not self._flights:
            return None
        return self._flights[0].sent_at + self._patience

    def _go_back(self) -> None:
        self.sent = self.acked
        self._flights.clear()


def cut(sizes: Iterable[int], limit: int) -> int:
    """Return how many entries of these ``sizes`` go into one batch of ``limit`` bytes.

    At least one, if there is any: an entry too large by itself must not stop the journal.
    """
    total = count = 0
    for size in sizes:
        total += size
        if total > limit and count:
            break
        count += 1
    return count
