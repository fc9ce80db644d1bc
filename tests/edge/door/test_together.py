"""Door, guard and fire latch, with every death of each: what must hold in every state.

The invariants are those that the documents promise (docs/safety.md): exit and fire win over all;
the first level is the declared one; a timed release ends; nothing relocks during a fire; a process
that dies or hangs leaves the lock in its declared state, and one that comes back moves nothing.
"""

from __future__ import annotations

from itertools import product

import pytest

from loquet_contract.wire.events import ReleaseCause
from loquet_edge.lockguard.leases import HOLD_SECONDS
from tests.edge.door.together import Kind, Life, Whole, walk

FEW, MANY = 2_500, 100_000
"""States, the nearest first: every story of so many happenings, and many longer ones."""
LATE = ("the door goes on", "the guard starts")
KINDS = tuple(Kind(safe, strict) for safe, strict in product((False, True), repeat=2))


def name(kind: Kind) -> str:
    return f"{'safe' if kind.fails_safe else 'secure'}-{'strict' if kind.strict else 'kept'}"


def judge(before: Whole, happened: str, after: Whole) -> None:
    """What must hold after one step; without a guard, only the wires hold it."""
    guard = after.guard
    if guard is None:
        return
    assert after.level == guard.released(0), "the line is not what the guard says"
    if after.burning:
        assert after.level, "locked during a fire that nobody has re-armed"
        assert guard.latched
        assert after.latch, "a power cut now would forget the fire"
    if after.exit:
        assert after.level, "somebody who asks to leave is not let out"
    if happened == "the guard starts":
        declared = after.burning or after.exit or _asks(after) or _alone(after)
        assert after.level == declared, "the first level"
    judge_leases(after)
    judge_exit(before, happened, after)
    if after.level and not before.level:
        judge_release(before, happened, after)


def _asks(whole: Whole) -> bool:
    """Whether a door that lived on has just asked the new guard for what remains."""
    return whole.guard is not None and whole.guard.doors[0].lease_until is not None


def _alone(whole: Whole) -> bool:
    """Whether no door is with the guard, at a lock that then lets go."""
    return whole.guard is not None and whole.guard.abandoned and whole.kind.fails_safe


def judge_leases(whole: Whole) -> None:
    """No lease beyond its time, and none of a client that is gone."""
    assert whole.guard is not None
    maximum, lease = whole.kind.guarded[0].maximum, whole.guard.doors[0].lease_until
    if lease is not None:
        assert whole.life is not Life.DOWN
        assert 0 < lease <= max(maximum, HOLD_SECONDS)
    if whole.guard.abandoned and whole.kind.fails_safe:
        assert whole.level


def judge_exit(before: Whole, happened: str, after: Whole) -> None:
    """A change of client takes nothing from an exit that is over."""
    if before.guard is None or happened not in ("the door dies", "the door starts"):
        return
    assert after.guard is not None
    until = [each.doors[0].exit_until for each in (before.guard, after.guard)]
    assert until[0] == until[1], f"{happened}: what an exit left behind was ended"


def judge_release(before: Whole, happened: str, whole: Whole) -> None:
    """The lock is released now and was not before: somebody must have a right to it.

    A door that hung hears late of who left meanwhile, and so does one whose guard was away: it
    gives the time of an exit that is over.
    """
    right = whole.burning or whole.exit or whole.asked <= whole.kind.guarded[0].maximum
    late = happened in LATE and whole.door.released_by is ReleaseCause.EXIT
    assert right or late or _alone(whole), f"{happened}: released, and nobody asked"


def explore(kind: Kind, most: int) -> int:
    """Judge every step from the first so many states, the nearest first; return how many."""
    steps, states = 0, set[Whole]()
    for before, happened, after in walk(kind):
        if before not in states and len(states) == most:
            break
        steps += 1
        states.add(before)
        judge(before, happened, after)
    print(f"\n{name(kind)}: {len(states)} states, {steps} steps")
    return len(states)


@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_no_story_of_the_processes_together_breaks_a_promise(kind: Kind) -> None:
    assert explore(kind, FEW) == FEW


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS, ids=name)
def test_no_long_story_of_the_processes_together_breaks_a_promise(kind: Kind) -> None:
    assert explore(kind, MANY) > FEW
