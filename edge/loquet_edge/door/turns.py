"""What each event does to a door: causes begin or end, grants are taken or not.

What follows for the lock is not decided here; the theory is in ``machine``.
"""

from dataclasses import replace

from loquet_contract.ids import GrantId
from loquet_contract.wire import events as facts
from loquet_contract.wire.events import Event, OpeningCause, ReleaseCause
from loquet_edge.door import events
from loquet_edge.door.events import DoorEvent
from loquet_edge.door.state import Door, Exit, Fire, Leaf, Settling, Timed

Turn = tuple[Door, tuple[Event, ...]]
"""The door after something happened, and what is to be told of it."""


def turn(door: Door, event: DoorEvent, now: float) -> Turn:
    """The door after ``event``, with its lock not yet followed."""
    match event:
        case events.Start():
            return _start(door, event, now)
        case events.GrantGiven():
            return _give_grant(door, event, now)
        case events.CommandRelease():
            return _release_by_command(door, event, now)
        case events.ExitPressed():
            return _press_exit(door, now)
        case events.ExitReleased():
            return _let_exit_go(door, now)
        case events.ExitAsked() | events.LeaverNamed():
            return _turn_leaver(door, event, now)
        case events.LeafOpened():
            return _open(door, now)
        case events.LeafClosed():
            return _close(door, now)
        case events.UnlockScheduleBegan():
            return replace(door, scheduled=True), ()
        case events.UnlockScheduleEnded():
            return replace(door, scheduled=False), ()
        case events.LockdownApplied():
            return _lock_down(door, event)
        case events.LockdownLifted():
            return _lift(door, event)
        case events.FireStarted() | events.FireLoopClosed() | events.FireRearmed():
            return _turn_fire(door, event)
        case events.LockFeedback():
            return replace(door, lock_seen=event.locked), ()
        case events.LockFaultSeen() | events.LockFaultEnded():
            return _turn_fault(door, event)
        case events.TimePassed():
            return door, ()


# ---- start --------------------------------------------------------------------------------


def _start(door: Door, event: events.Start, now: float) -> Turn:
    if door.started:
        return door, ()
    told = list[Event]()
    if event.fire_loop_open:
        door = replace(door, fire=Fire.ACTIVE)
        if not event.fire_latched:
            told.append(facts.FireAlarm((door.config.id,)))
    elif event.fire_latched:
        door = replace(door, fire=Fire.LATCHED)
    if event.leaf_open and door.config.has_contact:
        door = replace(door, leaf=Leaf(OpeningCause.FOUND_OPEN))
        told.append(facts.DoorOpened(door.config.id, OpeningCause.FOUND_OPEN))
    if event.exit_active:
        door, news = _press_exit(door, now)
        told += news
    return replace(door, started=True), tuple(told)


# ---- grants and commands ------------------------------------------------------------------


def _give_grant(door: Door, event: events.GrantGiven, now: float) -> Turn:
    if event.grant in door.grants:
        return door, ()
    if door.lockdown is not None:
        return door, (facts.AccessNotTaken(door.config.id, event.grant),)
    door, told = end_settling(door)
    granted = _prolonged(door, ReleaseCause.GRANT, event.extended, now)
    if door.leaf is None and door.config.has_contact:
        return replace(door, granted=granted, grants=(*door.grants, event.grant)), told
    taken = facts.AccessTaken(door.config.id, event.grant, assumed=True)
    return replace(door, granted=granted), (*told, taken)


def _release_by_command(door: Door, event: events.CommandRelease, now: float) -> Turn:
    if door.lockdown is not None:
        return door, ()
    door, told = end_settling(door)
    granted = _prolonged(door, ReleaseCause.COMMAND, event.extended, now)
    return replace(door, granted=granted), told


def _prolonged(door: Door, cause: ReleaseCause, extended: bool, now: float) -> Timed:
    """What ``granted`` becomes by one more grant or command."""
    config = door.config
    timed = (door.granted, door.free_to_leave)
    began = min((each.began for each in timed if each is not None), default=now)
    until = now + (config.extended_release if extended else config.release)
    if door.granted is not None:
        until = max(until, door.granted.until)
    return Timed(began, min(until, began + config.maximum), cause)


def end_settling(door: Door) -> Turn:
    """Who was let through, or out, by the release that just ended did not come."""
    if door.settling is None:
        return door, ()
    ended = (*door.grants, *door.leavers)
    return replace(door, settling=None, grants=(), leavers=()), not_taken(door, ended)


def not_taken(door: Door, grants: tuple[GrantId, ...]) -> tuple[Event, ...]:
    """These grants ended, and the leaf never opened."""
    return tuple(facts.AccessNotTaken(door.config.id, grant) for grant in grants)


# ---- exit ---------------------------------------------------------------------------------


def _press_exit(door: Door, now: float) -> Turn:
    if door.exit is not None:
        return door, ()
    # A sensor that sees who has badged to leave must not lock the door before them.
    leaving = None if door.config.exit_releases else _asked(door)
    door = replace(door, exit=Exit(now + door.config.exit_stuck), leaving=leaving)
    return door, (facts.ExitRequested(door.config.id),) if door.exit_held else ()


