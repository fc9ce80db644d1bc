"""Writes what programs are to be told, in the transaction of the fact itself.

So a message exists exactly if the fact does, whatever dies in between; ``courier`` delivers it.
Sync, since ingest writes in plain, blocking code: ``await session.run_sync(notice, ...)``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from loquet_server.days import instant
from loquet_server.hooks.catalogue import data_of
from loquet_server.hooks.signing import new_message
from loquet_server.models import Hook, HookDelivery

_HOOKS = select(Hook.id, Hook.site, Hook.events).where(Hook.enabled.is_(True))


class Notice(NamedTuple):
    """Something to tell: ``kind`` of the catalogue."""

    site: str
    kind: str
    data: Mapping[str, Any]


class Subscribed(NamedTuple):
    """One address, and what it wants to hear."""

    id: str
    site: str
    events: frozenset[str]


def iso(ms: int) -> str:
    """Return an instant (UTC milliseconds) as events write it."""
    return instant(ms).strftime("%Y-%m-%dT%H:%M:%SZ")


def subscribed(session: Session) -> list[Subscribed]:
    """Return all addresses that are told of anything."""
    return [Subscribed(row.id, row.site, frozenset(row.events)) for row in session.execute(_HOOKS)]


def notice(session: Session, site: str, kind: str, data: Mapping[str, Any], now_ms: int) -> int:
    """Tell whoever wants to hear of this; return how many. Data that the kind has not is left out.

    ``now_ms``: when the fact was kept, UTC milliseconds.
    """
    return notices(session, [Notice(site, kind, data)], now_ms)


def notices(
    session: Session,
    found: Iterable[Notice],
    now_ms: int,
    hooks: Sequence[Subscribed] | None = None,
) -> int:
    """Tell of several; ``hooks``: what ``subscribed`` returned, if it was asked already."""
    waiting = list(found)
    if not waiting:
        return 0
    rows = [
        _row(hook.id, message, each, now_ms)
        for each in waiting
        for message in (new_message(),)
        for hook in (subscribed(session) if hooks is None else hooks)
        if hook.site == each.site and each.kind in hook.events
    ]
    if rows:
        session.execute(insert(HookDelivery), rows)
    return len(rows)


def body_of(kind: str, data: Mapping[str, Any], now_ms: int) -> str:
    """Return a message as it is sent, byte for byte."""
    plain = {"type": kind, "timestamp": iso(now_ms), "data": data_of(kind, data)}
    return json.dumps(plain, ensure_ascii=False, separators=(",", ":"))


def _row(hook: str, message: str, found: Notice, now_ms: int) -> dict[str, Any]:
    return {
        "hook": hook,
        "message": message,
        "kind": found.kind,
        "body": body_of(found.kind, found.data, now_ms),
        "at": now_ms,
        "state": "waiting",
        "attempts": 0,
        "next_at": now_ms,
    }
