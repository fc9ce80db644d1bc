"""The structure of ``opening_hours``: rules, and in each its days, its times and its state.

The library evaluates; it knows no local holidays, takes a comment for "open", and guesses where
nobody knows. So each rule that needs it is written anew before it is evaluated:

- days with PH or SH become the very dates that they mean here;
- a rule with a comment becomes *unknown*, and so does a lone open end (``18:00+``);
- times by the sun, and moments without an end, are refused.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from loquet_server.hours.words import refused

SEPARATORS: Final = (";", "||", ",")
EVERY_DAY: Final = "Mo-Su"
_PIECES: Final = re.compile(r'"[^"]*"|;|\|\||,|[^";|,]+|.')
_TIME: Final = re.compile(r"\d{1,2}:\d{2}")
_SUN: Final = re.compile(r"\b(sunrise|sunset|dawn|dusk)\b", re.IGNORECASE)
_TAIL: Final = re.compile(
    r'(?P<selector>.*?)\s*(?P<state>open|off|closed|unknown)?\s*(?P<comment>"[^"]*")?'
    r"\s*",
    re.IGNORECASE | re.DOTALL,
)
_OPEN_END: Final = re.compile(r"\d{1,2}:\d{2} ?\+")
_HOLIDAY: Final = re.compile(r"\b(PH|SH)\b")


@dataclass(frozen=True, slots=True)
class RuleText:
    """One rule as written: ``separator`` before it ("" for the first), and its parts.

    ``state``: open, off or unknown. ``comment`` None: there is none. ``position``: where it begins.
    """

    text: str
    position: int
    separator: str = ""
    days: str = ""
    times: str = ""
    state: str = "open"
    comment: str | None = None

    @property
    def opens(self) -> bool:
        """True if the rule says that something is open, and means it."""
        return self.state == "open" and self.comment is None

    @property
    def has_holidays(self) -> bool:
        """True if its days name public or school holidays."""
        return _HOLIDAY.search(self.days) is not None

    def names(self, holiday: str) -> bool:
        """Return whether its days name PH or SH."""
        return holiday in _HOLIDAY.findall(self.days)


@dataclass(frozen=True, slots=True)
class Tidy:
    """A text with single spaces, and where each of its characters came from."""

    text: str
    places: tuple[int, ...]

    def place(self, index: int) -> int:
        """Return the position in what was written."""
        return self.places[index] if index < len(self.places) else self.end

    @property
    def end(self) -> int:
        """Return the position after the last character."""
        return self.places[-1] + 1 if self.places else 0


def tidy(hours: str) -> Tidy:
    """Return hours without needless spaces, and without semicolons at the end."""
    kept: list[tuple[str, int]] = []
    quoted = False
    for place, letter in enumerate(hours):
        quoted ^= letter == '"'
        if not letter.isspace() or quoted:
            kept.append((letter, place))
        elif kept and not (kept[-1][0].isspace()):
            kept.append((" ", place))
    while kept and not quoted and kept[-1][0] in " ;":
        kept.pop()
    return Tidy("".join(letter for letter, _ in kept), tuple(place for _, place in kept))


def split(text: str) -> list[RuleText]:
    """Return the rules of a tidy text that the library has accepted."""
    found: list[RuleText] = []
    separator, begin, at = "", 0, 0
    for piece in _PIECES.findall(text):
        if piece in SEPARATORS and (piece != "," or _separates(text, at)):
            found.append(_rule(text[begin:at], begin, separator))
            separator, begin = piece, at + len(piece)
        at += len(piece)
    found.append(_rule(text[begin:], begin, separator))
    return found


def join(rules: Iterable[RuleText]) -> str:
    """Return rules as one text again, comments left out."""
    made = ""
    for each in rules:
        days, space = each.days, " " if each.separator == "||" else ""
        if made and each.separator == "," and not days:
            days = EVERY_DAY  # else its times would go on with the list before the comma
        made += f"{space}{each.separator} " if made else ""
        made += " ".join(part for part in (days, each.times, _state(each)) if part)
    return made


def check(rules: Sequence[RuleText]) -> None:
    """Raise InvalidHours where a rule goes by the sun, by a comment, or by moments."""
    for each in rules:
        sun = _SUN.search(each.times) or _SUN.search(each.days)
        if sun is not None:
            raise refused("sun", each.position + each.text.index(sun[0]), text=sun[0])
        if '"' in each.days + each.times:
            raise refused("unclear_days", each.position, text=each.text)
        if "/" in each.times:
            place = each.position + each.text.index(each.times)
            raise refused("repeated", place, text=each.times)


def certain(rule: RuleText) -> RuleText:
    """Return a rule in which what is not certain is *unknown*."""
    if rule.state == "off":
        return replace(rule, comment=None)
    if rule.comment is not None:
        rule = replace(rule, state="unknown", comment=None)
    spans = [each.strip() for each in rule.times.split(",")]
    ends = [each for each in spans if _OPEN_END.fullmatch(each)]
    if rule.state == "unknown" or "+" not in rule.times:
        return rule
    kept = [each.rstrip("+ ") for each in spans if each not in ends]
    if kept:
        return replace(rule, times=",".join(kept))
    unsure = ",".join(f"{each.rstrip('+ ')}-24:00" for each in ends)
    return replace(rule, times=unsure, state="unknown")


def _separates(text: str, comma: int) -> bool:
    """Return whether a comma begins a rule; else it goes on with a list of days or times."""
    before, after = text[:comma], text[comma + 1 :]
    if before.endswith(" "):
        return True
    if not after.startswith(" "):
        return False
    times = re.search(r"(\d{1,2}:\d{2}\+?|\))$", before) is not None
    return not (times and re.match(r"\s*[\d(]", after) and _TIME.match(after.lstrip(" (")))


def _rule(text: str, position: int, separator: str) -> RuleText:
    position += len(text) - len(text.lstrip())
    text = text.strip()
    tail = _TAIL.fullmatch(text)
    assert tail is not None, "each group of the pattern may be empty"
    selector = tail["selector"]
    times = _TIME.search(selector)
    begin = len(selector) if times is None else times.start()
    state = (tail["state"] or "open").lower()
    return RuleText(
        text,
        position,
        separator,
        selector[:begin].strip(),
        selector[begin:].strip(),
        "off" if state == "closed" else state,
        None if tail["comment"] is None else tail["comment"][1:-1],
    )


def _state(rule: RuleText) -> str:
    nothing_else = not rule.days and not rule.times
    return rule.state if rule.state != "open" or nothing_else else ""
