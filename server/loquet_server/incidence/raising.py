"""Raise and end incidents, in the transaction of what is wrong.

Sync, since ingest writes in plain, blocking code; the two async functions at the end are for
everybody else. Who asks sees to it that pages and other programs hear of it, but for these two,
which tell other programs themselves.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from loquet_server.hooks.incidents import ended, opened
from loquet_server.hooks.outbox import notices
from loquet_server.incidence import life
from loquet_server.incidence.kinds import kind_of
from loquet_server.incidence.life import REOPEN_MS, Life, Step
from loquet_server.models import Incident, IncidentStep

Key = tuple[str | None, str, str]
"""Unit, kind and subject."""


class Seen(Protocol):
    """Something that was seen to be wrong, ``count`` times, last ``at`` (UTC milliseconds)."""

    @property
    def site(self) -> str | None: ...
    @property
    def unit(self) -> str | None: ...
    @property
    def kind(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def detail(self) -> str: ...
    @property
    def at(self) -> int: ...
    @property
    def count(self) -> int: ...
    @property
    def ended_at(self) -> int | None:
        """When it ended, if it did meanwhile."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What one caller has seen to be wrong, once."""

    site: str | None
    unit: str | None
    kind: str
    subject: str
    detail: str
    at: int
    count: int = 1
    ended_at: int | None = None


class Turn(NamedTuple):
    """What came of it: ``began``: it is open now, and was not; ``is_over``: it ended at once."""

    row: Incident
    began: bool
    is_over: bool


def life_of(row: Incident) -> Life:
    """Return an incident's life."""
    by_person = row.ended_at is not None and row.ended_by is not None
    at = row.first_at if row.round_at is None else row.round_at
    return Life(at, row.round, row.acknowledged_at, row.ended_at, by_person)


def count(session: Session, found: Iterable[Seen], now_ms: int) -> list[Turn]:
    """Open an incident for each, or count it if it is open or was a short while ago."""
    wrong = list(found)
    known = _known(session, wrong) if wrong else {}
    turns = []
    for each in wrong:
        turn = _count(session, each, known.get(_key(each)), now_ms)
        known[_key(each)] = turn.row
        turns.append(turn)
    return turns


def end(
    session: Session, unit: str | None, kinds: Sequence[str], subject: str | None, at: int,
    site: str | None = None, by: str | None = None,
) -> list[Incident]:  # fmt: skip
    """Close what is over; return it. ``subject`` None: whatever it was about; ``by``: by whom."""
    query = select(Incident).where(
        Incident.unit.is_(None) if unit is None else Incident.unit == unit,
        Incident.kind.in_(kinds),
        Incident.ended_at.is_(None),
    )
    if subject is not None:
        query = query.where(Incident.subject == subject)
    if site is not None:
        query = query.where(Incident.site == site)
    rows = list(session.execute(query.order_by(Incident.id)).scalars())
    for row in rows:
        close(session, row, at, by)
    return rows


def close(session: Session, row: Incident, at: int, by: str | None = None) -> None:
    """Let an incident be over, because its cause is; ``by``: somebody has seen to it."""
    row.ended_at, row.ended_by = at, by
    row.revision += 1
    step(session, row, Step.ENDED if by is None else Step.RESOLVED, at, by)


def step(
    session: Session, row: Incident, what: Step, at: int, actor: str | None = None, note: str = ""
) -> None:
    """Add to an incident's story."""
    session.add(IncidentStep(incident=row.id, at=at, step=what.value, actor=actor, note=note[:500]))


def _key(each: Seen) -> Key:
    return each.unit, each.kind, each.subject


def _known(session: Session, wrong: Sequence[Seen]) -> dict[Key, Incident]:
    """Return the incidents that these may belong to: one question for all."""
    units = {each.unit for each in wrong}
    since = min(each.at for each in wrong) - REOPEN_MS
    query = select(Incident).where(
        Incident.unit.in_(units - {None}) | Incident.unit.is_(None),
        Incident.kind.in_({each.kind for each in wrong}),
        Incident.ended_at.is_(None) | (Incident.ended_at >= since),
    )
    rows = session.execute(query.order_by(Incident.ended_at.is_(None), Incident.id)).scalars()
    return {(row.unit, row.kind, row.subject): row for row in rows}


def _count(session: Session, each: Seen, known: Incident | None, now_ms: int) -> Turn:
    before = None if known is None else life_of(known)
    if known is None or before is None or not _belongs(each, before):
        row, began = _new(session, each, now_ms), True
    else:
        row, began = known, before.ended_at is not None
        _again(session, row, life.seen(before, each.at, now_ms), each.at, began)
    row.count += each.count
    row.last_at, row.detail = max(row.last_at, each.at), each.detail
    row.revision += 1
    if each.ended_at is not None:
        session.flush()
        close(session, row, each.ended_at)
    return Turn(row, began, each.ended_at is not None)


def _belongs(each: Seen, before: Life) -> bool:
    anew = before.ended_at is not None and not kind_of(each.kind).reopens
    return not anew and life.is_same(before, each.at)


def _new(session: Session, each: Seen, now_ms: int) -> Incident:
    row = Incident(
        site=each.site, unit=each.unit, kind=each.kind, subject=each.subject, count=0,
        first_at=each.at, last_at=each.at, round=1, round_at=now_ms, revision=0,
    )  # fmt: skip
    session.add(row)
    return row


def _again(session: Session, row: Incident, back: Life, at: int, began: bool) -> None:
    row.round, row.round_at = back.round, back.round_at
    row.ended_at, row.ended_by = None, None
    if back.acknowledged_at is None:
        row.acknowledged_at = row.acknowledged_by = None
    if began:
        step(session, row, Step.REOPENED, at)


# ---- for everybody else -----------------------------------------------------------------


async def raise_incident(
    session: AsyncSession,
    *,
    site: str | None,
    unit: str | None,
    kind: str,
    subject: str = "",
    detail: str = "",
    now_ms: int,
) -> Incident:
    """Return an incident, opened or counted; other programs are told if it has just begun.

    ``kind``: a word of ``kinds.KINDS``. ``detail`` is shown on its page alone: no secret in it,
    no name of a person and no badge number.
    """
    wrong = Wrong(site, unit, kind, subject[:64], detail[:500], now_ms)

    def work(plain: Session) -> Incident:
        (turn,) = count(plain, [wrong], now_ms)
        plain.flush()
        if turn.began:
            notices(plain, opened([turn.row]), now_ms)
        return turn.row

    return await session.run_sync(work)


async def end_incident(
    session: AsyncSession, *, unit: str | None, kind: str, subject: str | None = "", now_ms: int,
    site: str | None = None, by: str | None = None,
) -> list[Incident]:  # fmt: skip
    """Return the incidents that were open and are over now; other programs are told.

    ``subject`` None: whatever they are about; ``site``: needed where ``unit`` is None. ``by``:
    who has seen to them; None: their cause is gone.
    """

    def work(plain: Session) -> list[Incident]:
        rows = end(plain, unit, [kind], subject, now_ms, site, by)
        notices(plain, ended(rows), now_ms)
        return rows

    return await session.run_sync(work)
