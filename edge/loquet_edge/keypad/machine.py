"""What is typed at one reader.

A badge comes first: only then are keys heard, and those before it are thrown away, so that
nobody's PIN is typed for a badge that comes later. Then digits; ``#`` ends, ``*`` clears what was
typed so far. Whoever ends without a digit gives up. A second badge starts over, for that badge.
Between two keys may pass ``KEY_SECONDS``, between the badge and the end ``WHOLE_SECONDS``.

What was typed leaves the machine once, in ``Typed``; nothing shows it in a log.
"""

from dataclasses import dataclass, field, replace

from loquet_contract.access.pin import LONGEST

KEY_SECONDS, WHOLE_SECONDS = 10.0, 20.0
END, CLEAR = "#", "*"


@dataclass(frozen=True, slots=True)
class Badged:
    """A badge was held to the reader, and its PIN is asked for."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key."""

    key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Some time went by."""


Happening = Badged | Pressed | TimePassed


@dataclass(frozen=True, slots=True)
class Typed:
    """A PIN was ended; of one digit or more, and of ``LONGEST`` + 1 if there were too many."""

    digits: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Abandoned:
    """No PIN came: given up, out of time, or another badge."""


Outcome = Typed | Abandoned


@dataclass(frozen=True, slots=True)
class Keypad:
    """One reader's keys. ``asked_at``: when the badge came, monotonic seconds; None: no badge."""

    asked_at: float | None = None
    pressed_at: float = 0.0
    digits: str = field(default="", repr=False)

    @property
    def waiting(self) -> bool:
        """True while a PIN is asked for."""
        return self.asked_at is not None

    @property
    def deadline(self) -> float | None:
        """When ``TimePassed`` is due, in monotonic seconds; None while nobody is asked."""
        if self.asked_at is None:
            return None
        return min(self.pressed_at + KEY_SECONDS, self.asked_at + WHOLE_SECONDS)


IDLE = Keypad()


def step(keypad: Keypad, happening: Happening, now: float) -> tuple[Keypad, Outcome | None]:
    """Return how the keypad stands after this, and what came of it."""
    late = keypad.deadline is not None and now >= keypad.deadline
    if isinstance(happening, Badged):
        return Keypad(now, now), Abandoned() if keypad.waiting else None
    if late:
        return IDLE, Abandoned()
    if isinstance(happening, TimePassed) or not keypad.waiting:
        return keypad, None
    return _key(keypad, happening.key, now)


def _key(keypad: Keypad, key: str, now: float) -> tuple[Keypad, Outcome | None]:
    if key == END:
        return IDLE, Typed(keypad.digits) if keypad.digits else Abandoned()
    if key == CLEAR:
        return replace(keypad, digits="", pressed_at=now), None
    if len(key) == 1 and key in "0123456789":
        digits = (keypad.digits + key)[: LONGEST + 1]
        return replace(keypad, digits=digits, pressed_at=now), None
    return keypad, None