def _let_exit_go(door: Door, now: float) -> Turn:
    if door.exit is None:
        return door, ()
    told = (facts.ExitStuckEnded(door.config.id),) if door.exit.stuck else ()
    leaving = _asked(door) or _leave(door, door.exit, now)
    return replace(door, exit=None, leaving=leaving), told


def _asked(door: Door) -> Timed | None:
    return door.leaving if door.leaving is not None and door.leaving.asked else None


def _turn_leaver(door: Door, event: events.ExitAsked | events.LeaverNamed, now: float) -> Turn:
    if isinstance(event, events.LeaverNamed):
        if event.grant in door.leavers:
            return door, ()
        if door.leaf is None and door.config.has_contact:
            return replace(door, leavers=(*door.leavers, event.grant)), ()
        return door, (facts.AccessTaken(door.config.id, event.grant, assumed=True),)
    door, told = end_settling(door)
    if not door.exit_held:
        until = now + door.config.release
        door = replace(door, leaving=Timed(now, until, ReleaseCause.EXIT, asked=True))
    return door, (*told, facts.ExitRequested(door.config.id))


def _leave(door: Door, ended: Exit, now: float) -> Timed | None:
    if not ended.used:
        return Timed(now, now + door.config.release, ReleaseCause.EXIT)
    if door.leaf is None or door.config.relocks_on_opening or not door.config.exit_releases:
        return None
    return Timed(now, now + door.config.maximum, ReleaseCause.EXIT, used=True)


# ---- leaf ---------------------------------------------------------------------------------


def _open(door: Door, now: float) -> Turn:
    if door.leaf is not None or not door.config.has_contact:
        return door, ()
    cause, id_ = door.opening_cause, door.config.id
    told: list[Event] = [facts.DoorOpened(id_, cause)]
    if cause is OpeningCause.FORCED:
        told.append(facts.DoorForcedOpen(id_))
    unsure = door.fire is not Fire.CLEAR or _exits(door)
    for place, grant in enumerate(door.grants):
        told.append(facts.AccessTaken(id_, grant, assumed=unsure or place > 0))
    unsure = door.fire is not Fire.CLEAR or bool(door.grants)
    for place, grant in enumerate(door.leavers):
        told.append(facts.AccessTaken(id_, grant, assumed=unsure or place > 0))
    door = replace(
        door,
        leaf=Leaf(cause),
        grants=(),
        leavers=(),
        granted=_use(door, door.granted),
        leaving=_use(door, door.free_to_leave),
        exit=None if door.exit is None else replace(door.exit, used=True),
        settling=None,
    )
    return door, tuple(told)


def _exits(door: Door) -> bool:
    return door.exit_held or door.free_to_leave is not None


def _use(door: Door, timed: Timed | None) -> Timed | None:
    """What an opening leaves of a timed release."""
    if timed is None or door.config.relocks_on_opening:
        return None
    return replace(timed, until=timed.began + door.config.maximum, used=True)


def _close(door: Door, now: float) -> Turn:
    if door.leaf is None:
        return door, ()
    cause = door.leaf.cause
    settling = None
    if cause not in (OpeningCause.FORCED, OpeningCause.FOUND_OPEN):
        settling = Settling(cause, now + door.config.settle)
    leaving = None if door.leaving is not None and door.leaving.used else door.leaving
    door = replace(door, leaf=None, granted=None, leaving=leaving, settling=settling)
    return door, (facts.DoorClosed(door.config.id),)


# ---- lockdown, fire, faults ---------------------------------------------------------------


def _lock_down(door: Door, event: events.LockdownApplied) -> Turn:
    if door.lockdown == event.lockdown:
        return door, ()
    told = (*not_taken(door, door.grants), facts.LockedDown(door.config.id, event.lockdown))
    return replace(door, lockdown=event.lockdown, granted=None, grants=()), told


def _lift(door: Door, event: events.LockdownLifted) -> Turn:
    if door.lockdown != event.lockdown:
        return door, ()
    told = facts.LockdownLifted(door.config.id, event.lockdown, event.by)
    return replace(door, lockdown=None), (told,)


def _turn_fire(
    door: Door, event: events.FireStarted | events.FireLoopClosed | events.FireRearmed
) -> Turn:
    doors = (door.config.id,)
    match event, door.fire:
        case events.FireStarted(), Fire.CLEAR | Fire.LATCHED:
            return replace(door, fire=Fire.ACTIVE), (facts.FireAlarm(doors),)
        case events.FireLoopClosed(), Fire.ACTIVE:
            return replace(door, fire=Fire.LATCHED), (facts.FireLoopRestored(doors),)
        case events.FireRearmed(), Fire.LATCHED:
            return replace(door, fire=Fire.CLEAR), (facts.FireRearmed(doors),)
        case _:
            return door, ()


def _turn_fault(door: Door, event: events.LockFaultSeen | events.LockFaultEnded) -> Turn:
    if isinstance(event, events.LockFaultSeen):
        if door.fault == event.detail:
            return door, ()
        told = facts.LockFault(door.config.id, event.detail)
        return replace(door, fault=event.detail), (told,)
    ended = door.fault is not None and not door.disagrees
    return replace(door, fault=None), (facts.LockFaultEnded(door.config.id),) if ended else ()
