"""The door: what the lock must do, and what the journal must say, as time and events pass.

How it thinks.

*The lock has no state of its own here; it follows its causes.* It is released while at least
one cause holds, and locked otherwise. Three causes stand until they are ended: **fire** (from
the loop opening until a person re-arms with the loop closed), an **exit** input held, and an
**unlock schedule**. Two are timed: the release of **grants and commands** (``granted``), and
the moment that an exit leaves behind when its input is let go (``leaving``). Every event only
adds or ends causes; one place (``_conclude``) then compares before with after and reports the
release or the relock. So fire cannot be relocked by a timer and an exit cannot be refused by
a lockdown: there is no code by which one cause ends another, except the two written next.

*A lockdown* ends grants and commands, suspends the schedule, and refuses new grants and
commands, even those that the rule let through. Exit and fire it does not touch. A schedule
still running when the lockdown is lifted resumes.

*The hard maximum* bounds the timed causes from the first moment of their unbroken run,
however many grants prolong it: a lock coil is rated for that. A grant in the last seconds gets
what remains. Only an exit begins the count anew, when its input is let go. The maximum bounds
nothing else: an exit held, a fire and a schedule last as long as they last.

*Relocking.* A strike has done its work once the leaf is open: the opening ends both timed
causes. A motor bolt or a maglock that acted on a leaf just ajar would jam or pull it back:
there the opening prolongs them to the maximum, and the closing ends them. A closing ends
``granted`` for every kind of lock. An exit asked for while the leaf stood open has not been
used by that opening, so the closing leaves it in force.

*Grant, release, open and enter are four facts.* Every grant ends in exactly one of taken and
not taken. An opening takes all that wait: members who each badge and then walk in together
did what was asked of them. What was not seen is *assumed*: one opening proves one passage,
that of the oldest grant, and not even that during a fire or an exit; at an open leaf and at a
door without a contact nothing is seen at all, and the grant is taken at once. A grant whose
time ends unopened is not taken, except where the door stands released for another cause:
nobody hurries through an unlocked door, and its badges count, so it is taken, assumed.

*Settling.* A contact is debounced, and a leaf bounces on its frame: an opening may be told a
moment after the relock or the closing that it belongs to. For ``settle`` seconds such an
opening takes the cause of what just ended, and the grants still wait. That is why not taken
comes a moment after the relock; it spares a false alarm for who opened at the last instant.

*Exit.* The input releases at once, in every state, and holds. Let go without an opening, it
leaves a whole release time behind: the hand goes from the button to the handle. A sensor
beside a free handle (``not exit_releases``) goes through the same states but moves no lock: it
only explains openings. An input active for long is reported stuck, and changes nothing else.

*An exit reader* is an exit whose input is let go at once: a badge, any badge, begins the time
that an exit leaves behind, at every style of door. Whoever is known may be named afterwards.
They are gone when the leaf opens, or at once where that is not seen or the door stands released
(assumed); when the exit ends unopened, they are not. A lockdown does not end them.

*A leaf left open* is counted from the opening; not during a fire nor while a schedule holds
the door unlocked, which end an alarm in force, too. When they end, the count starts anew.

*Illegal events* (closing what is closed, a fire re-armed with its loop open) do nothing:
switches bounce and messages repeat. *Late events*: the deadlines that passed are run first,
each at its own time, so a runner that was away tells the same story; the lock is told only
the outcome, so nothing is relocked and released again on the way. *Time* never runs
backwards: an older ``now`` counts as the latest one seen.
"""

from collections.abc import Iterator
from dataclasses import replace

from loquet_contract.wire import events as facts
from loquet_contract.wire.events import Event, OpeningCause, RelockCause
from loquet_edge.door import events
from loquet_edge.door.effects import Effect, Report, Signal
from loquet_edge.door.events import DoorEvent
from loquet_edge.door.state import Door, Fire, Held, Leaf, Settling
from loquet_edge.door.turns import Turn, end_settling, not_taken, turn

_RELOCK_CAUSES: dict[type[DoorEvent], RelockCause] = {
    events.ExitReleased: RelockCause.EXIT_ENDED,
    events.LeafOpened: RelockCause.OPENED,
    events.LeafClosed: RelockCause.CLOSED,
    events.UnlockScheduleEnded: RelockCause.SCHEDULE,
    events.LockdownApplied: RelockCause.LOCKDOWN,
    events.FireRearmed: RelockCause.REARM,
}
"""Every other event leaves relocking to time."""


def step(door: Door, event: DoorEvent, now: float) -> tuple[Door, tuple[Effect, ...]]:
    """The door after ``event`` at monotonic ``now`` seconds, and what is to be done."""
    before, told = door, list[Event]()
    now = now if now > door.time else door.time
    while (at := deadline(door)) is not None and at <= now:
        door, news = _conclude(door, _expire(door, at), RelockCause.TIME, at)
        told += news
    cause = _RELOCK_CAUSES.get(type(event), RelockCause.TIME)
    door, news = _conclude(door, turn(door, event, now), cause, now)
    told += news
    door = door if door.time == now else replace(door, time=now)
    return door, tuple(_effects(before, door, event, told))


def deadline(door: Door) -> float | None:
    """When ``step(door, TimePassed(), now)`` is due, in monotonic seconds; None: not at all."""
    return min(_deadlines(door), default=None)


