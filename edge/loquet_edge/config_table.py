"""One table of a configuration file, read strictly: each key once, none unknown."""

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn, cast

from loquet_contract.ids import InvalidId, check_id
from loquet_edge.errors import ConfigurationError

HIGHEST_LINE = 57
"""The last line of a gpiochip; which of them are on a header, ``config_lines`` says."""
_MISSING: Any = object()


class Table:
    """Keys of one TOML table; remembers which it was asked for, so that ``finish`` finds others."""

    def __init__(self, file: Path, name: str, plain: dict[str, Any]) -> None:
        self._file, self._name, self._plain = file, name, plain
        self._known: list[str] = []

    def named(self, name: str) -> "Table":
        """Return this table under a name that a person finds: ``doors.front``."""
        self._name = name
        return self

    def refuse(self, key: str, what: str) -> NoReturn:
        """Raise the ConfigurationError of one key."""
        raise ConfigurationError(self._file, self._name, key, what)

    def finish(self) -> None:
        """Raise ConfigurationError if the table has a key that nothing asked for."""
        for key in self._plain:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, 1, 0.5)
                advice = f"did you mean {near[0]!r}?" if near else "remove it;"
                self.refuse(key, f"unknown key; {advice} known here: {', '.join(self._known)}")

    def table(self, key: str) -> "Table":
        found = self.optional(key)
        if found is None:
            self.refuse(key, f"the table [{key}] is missing")
        return found

    def optional(self, key: str) -> "Table | None":
        value = self._take(key, None)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.refuse(key, f"write a table: [{key}]")
        return Table(self._file, key, value)

    def tables(self, key: str) -> list["Table"]:
        value = self._take(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            self.refuse(key, f"write one table for each: [[{key}]]")
        return [Table(self._file, f"{key}.{at + 1}", each) for at, each in enumerate(value)]

    def text(self, key: str, default: str = _MISSING) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            self.refuse(key, f"write text in quotes, not {_said(value)}")
        return value

    def id(self, key: str) -> str:
        try:
            return check_id(self.text(key), key)
        except InvalidId as error:
            self.refuse(key, str(error))

    def choice(self, key: str, allowed: Sequence[str], default: str = _MISSING) -> str:
        value = self._take(key, default)
        if not isinstance(value, str) or value not in allowed:
            near = difflib.get_close_matches(str(value), allowed, 1, 0.5)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            self.refuse(key, f"{_said(value)} is not one of {', '.join(allowed)}{hint}")
        return value

    def known(self, key: str, value: str, known: Sequence[str], what: str) -> str:
        """Return ``value`` if it names one of ``known``; raise naming the nearest otherwise."""
        if value not in known:
            near = difflib.get_close_matches(value, known, 1, 0.4)
            hint = f"did you mean {near[0]!r}?" if near else f"{what}s here: {', '.join(known)}"
            self.refuse(key, f"no {what} is named {value!r}; {hint}")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.refuse(key, f"write true or false, not {_said(value)}")
        return value

    def active(self, key: str, default: str) -> bool:
        """Return whether the level that means *active* is high."""
        return self.choice(key, ("high", "low"), default) == "high"

    def pull(self, key: str, default: str) -> Any:
        return self.choice(key, ("up", "down", "none"), default)

    def seconds(self, key: str, default: float) -> float:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e6:
            self.refuse(key, f"write a number of seconds greater than 0, not {_said(value)}")
        return float(value)

    def optional_seconds(self, key: str) -> float | None:
        if key not in self._plain:
            self._take(key, None)
            return None
        return self.seconds(key, _MISSING)

    def optional_between(self, key: str, low: float, high: float, unit: str) -> float | None:
        """Return a number in this unit within its bounds, or None if the key is not there."""
        value = self._take(key, None)
        if value is None:
            return None
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or not low <= value <= high
        ):
            self.refuse(key, f"write {unit} from {low:g} to {high:g}, not {_said(value)}")
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(key, f"write a whole number from {low} to {high}, not {_said(value)}")
        return value

    def line(self, key: str) -> int:
        return self.whole(key, _MISSING, 0, HIGHEST_LINE)

    def optional_line(self, key: str) -> int | None:
        if key not in self._plain:
            self._take(key, None)
            return None
        return self.line(key)

    def address(self, key: str) -> tuple[str, int] | None:
        """Return ``HOST:PORT``, or None if the key is not there."""
        value = self._take(key, None)
        if value is None:
            return None
        host, _, port = str(value).rpartition(":")
        if not host or not port.isdecimal() or not 0 < int(port) < 65536:
            self.refuse(key, f'write "HOST:PORT", such as "192.168.1.10:1883", not {_said(value)}')
        return host, int(port)

    def names(self, key: str, default: Sequence[str]) -> tuple[str, ...]:
        value = self._take(key, list(default))
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            self.refuse(key, f"write a list of names, not {_said(value)}")
        return tuple(cast(list[str], value))

    def path(self, key: str, default: str) -> Path:
        """Return an absolute path; a relative one is relative to the file's folder."""
        return (self._file.parent / self.text(key, default)).absolute()

    def _take(self, key: str, default: Any) -> Any:
        if key not in self._known:
            self._known.append(key)
        value = self._plain.get(key, default)
        if value is _MISSING:
            near = difflib.get_close_matches(key, list(self._plain), 1, 0.6)
            hint = f"; is {near[0]!r} a slip?" if near else ""
            self.refuse(key, f"is missing{hint}")
        return value


def _said(value: object) -> str:
    return repr(value) if isinstance(value, str | int | float | bool) else type(value).__name__
