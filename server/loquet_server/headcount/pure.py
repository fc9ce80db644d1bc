"""How many people are in an area, as a pure function of what was seen since the quiet hour.

Doors see crossings, never people. A badge that goes in may be followed by somebody without one,
an exit reader may be passed in pairs, a button is pressed by people who then stay. So the count
is a *belief* (``spread``): each fact moves it by what it usually means, and the estimate is its
middle, with the range in which the truth should lie.

* Facts are taken in order of their time, whatever their order of arrival: what comes late from
  a unit that was cut off repairs the estimate as if it had come at once.
* Whoever has a badge is known. A second entry without an exit proves a missed exit, and does not
  count twice; an exit without an entry proves somebody who followed, and counts for nothing;
  whoever is seen entering elsewhere has left.
* At a door with a beam counter the beams count, and badges only say who.
* Occupied desks are people, but a sensor may err: they raise the belief once they last.
* Somebody who counts by eye ends all doubt. The quiet hour does too: then nobody is inside.
* While a unit is cut off, or a reader is lost, people come and go unseen: the belief widens.

Times are UTC milliseconds.
"""

from collections import deque
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from loquet_server.headcount.facts import Correction, Crossing, Estimate, Scene, Source, Unseen
from loquet_server.headcount.reasons import Kind, Reason
from loquet_server.headcount.spread import Spread, Steps

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
LOW: Final = 0.02
HIGH: Final = 0.98
"""The parts of the belief below the range, and up to its upper end."""


FOLLOWED: Final = 0.03
"""Of a hundred who go in by badge, three are followed by somebody else."""
PAIRED: Final = 0.04
"""Of a hundred who leave by badge, four take somebody else along."""
_ENTRY: Final[Steps] = ((1, 1 - FOLLOWED), (2, FOLLOWED))
_AGAIN: Final[Steps] = ((0, 1 - FOLLOWED), (1, FOLLOWED))
_EXIT: Final[Steps] = ((-1, 1 - PAIRED), (-2, PAIRED))
_NOTHING: Final[Steps] = ((0, 1 - PAIRED), (-1, PAIRED))
_STEPS: Final[dict[tuple[Source, int], Steps]] = {
    (Source.BEAM, 1): ((0, 0.01), (1, 0.97), (2, 0.02)),
    (Source.BEAM, -1): ((0, 0.01), (-1, 0.97), (-2, 0.02)),
    (Source.OPENING, -1): ((-1, 0.86), (-2, 0.06), (0, 0.06), (1, 0.02)),
    (Source.BUTTON, -1): ((-1, 0.75), (-2, 0.05), (0, 0.20)),
    (Source.RELEASE, 1): ((1, 0.88), (2, 0.05), (0, 0.05), (-1, 0.02)),
    (Source.OPEN, 0): ((1, 0.44), (-1, 0.44), (0, 0.10), (2, 0.02)),
}
_ANONYMOUS: Final = frozenset({Source.BEAM, Source.OPENING, Source.BUTTON, Source.OPEN})
LASTING: Final = 10 * MINUTE
"""Desks that are taken for so long are people."""
WITH_BADGE: Final = 15_000
"""So long after a badge a leaf moves for it."""
AGAIN: Final = 30 * MINUTE
"""The same desks are no new evidence before."""
FAULTS: Final = (0.3, 0.05, 0.005)
"""How likely one, two, three desks say that they are taken, and are not."""
STEP: Final = 5 * MINUTE
"""While nobody sees, the belief widens in such steps."""
COMING: Final = 0.8
"""People who come in an hour to any area."""
TURNOVER: Final = 0.35
"""Part of those inside who come or go in an hour, each way."""
TOLD_LATER: Final = frozenset({Kind.UNIT_OFFLINE, Kind.UNIT_BEHIND})
NOTHING: Final = 1e-4
MOST: Final = 0.4
"""How likely somebody comes, or goes, in one step at most."""
STRAY: Final = 0.003
"""Part of those inside who leave in an hour and of whom no fact tells at all."""


_ORDER = attrgetter("at", "journal", "sequence", "part")
_BY_ID = attrgetter("at", "id")


def estimate(scene: Scene, now: int) -> Estimate:
    """Return how many people are inside at ``now``, from what happened until then."""
    run = _Run(scene)
    crossings = [each for each in scene.crossings if scene.begins <= each.at <= now]
    crossings.sort(key=_ORDER)
    run.seat(scene.begins, run.first_occupied(crossings))
    corrections = sorted(
        (each for each in scene.corrections if scene.begins <= each.at <= now), key=_BY_ID
    )
    left = deque(corrections)
    for each in crossings:
        while left and left[0].at < each.at:
            run.correct(left.popleft())
        run.until(each.at)
        run.cross(each)
    for correction in left:
        run.correct(correction)
    run.until(now, whole=True)
    return run.result(len([each for each in crossings if each.source is not Source.DESK]))