def _deadlines(door: Door) -> Iterator[float]:
    for timed in (door.granted, door.leaving, door.settling):
        if timed is not None:
            yield timed.until
    if door.leaf is not None and door.leaf.alarm_at is not None:
        yield door.leaf.alarm_at
    if door.exit is not None and door.exit.stuck_at is not None:
        yield door.exit.stuck_at
    if door.disagrees_at is not None:
        yield door.disagrees_at


# ---- time ---------------------------------------------------------------------------------


def _expire(door: Door, now: float) -> Turn:
    """Everything that is due at ``now``."""
    told = list[Event]()
    for expire in (_expire_releases, _expire_settling, _expire_alarms):
        door, news = expire(door, now)
        told += news
    return door, tuple(told)


def _expire_releases(door: Door, now: float) -> Turn:
    if door.leaving is not None and door.leaving.until <= now:
        door = replace(door, leaving=None)
    if door.granted is None or door.granted.until > now:
        return door, ()
    door, grants = replace(door, granted=None), door.grants
    if door.released_by is None:
        return door, ()  # the lock relocks: the grants wait while the leaf settles
    if door.stands_released:
        taken = (facts.AccessTaken(door.config.id, grant, assumed=True) for grant in grants)
        return replace(door, grants=()), tuple(taken)
    return replace(door, grants=()), not_taken(door, grants)


def _expire_settling(door: Door, now: float) -> Turn:
    if door.settling is None or door.settling.until > now:
        return door, ()
    return end_settling(door)


def _expire_alarms(door: Door, now: float) -> Turn:
    id_, leaf, told = door.config.id, door.leaf, list[Event]()
    if leaf is not None and leaf.alarm_at is not None and leaf.alarm_at <= now:
        if leaf.held is Held.NO:
            gap = door.config.alarm - door.config.pre_alarm
            door = replace(door, leaf=replace(leaf, held=Held.SOON, alarm_at=leaf.alarm_at + gap))
            told.append(facts.DoorHeldOpenSoon(id_))
        else:
            door = replace(door, leaf=replace(leaf, held=Held.HELD, alarm_at=None))
            told.append(facts.DoorHeldOpen(id_))
    if door.exit is not None and door.exit.stuck_at is not None and door.exit.stuck_at <= now:
        door = replace(door, exit=replace(door.exit, stuck_at=None))
        told.append(facts.ExitStuck(id_))
    if door.disagrees_at is not None and door.disagrees_at <= now:
        door = replace(door, disagrees=True, disagrees_at=None)
        told.append(facts.LockFault(id_, _disagreement(door)))
    return door, tuple(told)


def _disagreement(door: Door) -> str:
    if door.lock_seen:
        return "the lock's contact says locked while it should be released"
    return "the lock's contact says released while it should be locked"


# ---- what follows from every event --------------------------------------------------------


def _conclude(before: Door, after: Turn, cause: RelockCause, now: float) -> Turn:
    """Tell release and relock, and bring what depends on the lock in step with it."""
    door, told = after
    was, holds = before.released_by, door.released_by
    if holds is not None and holds is not was:
        told = (*told, facts.DoorReleased(door.config.id, holds))
    elif holds is None and was is not None:
        told = (*told, facts.DoorRelocked(door.config.id, cause))
        if door.leaf is None and door.config.has_contact:
            ended = Settling(OpeningCause(was.value), now + door.config.settle)
            door = replace(door, settling=ended)
    door, left = _follow_leavers(door)
    door, news = _follow_lock(_count_leaf(door, now), now)
    return door, (*told, *left, *news)


def _follow_leavers(door: Door) -> Turn:
    if not door.leavers or not door.stands_released:
        return door, ()
    taken = (facts.AccessTaken(door.config.id, grant, assumed=True) for grant in door.leavers)
    return replace(door, leavers=()), tuple(taken)


def _count_leaf(door: Door, now: float) -> Door:
    leaf = door.leaf
    if leaf is None:
        return door
    if door.fire is not Fire.CLEAR or door.unlocked_by_schedule:
        idle = Leaf(leaf.cause)
        return door if leaf == idle else replace(door, leaf=idle)
    if leaf.alarm_at is None and leaf.held is Held.NO:
        return replace(door, leaf=replace(leaf, alarm_at=now + door.config.pre_alarm))
    return door


def _follow_lock(door: Door, now: float) -> Turn:
    """Compare the lock's own contact with what is wanted; an open leaf may leave it unlocked."""
    locked = door.released_by is None
    agrees = door.lock_seen in (None, locked) or (locked and door.leaf is not None)
    if agrees and (door.disagrees or door.disagrees_at is not None):
        ended = door.disagrees and door.fault is None
        door = replace(door, disagrees=False, disagrees_at=None)
        return door, (facts.LockFaultEnded(door.config.id),) if ended else ()
    if agrees or door.disagrees or door.disagrees_at is not None:
        return door, ()
    return replace(door, disagrees_at=now + door.config.lock_follow), ()


def _effects(before: Door, after: Door, event: DoorEvent, told: list[Event]) -> Iterator[Effect]:
    """Lock, then signal, then reports; lock and signal only where they change or are asked."""
    afresh = isinstance(event, events.Start | events.LockFaultEnded)
    if afresh or after.lock_effect != before.lock_effect:
        yield after.lock_effect
    granted = isinstance(event, events.GrantGiven) and after.granted is not None
    if afresh or granted or after.feedback is not before.feedback:
        yield Signal(after.feedback)
    for fact in told:
        yield Report(fact)
