"""Install windows: the only times in which a reader may be given a key.

How it thinks. Somebody with the rights of the unit asks for a window (``loquet-edge
osdp-install``). Nothing opens yet: within ``CONFIRM_SECONDS`` somebody must turn the key that
re-arms after a fire. A unit without one asks for the door's exit button, ``TIMES`` times within
``SPAN_SECONDS`` (where there is none, for the door to be opened so often), which nobody does who
only passes. Then the window is open, for ``WINDOW_SECONDS`` at
most, for that one reader. It ends as soon as the reader has the key. Opening and end are facts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from loquet_contract.ids import DoorId, ReaderId
from loquet_contract.wire.events_readers import ReaderKeyWindowClosed, ReaderKeyWindowOpened

CONFIRM_SECONDS = 120.0
WINDOW_SECONDS = 600
TIMES, SPAN_SECONDS = 3, 10.0
NOWHERE = (
    "nothing at this unit could confirm the window: no re-arm key, no exit button and no contact"
    " at the reader's door; wire one, or set the key at another unit"
)

Fact = ReaderKeyWindowOpened | ReaderKeyWindowClosed


@dataclass(frozen=True, slots=True)
class Confirming:
    """Which act on the spot is looked for; ``by`` is ``rearm``, ``exit`` or ``contact``."""

    door: DoorId | None
    by: str

    @property
    def times(self) -> int:
        return 1 if self.by == "rearm" else TIMES


@dataclass(slots=True)
class _Window:
    reader: ReaderId
    confirming: Confirming
    until: float
    acts: list[float] = field(default_factory=list)
    open: bool = False


class KeyWindows:
    """The windows of one unit, one at a time; ``open_window`` tells the reader's driver."""

    def __init__(
        self,
        places: Mapping[ReaderId, Confirming | None] | None = None,
        open_window: Callable[[str, float], str | None] = lambda _reader, _until: None,
        close_window: Callable[[str], None] = lambda _reader: None,
    ) -> None:
        self._places = places or {}
        self._open, self._close = open_window, close_window
        self._window: _Window | None = None
        self._last: dict[ReaderId, str] = {}

    def inspect(self, request: Mapping[str, Any], now: float) -> dict[str, Any] | None:
        """Answer who asks on the spot; None if it is not about windows."""
        if request.get("op") not in ("key_window", "key_window_state"):
            return None
        reader = ReaderId(str(request.get("reader", "")))
        if reader not in self._places:
            return {"error": f"no OSDP reader is named {reader!r} here"}
        if request["op"] == "key_window_state":
            return self._state(reader, now)
        return self._ask(reader, now)

    def exit_pressed(self, door: DoorId, now: float) -> list[Fact]:
        """Somebody pressed a door's exit button."""
        return self._act(Confirming(door, "exit"), now)

    def leaf_opened(self, door: DoorId, now: float) -> list[Fact]:
        """Somebody opened a door."""
        return self._act(Confirming(door, "contact"), now)

    def rearmed(self, now: float) -> list[Fact]:
        """Somebody turned the re-arm key."""
        return self._act(Confirming(None, "rearm"), now)

    def key_set(self, reader: ReaderId) -> list[Fact]:
        """The reader has the unit's key."""
        window = self._window
        if window is None or window.reader != reader or not window.open:
            return []
        return self._end("set", keyed=True)

    def chores(self, now: float) -> list[Fact]:
        """End what has waited or stood open for too long; once a second."""
        window = self._window
        if window is None or now < window.until:
            return []
        if window.open:
            return self._end("closed", keyed=False)
        self._window = None
        self._last[window.reader] = "unconfirmed"
        return []

    def _ask(self, reader: ReaderId, now: float) -> dict[str, Any]:
        confirming = self._places[reader]
        if confirming is None:
            return {"error": NOWHERE}
        if self._window is not None and self._window.open:
            return {"error": f"the window of {self._window.reader} is open; wait for its end"}
        self._window = _Window(reader, confirming, now + CONFIRM_SECONDS)
        self._last.pop(reader, None)
        return self._state(reader, now)

    def _state(self, reader: ReaderId, now: float) -> dict[str, Any]:
        window = self._window
        if window is None or window.reader != reader:
            return {"state": self._last.get(reader, "none")}
        return {
            "state": "open" if window.open else "asked", "seconds": round(window.until - now),
            "door": window.confirming.door, "by": window.confirming.by,
            "times": window.confirming.times,
        }  # fmt: skip

    def _act(self, what: Confirming, now: float) -> list[Fact]:
        window = self._window
        if window is None or window.open or window.confirming != what or now >= window.until:
            return []
        window.acts = [at for at in window.acts if now - at < SPAN_SECONDS] + [now]
        if len(window.acts) < what.times:
            return []
        refused = self._open(window.reader, now + WINDOW_SECONDS)
        if refused is not None:
            self._window = None
            self._last[window.reader] = f"refused: {refused}"
            return []
        window.open, window.until = True, now + WINDOW_SECONDS
        return [ReaderKeyWindowOpened(window.reader, WINDOW_SECONDS, what.by)]

    def _end(self, word: str, *, keyed: bool) -> list[Fact]:
        assert self._window is not None
        reader = self._window.reader
        self._window = None
        self._last[reader] = word
        self._close(reader)
        return [ReaderKeyWindowClosed(reader, keyed)]
