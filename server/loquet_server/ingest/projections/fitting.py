"""Whether what a fact says can be kept: names as names are, numbers as every database has them.

A unit signs what it says, but what it says may be odd: text of any length, a number of 63 bits.
An odd fact must not stop its unit's journal.
"""

import re
import types
import typing
from collections.abc import Callable
from operator import attrgetter
from typing import Any

from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.events import Event

_WORD = r"[\x21-\x7e]{1,64}"
_LARGEST = 2**31 - 1
_MOMENTS = ("when", "step", "period", "claimed", "known")
"""Times; they have a wider column."""
_Check = Callable[[Any], bool]


def check(event: Event) -> None:
    """Raise MalformedMessage if a name is no plain word, or a number is larger than 31 bits."""
    cls: Any = type(event)
    found = _CHECKS.get(cls) or _CHECKS.setdefault(cls, _checks_of(cls))
    for what, fits in found:
        if not fits(event):
            raise MalformedMessage(f"not all of {what} can be kept")


_CHECKS: dict[Any, tuple[tuple[str, _Check], ...]] = {}


def _checks_of(cls: Any) -> tuple[tuple[str, _Check], ...]:
    """Return the checks of a class, each with the fields that it looks at."""
    hints = _hints(cls)
    names = [name for name, kind in hints.items() if isinstance(kind, typing.NewType)]
    numbers = [name for name, kind in hints.items() if kind is int and name not in _MOMENTS]
    found = [(", ".join(names), _words(names))] if names else []
    return (*found, *((name, _number(name)) for name in numbers))


def _words(names: list[str]) -> _Check:
    """Look at all names at once, one on a line: one that holds a line break is a line too many."""
    matches = re.compile(rf"(?:{_WORD}\n){{{len(names) - 1}}}{_WORD}").fullmatch
    values = attrgetter(*names)
    if len(names) == 1:
        return lambda event: matches(str(values(event))) is not None
    return lambda event: matches("\n".join(map(str, values(event)))) is not None


def _number(name: str) -> _Check:
    value = attrgetter(name)
    return lambda event: -_LARGEST <= (value(event) or 0) <= _LARGEST


def _hints(cls: Any) -> dict[str, Any]:
    """Return each field's type, without its None."""
    found = {}
    for name, kind in typing.get_type_hints(cls).items():
        if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
            (kind,) = (each for each in typing.get_args(kind) if each is not types.NoneType)
        found[name] = kind
    return found
