"""From a grant to what it uses up: a pass is taken, and a stay begins, once somebody went through.

Grants wait here until their door says whether they were taken. A stay is noted only where the
policy asks who is inside, a count only where it asks how many.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass

from loquet_contract.access import passes
from loquet_contract.access.decision import Granted, Now
from loquet_contract.access.policy import AccessPointRecord, Policy
from loquet_contract.access.presence import Stay
from loquet_contract.ids import AccessPointId, AreaId, GrantId
from loquet_contract.wire.events import AccessNotTaken, AccessTaken, Event
from loquet_edge.moving import MovingFacts
from loquet_edge.unconfirmed import Spent

MOST_WAITING = 256
"""Grants whose door has not said yet; each waits for half a minute at most."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    granted: Granted
    access_point: AccessPointId


class Passages:
    """Follows the grants of one unit; ``points`` are the access points of its readers."""

    def __init__(
        self, policy: Policy, moving: MovingFacts, points: Collection[AccessPointId]
    ) -> None:
        self._policy, self._moving, self._points = policy, moving, tuple(points)
        self._waiting: OrderedDict[GrantId, _Waiting] = OrderedDict()

    def granted(self, grant: GrantId, granted: Granted, access_point: AccessPointId) -> None:
        """Somebody was let in, or out."""
        self._waiting[grant] = _Waiting(granted, access_point)
        if len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)

    def heard(self, fact: Event, now: Now) -> None:
        """A fact is being recorded: what it says of a grant counts from here on."""
        if isinstance(fact, AccessTaken):
            waiting = self._waiting.pop(fact.grant, None)
            if waiting is not None:
                self._take(waiting, now)
        elif isinstance(fact, AccessNotTaken):
            self._waiting.pop(fact.grant, None)

    def _take(self, waiting: _Waiting, now: Now) -> None:
        self._spend(waiting.granted, now)
        place = self._policy.access_point(waiting.access_point)
        if place is not None:
            self._arrive(waiting.granted, place, now)

    def _spend(self, granted: Granted, now: Now) -> None:
        if granted.account is None or granted.period is None:
            return
        rule = self._policy.rule(granted.rule)
        terms = None if rule is None else rule.passes
        window = None
        if terms is not None and terms.window is not None:
            window = passes.period_start(self._policy, terms.window, granted.period)
        fresh = 0 if terms is None else terms.allowance or 0
        self._moving.spend(
            Spent(
                granted.account, granted.holder, granted.period, window, fresh, granted.billed,
                now.monotonic,
            )
        )  # fmt: skip

    def _arrive(self, granted: Granted, place: AccessPointRecord, now: Now) -> None:
        if any(self._asks_who(point) for point in self._points):
            stay = Stay(place.area_to, int(now.utc))
            self._moving.arrive(granted.holder, stay, now.monotonic)
        for area, people in ((place.area_to, 1), (place.area_from, -1)):
            if self._asks_how_many(area):
                self._moving.step(area, people, now.utc)

    def _asks_who(self, point: AccessPointId) -> bool:
        """True if this access point is closed to who is inside, or leads where places count."""
        place = self._policy.access_point(point)
        if place is None:
            return False
        return place.anti_passback is not None or self._asks_how_many(place.area_to)

    def _asks_how_many(self, area: AreaId) -> bool:
        found = self._policy.area(area)
        return found is not None and found.capacity is not None
