"""What changes with every tap: what the server told last, and over it what this unit saw itself.

Changes count only upon the very version that they change, so that no unit believes half of
something; all there is at a version comes in parts, which count once the last is there. What is
older is passed over in silence, since brokers repeat themselves; what is of a version that is
not held makes the unit *behind*, and everything is asked for.

A decision looks up what it needs, key by key, in the file; nothing is copied for a tap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

from loquet_contract.access.presence import Balance, Presence, Stay
from loquet_contract.ids import AccountId, AreaId, DoorId, HolderId, LockdownId, SiteId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.messages import MAX_MOVING, Moving
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature
from loquet_edge.unconfirmed import Spent, Unconfirmed

OWN = 0
"""The generation of our own rows in the store."""
_META = "meta"
MOST_WAITING = 20_000
"""Rows that wait for the card, some six megabytes; more may come when they are written."""
_KINDS = {"balance": 2, "paid": 3, "stay": 2, "people": 2}
K = TypeVar("K")
V = TypeVar("V")


class Rows(Protocol):
    """Where facts are kept over a restart: ``moving_store.MovingStore``."""

    lost: bool

    @property
    def waiting(self) -> int: ...

    def get(self, generation: int, key: str) -> Any: ...

    def put(self, rows: Mapping[tuple[int, str], Any], *, soon: bool = False) -> None: ...

    def keep_only(self, *generations: int) -> None: ...

    def own(self) -> Iterator[tuple[str, Any]]: ...

    def newest(self) -> int: ...

    def found(self) -> None: ...


class MovingRefused(ValueError):
    """A message about what moves does not count; the message says why."""


class Took(Enum):
    """What became of a message."""

    NEW = auto()
    SAME = auto()
    """Nothing that is not held already."""
    MORE = auto()
    """A part; others are to come."""
    BEHIND = auto()
    """It changes a version that is not held."""


@dataclass(frozen=True, slots=True)
class _Held:
    version: int
    created: int


@dataclass(frozen=True, slots=True)
class _Staging:
    version: int
    created: int
    parts: int
    generation: int
    next: int = 0


class MovingFacts:
    """The newest moving facts of a site, and this unit's own over them.

    ``origin``: whose facts these are; those kept of another server are forgotten.
    """

    def __init__(
        self, verifier: Verifier, site: SiteId, store: Rows, origin: str, now: float = 0.0
    ) -> None:
        self._verifier, self._site, self._store, self._origin = verifier, site, store, origin
        self._own = Unconfirmed()
        self._held: _Held | None = None
        self._staging: _Staging | None = None
        self._newest = self._store.newest()
        """The greatest generation ever begun: what was left half told is never mixed in."""
        self._generation = OWN
        self._recall(now)
        self._presence = Presence(
            stays=_LookUp(self._stay), balances=_LookUp(self._balance),
            paid=_LookUp(self._paid), people=_LookUp(self._people),
        )  # fmt: skip

    @property
    def version(self) -> int | None:
        """The version held; None if there is none yet."""
        return None if self._held is None else self._held.version

    @property
    def created(self) -> int | None:
        """When that version was made, by the server's clock; UTC seconds."""
        return None if self._held is None else self._held.created

    @property
    def crowded(self) -> bool:
        """True while the next message had better wait for the card."""
        return self._store.waiting > MOST_WAITING

    def presence(self, locked_down: Mapping[DoorId, LockdownId]) -> Presence:
        """Return what a decision reads; one and the same as long as the lockdowns are."""
        if self._presence.locked_down is not locked_down:
            self._presence = replace(self._presence, locked_down=locked_down)
        return self._presence

    # ---- from the server ------------------------------------------------------------------

    def take(self, document: str, now: float, *, all_told: bool = False) -> Took:
        """Take in a signed Moving at monotonic ``now``; raise MovingRefused.

        ``all_told``: the server has acknowledged all that this unit had to say.
        """
        moving = self._verified(document)
        base = moving.base
        took = self._whole(moving) if base is None else self._changes(moving, base)
        if took is Took.NEW and all_told:
            self._put_own(self._own.settle(now))
        return took

    def check(self) -> bool:
        """Look after the store; True if what was held is lost and is to be asked for anew."""
        if not self._store.lost:
            return False
        self._store.found()
        self._held = self._staging = None
        self._put_own(self._own.rows())
        return True

    def _verified(self, document: str) -> Moving:
        if len(document) > MAX_MOVING:
            raise MovingRefused(f"{len(document)} bytes are more than the {MAX_MOVING} allowed")
        try:
            moving = decode_text(Moving, self._verifier.payload(Purpose.MOVING, document))
        except (MalformedMessage, WrongSignature) as error:
            raise MovingRefused(str(error)) from error
        if moving.site != self._site:
            raise MovingRefused("it is for another site")
        if not 0 <= moving.part < moving.parts or (moving.base is not None and moving.parts != 1):
            raise MovingRefused(f"part {moving.part} of {moving.parts} means nothing")
        return moving

    def _changes(self, moving: Moving, base: int) -> Took:
        held = self._held
        if held is not None and moving.version <= held.version:
            return Took.SAME
        if held is None or base != held.version:
            return Took.BEHIND
        rows = _rows(moving)
        self._put(rows, _Held(moving.version, moving.created))
        self._put_own(self._own.heard(rows, moving.created))
        return Took.NEW

    def _whole(self, moving: Moving) -> Took:
        held, staging = self._held, self._staging
        if held is not None and _is_old(moving, held):
            return Took.SAME
        if moving.part == 0:
            self._newest += 1
            staging = _Staging(moving.version, moving.created, moving.parts, self._newest)
            self._store.keep_only(self._generation, staging.generation)
        said = (moving.version, moving.parts, moving.part)
        if staging is None or said != (staging.version, staging.parts, staging.next):
            self._staging = None
            return Took.BEHIND
        beside = staging.generation
        self._store.put({(beside, key): value for key, value in _rows(moving).items()})
        self._staging = replace(staging, next=moving.part + 1)
        if moving.part + 1 < moving.parts:
            return Took.MORE
        self._change_over(staging)
        return Took.NEW

    def _change_over(self, staging: _Staging) -> None:
        held = _Held(staging.version, staging.created)
        self._staging, self._generation = None, staging.generation
        self._put({}, held)
        self._store.keep_only(self._generation)
        told = {key: value for key in self._own.asked() if (value := self._told(key)) is not None}
        self._put_own(self._own.heard(told, held.created))

    # ---- seen here ------------------------------------------------------------------------

    def spend(self, spent: Spent) -> None:
        """A pass was taken here: kept until the server tells of it."""
        self._put_own(self._own.spend(spent))

    def arrive(self, holder: HolderId, stay: Stay, noted: float) -> None:
        """Somebody went through to an area here; ``noted`` in monotonic seconds."""
        self._put_own(self._own.stay(holder, stay, noted))

    def step(self, area: AreaId, people: int, utc: float) -> None:
        """An area has so many more people, by what was seen here."""
        self._own.step(area, people, utc)

    # ---- what a decision looks up ---------------------------------------------------------

    def _told(self, key: str) -> Any:
        return None if self._held is None else self._store.get(self._generation, key)

    def _balance(self, account: AccountId) -> Balance | None:
        told = self._told(f"balance/{account}")
        return self._own.balance(account, None if told is None else Balance(*told))

    def _paid(self, who: tuple[AccountId, HolderId]) -> int | None:
        return self._own.paid(*who, self._told(f"paid/{who[0]}/{who[1]}"))

    def _stay(self, holder: HolderId) -> Stay | None:
        told = self._told(f"stay/{holder}")
        return self._own.where(holder, None if told is None else Stay(*told))

    def _people(self, area: AreaId) -> int | None:
        return self._own.people(area, self._told(f"people/{area}"))

    # ---- keeping --------------------------------------------------------------------------

    def _put(self, rows: Mapping[str, Any], held: _Held) -> None:
        self._held = held
        meta = [held.version, held.created, self._generation, self._origin]
        there = {(self._generation, key): value for key, value in rows.items()}
        self._store.put({**there, (OWN, _META): meta})

    def _put_own(self, rows: Mapping[str, Any]) -> None:
        if rows:
            self._store.put({(OWN, key): value for key, value in rows.items()}, soon=True)

    def _recall(self, now: float) -> None:
        kept = dict(self._store.own())
        meta = kept.pop(_META, None)
        self._own.recall(iter(kept.items()), now)
        try:
            version, created, generation, origin = meta
            self._generation = int(generation)
            ours = origin == self._origin
        except (TypeError, ValueError):
            ours = meta is None
            version = None
        if not ours:
            self._put_own({**self._own.forget(), _META: None})
            self._generation = OWN
        elif version is not None:
            self._held = _Held(int(version), int(created))
        self._store.keep_only(self._generation)


@dataclass(frozen=True, slots=True)
class _LookUp(Generic[K, V]):
    """Facts that are found one by one."""

    get: Callable[[K], V | None]


def _is_old(moving: Moving, held: _Held) -> bool:
    """True for all there was at an earlier version, or is at this one.

    A version may go back only in what the server has said since: it was restored.
    """
    if moving.version == held.version:
        return True
    return moving.version < held.version and moving.created <= held.created


def _rows(moving: Moving) -> dict[str, Any]:
    """Return a message as rows: plain values by key, None for what is gone."""
    rows: dict[str, Any] = {}
    for account, balance in moving.balances.items():
        rows[f"balance/{account}"] = [balance.left, balance.window]
    for account, holders in moving.paid.items():
        for holder, period in holders.items():
            rows[f"paid/{account}/{holder}"] = period
    for who, stay in moving.stays.items():
        rows[f"stay/{who}"] = [stay.area, stay.since]
    for area, people in moving.people.items():
        rows[f"people/{area}"] = people
    for key in moving.gone:
        kind, *names = key.split("/")
        if _KINDS.get(kind) == 1 + len(names):
            rows[key] = None
    return rows
