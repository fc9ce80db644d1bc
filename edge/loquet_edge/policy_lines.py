"""The lines of a policy as they come: keys and order, and that ``door`` can use each record."""

import re
from collections.abc import Iterator, Sequence
from operator import lt
from typing import Any

from loquet_contract.access.policy import ScheduleRecord, to_schedule
from loquet_contract.wire.codec import MAX_MESSAGE, MalformedMessage, parse
from loquet_contract.wire.policy import key_of, record_of

_NAME = "[A-Za-z0-9_-]+"
_PLAIN = r'"[^"\\\x00-\x1f]+"'
_TIME = "-?(?:0|[1-9][0-9]{0,17})"
_TIMES = rf'(?:,"valid_from":{_TIME})?(?:,"valid_until":{_TIME})?'
_TRUTH = "(?:true|false)"
_RIGHT = rf'{{(?:"account":{_PLAIN},)?(?:"grace_from":{_TIME},)?"rule":{_PLAIN}{_TIMES}}}'
_CREDENTIAL = (
    rf'{{"digest":"({_NAME})","disabled":{_TRUTH},"holder":{_PLAIN},"issuer":"[A-Za-z0-9_.-]*",'
    rf'"kind":"credential"(?:}}|(?:,"of":{_PLAIN})?{_TIMES}}})'
)
_HOLDER = (
    rf'{{"extended_release":{_TRUTH},"holder":"({_NAME})","kind":"holder",'
    rf'"may_lift_lockdown":{_TRUTH},(?:"rules":\[|(?:"membership_until":{_TIME},)?'
    rf'(?:"pin":{_PLAIN},)?(?:"pin_until":{_TIME},)?'
    rf'(?:"rights":\[{_RIGHT}(?:,{_RIGHT})*\],)?"rules":\[)(?:{_PLAIN}(?:,{_PLAIN})*)?\],'
    rf'"suspended":{_TRUTH}(?:}}|{_TIMES}}})'
)
"""Both say first how a line goes on where it has nothing rare: to look for each rare thing in turn
takes half as long again."""
USUAL = re.compile(f"{_CREDENTIAL}|{_HOLDER}").fullmatch
"""The canonical line of a credential or holder without an unusual character: those come by the
hundred thousand, and to match one is six times cheaper than to parse and decode it."""
_KINDS = ("", "credential/", "holder/")
"""The kind of a usual line, by the group of its name."""
_AT_ONCE = tuple(re.compile(f"\n{line}(?=\n)").findall for line in ("$", _CREDENTIAL, _HOLDER))
"""Names in usual lines of one kind, each between two line ends; by the same group."""


def keys_of(chunk: Sequence[str], last: str) -> list[str]:
    """Return the keys of some lines, strictly growing after ``last``; MalformedMessage."""
    keys = _at_once(chunk) or [_key(line) for line in chunk]
    if not all(map(lt, [last, *keys], keys)):
        raise MalformedMessage("the records are not sorted by their keys")
    return keys


def _at_once(chunk: Sequence[str]) -> list[str]:
    """Return the keys of lines that are all usual and of one kind; else none.

    No usual line has a line end within. So many matches, each from one line end to the next, as
    there are lines, and no more line ends than that: then each line is one of them.
    """
    first = USUAL(chunk[0]) if chunk else None
    if first is None or max(map(len, chunk)) > MAX_MESSAGE:
        return []
    text = "\n".join(("", *chunk, ""))
    group = first.lastindex or 0
    names = _AT_ONCE[group](text)
    if len(names) != len(chunk) or text.count("\n") != len(chunk) + 1:
        return []
    return [_KINDS[group] + name for name in names]


def _key(line: str) -> str:
    usual = USUAL(line) if len(line) <= MAX_MESSAGE else None
    if usual is None:
        return checked_key(parse(line))
    group = usual.lastindex or 0
    return _KINDS[group] + str(usual[group])


def checked_key(plain: Any) -> str:
    """Return a record's key; raise MalformedMessage if ``door`` could not use the record.

    Kinds of the future are kept as they are.
    """
    key = key_of(plain)
    record = record_of(plain)
    if isinstance(record, ScheduleRecord):
        to_schedule(record)
    return key


def bounded(coming: Iterator[str], left: int) -> Iterator[str]:
    """Pass lines on; MalformedMessage once they have more than ``left`` characters."""
    for line in coming:
        left -= len(line)
        if left < 0:
            raise MalformedMessage("the policy is larger than its manifest allows")
        yield line
