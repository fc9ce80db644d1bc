"""From a payload to what it means for a desk, by a mapping; whatever comes, nothing breaks.

Paths are JMESPath (jmespath.org), which Home Assistant's users and cloud tools know: ``contact``,
``StatusSNS.Switch1``, ``"battery-low"``, ``sensors[0].occupied``.
"""

import json
import math
from functools import lru_cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError
from jmespath.parser import ParsedResult

MAX_PAYLOAD = 16 * 1024
"""Bytes; a sensor says less, and nothing larger is read."""
MAX_PATH = 200
MOST_SHOWN = 60
"""Characters of a value that an explanation repeats."""


class InvalidPath(ValueError):
    """A path cannot be read; the message says where."""


class Unreadable(ValueError):
    """A payload means nothing by its mapping; the message says why."""


@lru_cache(maxsize=1024)
def compiled(path: str) -> ParsedResult:
    """Return a path ready for use; raise InvalidPath."""
    if len(path) > MAX_PATH:
        raise InvalidPath(f"a path has at most {MAX_PATH} characters")
    try:
        return jmespath.compile(path)
    except (JMESPathError, RecursionError) as error:
        first = str(error).partition("\n")[0]
        raise InvalidPath(f"{path!r} is not a path into JSON: {first}") from error


def value_at(payload: bytes, path: str) -> str:
    """Return, as text, what ``path`` (empty: the whole as plain text) finds in a payload.

    Raise Unreadable, or InvalidPath.
    """
    if len(payload) > MAX_PAYLOAD:
        raise Unreadable(f"{len(payload)} bytes are more than the {MAX_PAYLOAD} that are read")
    try:
        text = payload.decode()
    except UnicodeDecodeError as error:
        raise Unreadable("it is not text (UTF-8)") from error
    if not path:
        return text.strip()
    try:
        plain = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not JSON") from error
    try:
        found = compiled(path).search(plain)
    except (JMESPathError, RecursionError) as error:
        raise Unreadable(f"the path {path!r} does not fit it") from error
    if found is None:
        raise Unreadable(f"it has no {path!r}")
    return _text(found, path)


def meaning(payload: bytes, path: str, active: tuple[str, ...], idle: tuple[str, ...]) -> bool:
    """Return True if a payload says active, False if idle; raise Unreadable."""
    value = value_at(payload, path)
    said = value.casefold()
    for wanted, result in ((active, True), (idle, False)):
        if any(said == each.casefold() for each in wanted):
            return result
    raise Unreadable(f"its value {value[:MOST_SHOWN]!r} is in neither list")


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _text(found: object, path: str) -> str:
    """Return a JSON scalar as it is written: true, 1, ON."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, str):
        return found.strip()
    if isinstance(found, int):
        return str(found)
    if isinstance(found, float) and math.isfinite(found):
        return str(int(found)) if found.is_integer() else repr(found)
    raise Unreadable(f"what it has at {path!r} is no single value")
