"""Windows past midnight belong to the day on which they begin.

The library asks each rule for itself what is left of yesterday's window: where Saturday is off,
Saturday's night would still open on Sunday from 00:00. So hours with nights are evaluated three
times: as written, as evenings (each window cut at midnight) and as mornings (what each leaves to
the next day, written as times of the day on which it began). Open is what is open as written
and has begun on a day that was open.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from loquet_server.hours.clock import DAY_MINUTES
from loquet_server.hours.rules import RuleText

_SPAN: Final = re.compile(r"\s*(\d{1,2}):(\d{2}) ?- ?(\d{1,2}):(\d{2})\s*")


def any_night(rules: Iterable[RuleText]) -> bool:
    """Return whether any rule is open past midnight."""
    return any(_tails(rule) for rule in rules if rule.state != "off")


def evenings(rules: Iterable[RuleText]) -> list[RuleText]:
    """Return rules without what lies beyond midnight."""
    return [rule if rule.state == "off" else replace(rule, times=_heads(rule)) for rule in rules]


def mornings(rules: Sequence[RuleText]) -> list[RuleText]:
    """Return rules with only what lies beyond midnight, a day too early.

    A rule that leaves nothing still replaces another's: it is unknown all day, which opens nothing.
    """
    found: list[RuleText] = []
    for rule in rules:
        tails = _tails(rule) if rule.state != "off" else []
        if tails:
            found.append(replace(rule, times=",".join(tails)))
        elif rule.state == "off" and not rule.times:
            found.append(rule)
        elif rule.state != "off" and rule.separator != ",":
            found.append(replace(rule, times="", state="unknown"))
    if found:
        found[0] = replace(found[0], separator="")
    return found


def _spans(rule: RuleText) -> list[tuple[int, int]]:
    """Return minutes after midnight; an end beyond 24:00 is on the next day."""
    made = []
    for each in rule.times.split(","):
        found = _SPAN.fullmatch(each)
        if found is not None:
            start, end = (int(found[at]) * 60 + int(found[at + 1]) for at in (1, 3))
            made.append((start, end if end > start else end + DAY_MINUTES))
    return made


def _heads(rule: RuleText) -> str:
    if not _tails(rule):
        return rule.times
    return ",".join(f"{_time(start)}-{_time(min(end, DAY_MINUTES))}" for start, end in _spans(rule))


def _tails(rule: RuleText) -> list[str]:
    return [f"00:00-{_time(end - DAY_MINUTES)}" for _, end in _spans(rule) if end > DAY_MINUTES]


def _time(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
