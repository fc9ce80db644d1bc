"""Which pattern a door plays now, and when its lights change next.

Three things want to be shown, and the uppermost that there is, is:

1. a fire, above everything;
2. an answer to somebody, until it ends; a new one takes the place of the one before, after a
   moment of darkness where the light was on, so that each badge is seen to be answered;
3. what the door waits for: a PIN, a badge to enrol;
4. how the door stands.

Times are monotonic seconds, given by the caller.
"""

from loquet_contract.feedback import ANSWERS, DARK, Beat, Pattern, Shown
from loquet_edge.feedback.voice import Volume
from loquet_edge.feedback.voicing import voiced, volume_of

LEAD_SECONDS = 0.1
"""The darkness before an answer where the light was on."""


class Player:
    """What is shown; ``beat`` and ``deadline`` say it for a moment."""

    def __init__(self, volume: Volume = Volume.NORMAL) -> None:
        self._volume = volume
        self._night = False
        self._state: tuple[Shown, float] = (Shown.IDLE, 0.0)
        self._waiting: tuple[Shown, float] | None = None
        self._wait_until: float | None = None
        self._answer: tuple[Shown, float] | None = None

    def state(self, shown: Shown, now: float) -> None:
        """The door stands like this from now on; said again, its rhythm goes on.

        A lock that lets go is the better answer to whoever was just told something else.
        """
        if shown is Shown.RELEASED:
            self._answer = None
        if shown is Shown.LOCKED_DOWN:
            self._waiting = None
        if shown is not self._state[0]:
            self._state = (shown, now)

    def wait(self, shown: Shown | None, now: float, until: float | None = None) -> None:
        """The door waits for something from now on, until then at most, or no longer."""
        self._wait_until = until
        before = None if self._waiting is None else self._waiting[0]
        if shown is not before:
            self._waiting = None if shown is None else (shown, now)

    def answer(self, shown: Shown, now: float) -> None:
        """Tell somebody something; ``shown`` is one of those that end."""
        if shown not in ANSWERS:
            raise ValueError(f"{shown} says how a door stands, and answers nobody")
        lit = self.beat(now).lit
        self._answer = (shown, now + LEAD_SECONDS if lit else now)

    def night(self, night: bool) -> None:
        """Speak as by night, or as by day."""
        self._night = night

    def shown(self, now: float) -> Shown:
        """Return what is shown at ``now``."""
        return self._current(now)[0]

    def beat(self, now: float) -> Beat:
        """Return the lights and the sound at ``now``."""
        shown, since = self._current(now)
        found = self._pattern(shown).at(now - since) if now >= since else None
        return DARK if found is None else found[0]

    def deadline(self, now: float) -> float | None:
        """Return when the lights change next, or may; None while they stay as they are."""
        shown, since = self._current(now)
        if now < since:
            return since
        pattern = self._pattern(shown)
        found = pattern.at(now - since)
        if found is None or (pattern.repeats and len(pattern.beats) == 1):
            return None
        # A rounding error must not make a deadline that has passed already.
        return now + max(found[1], 1e-3)

    def _pattern(self, shown: Shown) -> Pattern:
        return voiced(shown, volume_of(shown, self._volume, night=self._night))

    def _current(self, now: float) -> tuple[Shown, float]:
        if self._state[0] is Shown.FIRE:
            return self._state
        if self._answer is not None:
            shown, since = self._answer
            if now < since or self._pattern(shown).at(now - since) is not None:
                return self._answer
        ended = self._wait_until is not None and now >= self._wait_until
        return self._state if self._waiting is None or ended else self._waiting
