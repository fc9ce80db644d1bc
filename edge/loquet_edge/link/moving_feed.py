"""What moves, on its way to ``door``: one message at a time, so that no tap waits behind many.

What comes from the broker waits its turn, and waits too while everything is being fetched; what
was fetched goes first. When ``door`` says that it is behind, it is asked for again, later each
time that it did not help.

The broker is told at once that a message came. One that is lost on the way here shows as a gap
and is asked for, while one that waited unconfirmed would hold up a lockdown behind it.
"""

import logging
from collections import deque
from collections.abc import Callable

from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.signing import WrongSignature
from loquet_edge.link.fetch import FetchedMoving, MovingFetch
from loquet_edge.link.inbox import Heard, Inbox
from loquet_edge.link.session import Backoff
from loquet_edge.seam import Moved

log = logging.getLogger(__name__)

MAX_WAITING = 256
"""Messages of the broker that wait; the oldest is given up first, and shows as a gap."""
PATIENCE_SECONDS = 5.0
"""A ``door`` that has not answered after this long is sent the next all the same."""
PAUSE_SECONDS = 1.0
"""Between two fetches, however often one is wanted."""


class MovingFeed:
    """Times are monotonic seconds."""

    def __init__(
        self,
        fetch: MovingFetch,
        send: Callable[[Moved], None],
        inbox: Inbox,
        backoff: Backoff,
    ) -> None:
        self._fetch, self._send, self._inbox, self._backoff = fetch, send, inbox, backoff
        self._parts: deque[str] = deque()
        self._waiting: deque[str] = deque()
        self._sent_at: float | None = None
        self._have: int | None = None
        self._door = self._fetching = False
        self._fetch_at: float | None = None
        self._not_before = 0.0

    def hear(self, document: str) -> None:
        """Queue a verified message of the broker."""
        self._waiting.append(document)
        if len(self._waiting) > MAX_WAITING:
            self._waiting.popleft()

    def want(self, now: float) -> None:
        """Ask for what has moved, as soon as it may be asked."""
        if self._fetch_at is None:
            self._fetch_at = max(now, self._not_before)

    def door_found(self) -> None:
        """``door`` is there anew; it will say itself what it has."""
        self._door, self._sent_at = True, None
        self._parts.clear()

    def took(self, have: int | None, now: float) -> None:
        """``door`` looked at a message."""
        self._have, self._sent_at = have, None
        if not self._parts and not self._fetching and self._fetch_at is None:
            self._backoff.reset()

    def behind(self, have: int | None, now: float) -> None:
        """``door`` misses something."""
        self._have, self._sent_at = have, None
        self._parts.clear()
        self.want(now)

    def deadline(self) -> float:
        """Return when ``advance`` has something to do although nobody calls."""
        if self._sent_at is not None:
            return self._sent_at + PATIENCE_SECONDS
        waits = self._fetch_at is None or not self._door or self._busy
        return float("inf") if waits else self._fetch_at or 0.0

    def advance(self, now: float) -> Heard:
        """Fetch if it is time, and send what may be sent; return what ``door`` is to record."""
        refused = Heard()
        result = self._fetch.result() if self._fetching else None
        if result is not None:
            refused = self._fetched(result, now)
        due = self._fetch_at is not None and now >= self._fetch_at
        if due and self._door and not self._busy:
            self._fetching, self._fetch_at = True, None
            self._fetch.start(self._have)
        if self._sent_at is not None and now >= self._sent_at + PATIENCE_SECONDS:
            self._sent_at = None
        if self._sent_at is None and self._door:
            self._send_next(now)
        return refused

    @property
    def _busy(self) -> bool:
        """True while what was asked for is on its way: to ask again would bring it twice."""
        return self._fetching or bool(self._parts) or self._sent_at is not None

    def ended(self, within: float) -> bool:
        """Wait at most so many seconds; True if nothing is being fetched any more."""
        return self._fetch.ended(within)

    def _send_next(self, now: float) -> None:
        queue = self._waiting if not self._parts and not self._fetching else self._parts
        if queue:
            self._sent_at = now
            self._send(Moved(queue.popleft()))

    def _fetched(self, result: FetchedMoving, now: float) -> Heard:
        self._fetching = False
        self._not_before = now + max(PAUSE_SECONDS, self._backoff.next())
        if result.documents is None:
            log.warning("what moves could not be fetched: %s", result.detail)
            self.want(now)
            return self._inbox.refusal("moving", result.detail, now) if result.refused else Heard()
        try:
            for document in result.documents:
                self._inbox.verify_moving(document)
        except (WrongSignature, MalformedMessage) as error:
            self.want(now)
            return self._inbox.refusal("moving", str(error), now)
        self._parts.extend(result.documents)
        return Heard()
