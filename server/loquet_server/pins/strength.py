"""Which PINs are refused, and how long a space's PINs must be. Pure.

*The rule of a thousand.* Whoever has a badge and types any PIN must hardly ever be right: for each
person of a space who has a PIN there are at least a thousand that could be chosen. (EN 60839-11-1,
the European standard for electronic access control, speaks of such a ratio of codes to people;
Loquet keeps this one for every space, and claims no grade of that standard.) PINs that are
refused are not counted among those that could be chosen.

*Refused* are the few that people choose first, and thieves try first:

* one digit again and again, or a part of the PIN again and again (4444, 1212, 731731);
* digits in a row, up or down, also over the zero (1234, 8901, 6543);
* what may be a birthday: day and month, a year, or a whole date, in the usual orders;
* the middle column of the keypad (2580, 0852);
* digits of the person's own telephone number.
"""

from collections.abc import Callable, Iterator

from loquet_contract.access.pin import LONGEST, SHORTEST
from loquet_server.web.i18n import N_

RATIO = 1000
DEFAULT = 6
"""Digits of a new PIN unless the space chooses: enough for 889 people."""
LENGTHS = range(SHORTEST, LONGEST + 1)
_COLUMN = frozenset({"2580", "0852"})
_UP, _DOWN = "01234567890123456", "98765432109876543"
_CENTURIES = ("19", "20")
_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)

REPEATS = N_("Please choose less regular digits: parts of this one repeat.")
IN_A_ROW = N_("Please do not choose digits in a row.")
A_DATE = N_("Please choose something that is no date: birthdays are tried first.")
A_COLUMN = N_("Please do not choose a column of the keypad.")
A_TELEPHONE = N_("Please do not choose digits of your telephone number.")


def weakness(digits: str, telephone: str = "") -> str | None:
    """Return why a PIN is refused, a text that is marked for translation; None if it is not."""
    return next((text for weak, text in _WEAK if weak(digits)), None) or (
        A_TELEPHONE if digits in _plain(telephone) else None
    )


def could_be_chosen(length: int) -> int:
    """Return at least how many PINs of so many digits are not refused."""
    dates = {4: 2 * 366 + 200, 6: 3 * 366 * 100, 8: 3 * 366 * 200}.get(length, 0)
    repeats = sum(int(10**part) for part in range(1, length) if length % part == 0)
    return int(10**length) - dates - repeats - 20 - len(_COLUMN)


def people(length: int) -> int:
    """Return for how many people with a PIN so many digits are enough."""
    return could_be_chosen(length) // RATIO


def length_for(count: int) -> int:
    """Return how many digits so many people with a PIN need; ``LONGEST`` if none are enough."""
    return next((length for length in LENGTHS if people(length) >= count), LONGEST)


def _repeats(digits: str) -> bool:
    parts = (part for part in range(1, len(digits)) if len(digits) % part == 0)
    return any(digits == digits[:part] * (len(digits) // part) for part in parts)


def _in_a_row(digits: str) -> bool:
    return digits in _UP or digits in _DOWN


def _a_date(digits: str) -> bool:
    if len(digits) == 4 and digits[:2] in _CENTURIES:
        return True
    return any(_is_day(month, day) for month, day in _days_of(digits))


def _days_of(digits: str) -> Iterator[tuple[str, str]]:
    """Yield what may be month and day in a PIN of this length."""
    first, second, last = digits[:2], digits[2:4], digits[-4:]
    if len(digits) == 4:
        yield from ((second, first), (first, second))
    elif len(digits) == 6:
        yield from ((second, first), (first, second), (last[:2], last[2:]))
    elif len(digits) == 8:
        if digits[4:6] in _CENTURIES:
            yield from ((second, first), (first, second))
        if digits[:2] in _CENTURIES:
            yield last[:2], last[2:]


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= _MONTHS[int(month) - 1]


def _plain(telephone: str) -> str:
    return "".join(each for each in telephone if each in "0123456789")


_WEAK: tuple[tuple[Callable[[str], bool], str], ...] = (
    (_repeats, REPEATS),
    (_in_a_row, IN_A_ROW),
    (_a_date, A_DATE),
    (_COLUMN.__contains__, A_COLUMN),
)
