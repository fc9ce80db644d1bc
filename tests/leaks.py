"""Finds people in what must not name them: topics, payloads, metrics and logs.

A name is found in any spelling of accents and case, in any order of its words, and inside JSON
or addresses that escape it. A card number is found in hexadecimal with any separators, as a
decimal number, in either byte order, and as base64. An id is found as a whole word.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

_UNIT_TOPIC = re.compile(r"loquet/v1/[a-z0-9_-]+/units/[a-z0-9_-]+/[a-z]+")
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[ .()/-]{1,2}(?=\d)")
SHORTEST_NUMBER = 8
"""Digits; a shorter decimal number is found everywhere by chance."""


@dataclass(frozen=True)
class People:
    """Whom not to find. ``numbers``: of cards, hexadecimal as transmitted."""

    names: tuple[str, ...] = ()
    mails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    patterns: dict[str, re.Pattern[str]] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        self.patterns["name"] = _any(map(re.escape, self._spoken()))
        self.patterns["mail"] = _any(re.escape(plain(mail)) for mail in self.mails)
        self.patterns["phone"] = _any(
            re.escape(re.sub(r"\D", "", phone)[-9:]) for phone in self.phones
        )
        self.patterns["card number"] = _any(
            each for number in self.numbers for each in written(number)
        )
        self.patterns["member id"] = _any(
            rf"(?<![A-Za-z0-9_-]){re.escape(each)}(?![A-Za-z0-9_-])" for each in self.ids
        )

    def _spoken(self) -> Iterator[str]:
        for name in self.names:
            words = plain(name).split()
            yield " ".join(words)
            yield " ".join(reversed(words))


def plain(text: str) -> str:
    """Return text in small letters without accents."""
    spread = unicodedata.normalize("NFKD", text)
    return "".join(each for each in spread if not unicodedata.combining(each)).lower()


def written(number: str) -> Iterator[str]:
    """Yield patterns of a card number (hexadecimal) in every form that people and readers use."""
    raw = bytes.fromhex(number)
    for each in (raw, raw[::-1]):
        pairs = [f"{byte:02x}" for byte in each]
        yield "[ :.-]?".join(pairs)
        decimal = str(int.from_bytes(each))
        if len(decimal) >= SHORTEST_NUMBER:
            yield rf"(?<!\d){decimal}(?!\d)"
        yield re.escape(base64.b64encode(each).decode().rstrip("=").lower())
        yield re.escape(base64.urlsafe_b64encode(each).decode().rstrip("=").lower())


def found(people: People, where: str, text: str | bytes, *, ids: bool = True) -> list[str]:
    """Return what of people is in a text, each with where; ``ids``: ids of members count too."""
    told = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    told = plain(_ESCAPED.sub(lambda match: chr(int(match[1], 16)), unquote(told)))
    joined = _BETWEEN_DIGITS.sub("", told)
    kinds = [kind for kind in people.patterns if ids or kind != "member id"]
    leaks = []
    for kind in kinds:
        match = people.patterns[kind].search(joined if kind == "phone" else told)
        if match is not None:
            around = told[max(0, match.start() - 40) : match.end() + 40]
            leaks.append(f"{kind} in {where}: ...{around!r}...")
    return leaks


def in_traffic(people: People, messages: Iterable[tuple[str, bytes]]) -> list[str]:
    """Return what is in MQTT messages; ids may stand in a unit's own topics alone."""
    return [
        leak
        for topic, payload in messages
        for leak in (
            *found(people, f"the topic {topic}", topic),
            *found(people, topic, payload, ids=_UNIT_TOPIC.fullmatch(topic) is None),
        )
    ]


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    """Return a pattern that finds any of these; nothing, if there is none."""
    return re.compile("|".join(patterns) or r"(?!)")
