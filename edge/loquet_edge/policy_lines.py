"""The lines of a policy as they come: keys and order, and that ``door`` can use each record."""

import re
from collections.abc import Iterator
from operator import lt
from typing import Any

from loquet_contract.access.policy import ScheduleRecord, to_schedule
from loquet_contract.wire.codec import MAX_MESSAGE, MalformedMessage, parse
from loquet_contract.wire.policy import key_of, record_of

_PLAIN = r'"[^"\\\x00-\x1f]+"'
_TIME = r"-?\d{1,18}"
_TIMES = rf'(?:,"valid_from":{_TIME})?(?:,"valid_until":{_TIME})?'
_TRUTH = "(?:true|false)"
_RIGHT = rf'{{(?:"account":{_PLAIN},)?(?:"grace_from":{_TIME},)?"rule":{_PLAIN}{_TIMES}}}'
USUAL = re.compile(
    rf'{{"digest":"([\w-]+)","disabled":{_TRUTH},"holder":{_PLAIN},"issuer":"[\w.-]*",'
    rf'"kind":"credential"{_TIMES}}}'
    rf'|{{"extended_release":{_TRUTH},"holder":"([\w-]+)","kind":"holder",'
    rf'"may_lift_lockdown":{_TRUTH},(?:"membership_until":{_TIME},)?'
    rf'(?:"rights":\[{_RIGHT}(?:,{_RIGHT})*\],)?"rules":\[(?:{_PLAIN}(?:,{_PLAIN})*)?\],'
    rf'"suspended":{_TRUTH}{_TIMES}}}',
    re.ASCII,
).fullmatch
"""The canonical line of a credential or holder without an unusual character: those come by the
hundred thousand, and to match one is six times cheaper than to parse and decode it."""
_KINDS = ("", "credential/", "holder/")
"""The kind of a usual line, by the group of its name."""


def rows(chunk: list[str], last: str) -> list[tuple[str, str]]:
    """Return (key, line) of some lines, strictly growing after ``last``; MalformedMessage."""
    short = max(map(len, chunk), default=0) <= MAX_MESSAGE
    keys = []
    for line in chunk:
        usual = USUAL(line) if short else None
        if usual is None:
            keys.append(checked_key(parse(line)))
        else:
            group = usual.lastindex or 0
            keys.append(_KINDS[group] + usual[group])
    if not all(map(lt, [last, *keys], keys)):
        raise MalformedMessage("the records are not sorted by their keys")
    return list(zip(keys, chunk, strict=True))


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
