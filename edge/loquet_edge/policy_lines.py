"""The lines of a policy as they come: keys and order, and that ``door`` can use each record."""

import re
from collections.abc import Iterator
from typing import Any

from loquet_contract.access.policy import ScheduleRecord, to_schedule
from loquet_contract.wire.codec import MAX_MESSAGE, MalformedMessage, parse
from loquet_contract.wire.policy import key_of, record_of

_PLAIN = r'"[^"\\\x00-\x1f]+"'
_TIMES = r'(?:,"valid_from":-?\d{1,18})?(?:,"valid_until":-?\d{1,18})?'
_TRUTH = "(?:true|false)"
USUAL = re.compile(
    rf'{{"digest":"([\w-]+)","disabled":{_TRUTH},"holder":{_PLAIN},"issuer":"[\w.-]*",'
    rf'"kind":"credential"{_TIMES}}}'
    rf'|{{"extended_release":{_TRUTH},"holder":"([\w-]+)","kind":"holder",'
    rf'"may_lift_lockdown":{_TRUTH},"rules":\[(?:{_PLAIN}(?:,{_PLAIN})*)?\],'
    rf'"suspended":{_TRUTH}{_TIMES}}}',
    re.ASCII,
).fullmatch
"""The canonical line of a credential or holder without an unusual character: those come by the
hundred thousand, and to match one is six times cheaper than to parse and decode it."""


def rows(chunk: list[str], last: str) -> list[tuple[str, str]]:
    """Return (key, line) of some lines, strictly growing after ``last``; MalformedMessage."""
    found = [(_key_of_line(line), line) for line in chunk]
    for key, _ in found:
        if key <= last:
            raise MalformedMessage("the records are not sorted by their keys")
        last = key
    return found


def _key_of_line(line: str) -> str:
    usual = USUAL(line)
    if usual is None or len(line) > MAX_MESSAGE:
        return checked_key(parse(line))
    digest, holder = usual.groups()
    return f"holder/{holder}" if digest is None else f"credential/{digest}"


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
