"""What other programs hear of incidents; of persons nothing, whatever an incident is about."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from loquet_server.hooks.catalogue import LEAF_ALARMS, OF_INCIDENT
from loquet_server.hooks.outbox import Notice


class Incidental(Protocol):
    """An incident, as a row or as what a fact told."""

    @property
    def site(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...


THINGS = frozenset(OF_INCIDENT) | {"lock_fault", "exit_stuck", "tamper_opened"}
"""Kinds whose subject is a door or an area; of others it might be a journal, or a wish."""


def opened(found: Iterable[Incidental]) -> Iterator[Notice]:
    """Return what to tell of incidents that have just begun."""
    for each in found:
        if each.site is not None:
            own = OF_INCIDENT.get(each.kind)
            if own is not None:
                yield Notice(each.site, own, _thing(each))
            yield Notice(each.site, "incident.opened", _described(each))


def ended(found: Iterable[Incidental]) -> Iterator[Notice]:
    """Return what to tell of incidents that are over."""
    for each in found:
        if each.site is not None:
            if each.kind in LEAF_ALARMS:
                yield Notice(each.site, "door.alarm_ended", _thing(each))
            yield Notice(each.site, "incident.ended", _described(each))


def _thing(each: Incidental) -> dict[str, str | None]:
    """Return a door or an area, whichever the event has."""
    return {"site": each.site, "door": each.subject, "area": each.subject, "unit": each.unit}


def _described(each: Incidental) -> dict[str, str | None]:
    subject = each.subject if each.kind in THINGS else None
    return {"site": each.site, "kind": each.kind, "unit": each.unit, "subject": subject}