class _Run:
    """One pass over a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._belief = Spread()
        self._calm: Spread | None = None
        """The belief as it were had a unit that was cut off had nothing to tell."""
        self._now = self._since = scene.begins
        self._known: dict[str, int] = {}
        self._unnamed = 0
        """Exits of which nobody knows who it was, of people who are known."""
        self._strangers = 0
        """People inside who are known to have come without a badge."""
        self._levels: list[tuple[int, int]] = []
        """Since when so many desks were taken; the first since before it mattered."""
        self._seated_at = -1
        self._seated = 0
        self._floor = 0
        self._doubts: dict[Kind, float] = {}
        self._correction: Correction | None = None
        self._ceiling = 0
        self._badged: dict[str, int] = {}
        """When a badge was last taken through each door."""

    def first_occupied(self, crossings: Iterable[Crossing]) -> int:
        """Return how many desks were taken when all began, from how many are now."""
        change = sum(each.direction for each in crossings if each.source is Source.DESK)
        return max(0, self._scene.occupied - change)

    # ---- what happens ---------------------------------------------------------------------

    def until(self, at: int, *, whole: bool = False) -> None:
        """Let time pass, in steps in which things may happen that nobody sees.

        ``whole``: up to the very moment, though no step ends there.
        """
        while self._now < at:
            step = STEP if self._is_unseen() else HOUR
            then = self._now - self._now % step + step
            if then > at and not whole:
                break
            then = min(then, at)
            self._unseen(then)
            self._now = then
        self._sit(at)

    def seat(self, at: int, desks: int) -> None:
        """Note how many desks are taken."""
        self._levels.append((at, max(0, desks)))

    def cross(self, each: Crossing) -> None:
        """Take one crossing."""
        if each.source is Source.DESK:
            self.seat(each.at, self._levels[-1][1] + each.direction)
            return
        if each.source is Source.ELSEWHERE:
            self._elsewhere(each)
        elif each.source is Source.BADGE:
            self._badge(each)
        elif each.source is Source.BEAM or not self._is_counted(each):
            self._anonymous(each)

    def correct(self, each: Correction) -> None:
        """Believe whoever counted."""
        self.until(each.at, whole=True)
        self._belief, self._calm = Spread.at(each.people), None
        self._since, self._correction = each.at, each
        self._doubts.clear()
        self._unnamed = max(0, len(self._known) - each.people)
        if each.people == 0:
            self._known.clear()
            self._unnamed = 0
        self._strangers = max(0, each.people - len(self._known) + self._unnamed)
        self._ceiling, self._floor = each.people, 0
        self._seated_at = -1

    # ---- crossings ------------------------------------------------------------------------

    def _badge(self, each: Crossing) -> None:
        self._badged[each.door] = each.at
        counted, known = self._is_counted(each), each.holder in self._known
        if each.direction > 0:
            self._known[each.holder] = each.at
            if counted:
                return
            again = known and not self._renamed()
            self._doubt(Kind.MISSED_EXIT, 1.0 if again else 0.0)
            self._doubt(Kind.FOLLOWED, FOLLOWED)
            self._move(_AGAIN if again else _ENTRY)
            return
        self._known.pop(each.holder, None)
        if counted:
            return
        if not known:
            known = self._strangers > 0
            self._strangers = max(0, self._strangers - 1)
            self._doubt(Kind.UNKNOWN_EXIT, 0.0 if known else 1.0)
        self._doubt(Kind.PAIRED, PAIRED)
        self._move(_EXIT if known else _NOTHING)

    def _elsewhere(self, each: Crossing) -> None:
        """Somebody who is believed inside is seen in another area."""
        if self._known.pop(each.holder, None) is None:
            return
        if not self._renamed() and not self._is_counted(each):
            self._doubt(Kind.MISSED_EXIT, 1.0)
            self._move(_EXIT)

    def _renamed(self) -> bool:
        """True if an exit without a name was probably that of whoever is seen now."""
        if self._unnamed == 0:
            return False
        self._unnamed -= 1
        return True

    def _anonymous(self, each: Crossing) -> None:
        badged = self._badged.pop(each.door, None) if each.source is Source.OPEN else None
        if badged is not None and each.at <= badged + WITH_BADGE:
            return  # the leaf of a door that stood unlocked moved for whoever showed a badge
        if each.direction < 0 and each.source in _ANONYMOUS:
            self._unnamed = min(self._unnamed + 1, len(self._known))
        if each.source is Source.RELEASE:
            self._strangers += 1
            self._doubt(Kind.LET_IN, 1.0)
        elif each.source is Source.OPEN:
            self._doubt(Kind.STOOD_OPEN, 1.0)
        elif each.source is Source.BUTTON:
            self._doubt(Kind.BUTTONS, 1.0)
        self._move(_STEPS.get((each.source, each.direction), ((0, 1.0),)))

    def _is_counted(self, each: Crossing) -> bool:
        return any(start <= each.at < end for start, end in self._scene.counted.get(each.door, ()))

    def _move(self, steps: Steps) -> None:
        self._belief = self._belief.moved(steps)
        if self._calm is not None:
            self._calm = self._calm.moved(steps)
        self._ceiling += max(0, *(step for step, _ in steps))

    def _doubt(self, kind: Kind, amount: float) -> None:
        if amount:
            self._doubts[kind] = self._doubts.get(kind, 0.0) + amount

    # ---- time -----------------------------------------------------------------------------

    def _is_unseen(self) -> bool:
        return any(
            each.start <= self._now + HOUR and (each.end is None or self._now < each.end)
            for each in self._scene.unseen
        )

    def _unseen(self, then: int) -> None:
        """Let people come and go unseen, up to ``then``.

        Whom a lost reader hides are gone for good. What a unit that is cut off will tell may be
        anything: it widens the range, and does not move the best estimate.
        """
        hours = (then - self._now) / HOUR
        known = (0.0, STRAY * self._belief.mean)
        hidden = [each for each in self._scene.unseen if each.kind not in TOLD_LATER]
        later = [each for each in self._scene.unseen if each.kind in TOLD_LATER]
        lost, cut = self._flow(hidden, then), self._flow(later, then)
        if any(cut) and self._calm is None:
            self._calm = self._belief
        inward, outward = (known[way] + lost[way] for way in (0, 1))
        if self._calm is not None:
            self._calm = self._drifted(self._calm, inward * hours, outward * hours)
        self._belief = self._drifted(
            self._belief, (inward + cut[0]) * hours, (outward + cut[1]) * hours
        )

    def _flow(self, unseen: Iterable[Unseen], then: int) -> tuple[float, float]:
        """Return how many people an hour may come and go unseen until ``then``."""
        coming = going = 0.0
        for each in unseen:
            end = then if each.end is None else each.end
            span = min(end, then) - max(each.start, self._now)
            if span > 0:
                part = each.share * span / (then - self._now)
                coming += part * each.inward * (COMING + TURNOVER * self._belief.mean / 2)
                going += part * each.outward * TURNOVER * self._belief.mean
        return coming, going

    def _drifted(self, belief: Spread, inward: float, outward: float) -> Spread:
        if inward + outward <= NOTHING:
            return belief
        self._ceiling += inward > 0.0
        return belief.drifted(min(MOST, inward), min(MOST, outward))

    def _sit(self, now: int) -> None:
        """Believe desks that have been taken for a while."""
        start = now - LASTING
        while len(self._levels) > 1 and self._levels[1][0] <= start:
            self._levels.pop(0)
        level = min(desks for _, desks in self._levels)
        if level > self._seated or now >= self._seated_at + AGAIN:
            if level > self._belief.least:
                self._floor = max(self._floor, level if level > self._belief.mean else 0)
                self._belief = self._belief.at_least(level, FAULTS)
                if self._calm is not None:
                    self._calm = self._calm.at_least(level, FAULTS)
                self._ceiling = max(self._ceiling, level)
            self._seated, self._seated_at = level, now

    # ---- the answer -----------------------------------------------------------------------

    def result(self, crossings: int) -> Estimate:
        """Return the estimate; whatever is believed, nobody sits at a desk without being there."""
        occupied = self._scene.occupied
        calm = self._belief if self._calm is None else self._calm
        best = max(calm.quantile(0.5), occupied)
        low = max(min(self._belief.quantile(LOW), calm.quantile(LOW)), occupied)
        high = max(self._belief.quantile(HIGH), calm.quantile(HIGH), best)
        return Estimate(
            best, low, high, self._since, self._reasons(occupied), dict(self._known),
            self._unnamed, crossings, max(self._ceiling, occupied),
        )  # fmt: skip

    def _reasons(self, occupied: int) -> tuple[Reason, ...]:
        found = []
        if self._correction is not None:
            found.append(Reason(Kind.CORRECTED, 0, self._since, self._correction.actor))
        else:
            found.append(Reason(Kind.RESET, 0, self._since))
        for each in sorted(self._scene.unseen, key=lambda each: (each.start, each.name)):
            if each.end is None or each.end > self._since:
                found.append(Reason(each.kind, 0, each.start, each.name))
        for kind, amount in sorted(self._doubts.items()):
            if round(amount):
                found.append(Reason(kind, round(amount)))
        if self._floor or occupied > self._belief.quantile(0.5):
            found.append(Reason(Kind.DESKS_FLOOR, occupied))
        if self._scene.unknown:
            found.append(Reason(Kind.DESKS_UNKNOWN, self._scene.unknown))
        return tuple(found)
