"""From the words of a desk's sensors to its state, and what is told when it changes."""

import math
from dataclasses import replace

from loquet_contract.wire import events as facts
from loquet_contract.wire.events import DeskEvidence, Event
from loquet_edge.desk.sensors import RETURN_SECONDS, SOMEBODY
from loquet_edge.desk.state import (
    STRONG,
    Desk,
    DeskEffect,
    DeskState,
    Phase,
    Report,
    Sensor,
    SensorKind,
)

STAY_SECONDS = 60.0
"""Who sat for less than this keeps no desk by going away: a bag that was put down and taken up."""
_FACTS: dict[DeskState, type[facts.DeskOccupied | facts.DeskFreed | facts.DeskUnknown]] = {
    DeskState.OCCUPIED: facts.DeskOccupied,
    DeskState.FREE: facts.DeskFreed,
    DeskState.UNKNOWN: facts.DeskUnknown,
}


def conclude(
    before: Desk, desk: Desk, now: float, *, ended: bool
) -> tuple[Desk, tuple[DeskEffect, ...]]:
    """Tell the state when it changed, or why it is unknown; ``ended``: time alone did it."""
    desk = _with_state(before, desk, now)
    state = desk.state
    if state is before.state and state is not DeskState.UNKNOWN:
        return desk, ()
    evidence = _evidence(before, desk, ended=ended)
    first = desk.started and not before.started
    if state is before.state and evidence is before.evidence and not first:
        return desk, ()
    return replace(desk, evidence=evidence), (_report(desk, evidence),)


def _with_state(before: Desk, desk: Desk, now: float) -> Desk:
    state = _sum(desk)
    if state is DeskState.OCCUPIED:
        return _occupied(before, desk, now)
    if state is DeskState.FREE and before.state is DeskState.OCCUPIED and _keeps(desk, now):
        return replace(desk, state=DeskState.AWAY, away_until=now + desk.config.away)
    if state is DeskState.FREE and before.state is DeskState.AWAY and desk.away_until is not None:
        return replace(desk, state=DeskState.AWAY)
    freed = state is DeskState.FREE and before.state is not DeskState.FREE
    at = now if freed else desk.freed_at
    return replace(desk, state=state, freed_at=at, away_until=None, best=None)


def _occupied(before: Desk, desk: Desk, now: float) -> Desk:
    kinds = [each.config.kind for each in desk.sensors if each.phase in SOMEBODY]
    best = min(filter(None, (desk.best, *kinds)), key=lambda kind: kind.rank, default=None)
    since = desk.since
    if before.state in (DeskState.FREE, DeskState.UNKNOWN) and (
        now >= desk.freed_at + RETURN_SECONDS or since == -math.inf
    ):
        since = now
    return replace(
        desk, state=DeskState.OCCUPIED, since=since, best=best, away_until=None, doubt_at=None
    )


def _keeps(desk: Desk, now: float) -> bool:
    """True for a stay that ends with somebody away, not gone."""
    return desk.config.away > 0 and desk.best in STRONG and now >= desk.since + STAY_SECONDS


def _sum(desk: Desk) -> DeskState:
    if desk.box.until is not None or any(each.phase in SOMEBODY for each in desk.sensors):
        return DeskState.OCCUPIED
    quiet = all(each.phase in (Phase.QUIET, Phase.DOUBTED) for each in needed(desk.sensors))
    return DeskState.FREE if quiet else DeskState.UNKNOWN


def needed(sensors: tuple[Sensor, ...]) -> tuple[Sensor, ...]:
    """Return the sensors without whose word a desk is not free: a reader only if it is alone."""
    watching = tuple(each for each in sensors if each.config.kind is not SensorKind.BADGE)
    return watching or sensors


# ---- words --------------------------------------------------------------------------------


def _evidence(before: Desk, desk: Desk, *, ended: bool) -> DeskEvidence:
    phases = {sensor.phase for sensor in needed(desk.sensors)}
    match desk.state:
        case DeskState.OCCUPIED:
            return _strongest(desk.sensors, SOMEBODY) or DeskEvidence.DOOR
        case DeskState.AWAY:
            return DeskEvidence.HOLD_ENDED if desk.best is None else desk.best.evidence
        case DeskState.FREE:
            return _freed(before, desk, ended=ended)
    if Phase.LOST in phases:
        return DeskEvidence.SILENT
    return DeskEvidence.STUCK if Phase.STUCK in phases else DeskEvidence.STARTED


def _freed(before: Desk, desk: Desk, *, ended: bool) -> DeskEvidence:
    if before.badge is not None and desk.badge is None and not ended:
        return DeskEvidence.BADGE
    if ended:
        away = before.state is DeskState.AWAY
        return DeskEvidence.AWAY if away else DeskEvidence.HOLD_ENDED
    return _strongest(needed(desk.sensors), (Phase.QUIET,)) or DeskEvidence.HOLD_ENDED


def _strongest(sensors: tuple[Sensor, ...], phases: tuple[Phase, ...]) -> DeskEvidence | None:
    kinds = [each.config.kind for each in sensors if each.phase in phases]
    return min(kinds, key=lambda kind: kind.rank).evidence if kinds else None


def _report(desk: Desk, evidence: DeskEvidence) -> DeskEffect:
    where = (desk.config.id, desk.config.area)
    if desk.state is DeskState.AWAY:
        return Report(facts.DeskAway(*where, evidence, 0), desk.away_until)
    event: Event = _FACTS[desk.state](*where, evidence)
    return Report(event)
