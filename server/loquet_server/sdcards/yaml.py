"""Plain values as YAML 1.1, for cloud-init: blocks of maps and lists, texts between quotes.

Only what a card needs: maps, lists, texts, truth and numbers. A text is written as JSON writes it,
which is a double-quoted scalar of YAML, so that no text can end its own line; several lines are
written as a literal block, for people to read.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Plain: TypeAlias = "str | int | bool | Sequence[Plain] | Mapping[str, Plain]"
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_UNSEEN = re.compile(
    "[^ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
)
"""Signs that are not printable in YAML 1.1 (5.1), and its own ends of lines."""
_RESERVED = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_BLOCK = re.compile(r"[!-~][ -~]*\n(?:[ -~]*\n)*[ -~]*[!-~]\n")
"""What may stand as a literal block: printable ASCII, no blank first or last line."""


def dump(value: Mapping[str, Plain]) -> str:
    """Return a document."""
    return "\n".join(_lines(value, 0) if value else ["{}"]) + "\n"


def _lines(value: Plain, depth: int) -> Iterator[str]:
    pad = "  " * depth
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _entry(f"{pad}{_key(name)}:", each, depth)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for each in value:
            if _flat(each):
                yield f"{pad}- {_scalar(each)}"
            else:
                first, *rest = _lines(each, depth + 1)
                yield f"{pad}- {first[len(pad) + 2 :]}"
                yield from rest


def _entry(head: str, value: Plain, depth: int) -> Iterator[str]:
    if isinstance(value, str) and _BLOCK.fullmatch(value):
        yield f"{head} |"
        yield from ("  " * (depth + 1) + line if line else "" for line in value[:-1].split("\n"))
    elif _flat(value):
        yield f"{head} {_scalar(value)}"
    else:
        yield head
        yield from _lines(value, depth + 1)


def _flat(value: Plain) -> bool:
    """True for what stands on one line: scalars, and what is empty."""
    return isinstance(value, str | int) or not value


def _scalar(value: Plain) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, int):
        return str(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def _key(name: str) -> str:
    """Return a name as a key: plain where that is safe, else quoted."""
    plain = _NAME.fullmatch(name) and name.lower() not in _RESERVED
    return name if plain else _quoted(name)


def _quoted(text: str) -> str:
    # JSON leaves some signs as they are that YAML forbids, or takes for the end of a line.
    return _UNSEEN.sub(
        lambda found: f"\\U{ord(found[0]):08x}", json.dumps(text, ensure_ascii=False)
    )
