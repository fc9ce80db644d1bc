"""Moving facts, their keys and the messages that carry them. Pure.

A fact has a key and a value: ``balance/ACCOUNT`` ``{"left": n, "window": seconds or None}``,
``paid/ACCOUNT/HOLDER`` seconds, ``stay/HOLDER`` ``{"area": id, "since": seconds}``,
``people/AREA`` a number; None for what is no more.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from loquet_contract.access.presence import Balance, Stay
from loquet_contract.ids import AccountId, AreaId, HolderId, SiteId
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.messages import MAX_MOVING, Moving

FRAME = 2048
"""Bytes kept for a message's own fields, its key and its signature."""
_PARTS = {"balance": 2, "paid": 3, "stay": 2, "people": 2}


class InvalidFact(ValueError):
    """A key or value is no moving fact; the message says which."""


def checked(key: str, value: Any) -> Any:
    """Return the value of a fact as it is stored; raise InvalidFact."""
    kind, *names = key.split("/")
    if _PARTS.get(kind) != 1 + len(names) or not all(names):
        raise InvalidFact(f"{key!r} is no moving fact")
    if value is None:
        return None
    try:
        if kind == "balance":
            window = value.get("window")
            return {"left": int(value["left"]), "window": None if window is None else int(window)}
        if kind == "stay":
            return {"area": str(value["area"]), "since": int(value["since"])}
        return int(value)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InvalidFact(f"{value!r} is no value for {key!r}") from error


def chunks(facts: Mapping[str, Any], room: int = MAX_MOVING - FRAME) -> Iterator[dict[str, Any]]:
    """Yield facts in pieces that each fit one signed message, in order of their keys."""
    piece: dict[str, Any] = {}
    used = 0
    for key in sorted(facts):
        # quotes are escaped in a signed payload, and an account may come with each holder
        cost = 2 * (len(key) + len(canonical(facts[key]))) + 16
        if piece and used + cost > room:
            yield piece
            piece, used = {}, 0
        piece[key] = facts[key]
        used += cost
    if piece:
        yield piece


def message(
    site: str,
    version: int,
    created: int,
    facts: Iterable[tuple[str, Any]],
    *,
    base: int | None = None,
    part: int = 0,
    parts: int = 1,
) -> Moving:
    """Return the message that tells these facts; ``created`` in UTC seconds."""
    balances: dict[AccountId, Balance] = {}
    paid: dict[AccountId, dict[HolderId, int]] = {}
    stays: dict[HolderId, Stay] = {}
    people: dict[AreaId, int] = {}
    gone: list[str] = []
    for key, value in sorted(facts):
        kind, name, *more = key.split("/")
        if value is None:
            gone.append(key)
        elif kind == "balance":
            balances[AccountId(name)] = Balance(value["left"], value["window"])
        elif kind == "paid":
            paid.setdefault(AccountId(name), {})[HolderId(more[0])] = value
        elif kind == "stay":
            stays[HolderId(name)] = Stay(AreaId(value["area"]), value["since"])
        else:
            people[AreaId(name)] = value
    return Moving(
        SiteId(site), version, created, base, part, parts, balances, paid, stays, people,
        tuple(gone),
    )  # fmt: skip
