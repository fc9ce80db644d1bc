"""Which ids stand in the record, and of what kind: pure. An action says what its subject is.

A row keeps ids, so that it stays true when a door is renamed and says nothing of a person who
was erased. A page asks for the names of these ids as they are now.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from loquet_server.models import Audit

Names = Mapping[tuple[str, str], str]
"""Names by kind and id."""
RESOURCE: Final = ("area", "desk", "equipment")
SUBJECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_point": ("access_point",),
    "account": ("account",),
    "area": ("area",),
    "badge": ("badge", "access_point", "site"),
    "booking": ("booking", "feed", "plan", "site"),
    "calendar": ("calendar",),
    "credential": ("badge",),
    "desk": ("desk",),
    "door": ("door",),
    "duty": ("operator",),
    "equipment": ("equipment",),
    "evacuation": ("site",),
    "floor": ("floor",),
    "guest": ("member",),
    "help": ("help",),
    "holder": ("member",),
    "hook": ("hook",),
    "incident": ("incident",),
    "journal": ("unit", "site"),
    "member": ("member",),
    "membership": ("member",),
    "notice": ("operator", "site"),
    "operator": ("operator",),
    "organisation": ("organisation",),
    "pass": ("account", "plan", "member"),
    "passage": ("member",),
    "people": ("area",),
    "pin": ("member", "site"),
    "plan": ("plan",),
    "privacy": ("site",),
    "resource": RESOURCE,
    "schedule": ("schedule",),
    "screen": ("screen",),
    "sensor": ("sensor",),
    "server": ("operator", "site"),
    "setting": ("operator",),
    "showing": ("site",),
    "site": ("site",),
    "subscription": ("subscription",),
    "token": ("token",),
    "unit": ("unit", "site"),
}
"""What a noun's subject may be, the likeliest first; the others have names of their own."""
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "access_point": ("access_point",),
    "account": ("account",),
    "area": ("area",),
    "area_from": ("area",),
    "area_to": ("area",),
    "areas": ("area",),
    "badge": ("badge",),
    "badge_alone": ("schedule",),
    "desk": ("desk",),
    "door": ("door",),
    "doors": ("door",),
    "first": ("unit",),
    "floor": ("floor",),
    "holder": ("member",),
    "host": ("member",),
    "hours": ("schedule",),
    "member": ("member",),
    "opening": ("schedule",),
    "operator": ("operator",),
    "organisation": ("organisation",),
    "plan": ("plan",),
    "resource": RESOURCE,
    "schedule": ("schedule",),
    "site": ("site",),
    "unit": ("unit",),
    "unlock_schedule": ("schedule",),
}
"""What the ids in a detail are."""
PERSONAL: Final = frozenset(
    {"account", "badge", "booking", "feed", "help", "member", "subscription"}
)
"""Kinds that are called by the name of a person."""


@dataclass(frozen=True, slots=True)
class Change:
    """What a field was, and is now."""

    before: Any
    after: Any


def fields(detail: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what a row tells; of two whole states only what differs, as a ``Change``."""
    before, after = detail.get("before"), detail.get("after")
    for name, value in detail.items():
        if name not in ("before", "after"):
            yield name, value
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield from ((each, detail[each]) for each in ("before", "after") if each in detail)
        return
    for name in after:
        if before.get(name) != after[name]:
            yield name, Change(before.get(name), after[name])


def wanted(rows: Iterable[Audit], *, people: bool) -> dict[str, set[str]]:
    """Return the ids to ask names of, by kind; without ``people``, none that names one."""
    found: dict[str, set[str]] = {}
    for row in rows:
        _ask(found, SUBJECTS.get(noun_of(row), ()), row.subject)
        for name, value in fields(row.detail or {}):
            for each in _strings(value):
                _ask(found, FIELDS.get(name, ()), each)
    return {kind: ids for kind, ids in found.items() if people or kind not in PERSONAL}


def noun_of(row: Audit) -> str:
    """Return what kind of thing an action is about."""
    return row.action.partition(":")[0]


def called(names: Names, kinds: Iterable[str], subject: str) -> str:
    """Return the name of an id that is one of these kinds; empty if nobody knows it."""
    return next((found for kind in kinds if (found := names.get((kind, subject)))), "")


def _ask(found: dict[str, set[str]], kinds: Iterable[str], subject: str) -> None:
    for kind in kinds:
        found.setdefault(kind, set()).add(subject)


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Change):
        yield from _strings(value.before)
        yield from _strings(value.after)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
