"""Who may still be inside: by name where a badge tells, by number where none does.

Nobody is left out because a sensor may have erred: where exits are unseen, whoever came in
today and was not seen leaving *may be present*.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from loquet_server.days import HOUR_MS
from loquet_server.evacuation.repository import EvacuationRepository
from loquet_server.evacuation.schemas import AreaPeople, EvacuationList, Person, Visit
from loquet_server.headcount.days import last_reset
from loquet_server.headcount.reading import Counted
from loquet_server.models import Holder, Site

LATE_MS: Final = 3 * HOUR_MS
"""Whoever came in so long before the space's day began may well be there still."""


class Muster:
    """Draws up the list of a site."""

    def __init__(self, repository: EvacuationRepository, site: Site, now_ms: int) -> None:
        self._repository, self._site, self._now = repository, site, now_ms

    async def draw_up(self) -> EvacuationList:
        """Return the list as it is now."""
        site, now = self._site, self._now
        counted = await self._repository.counted(now, site.id)
        start = min(last_reset(now, site.timezone, site.day_starts), now - LATE_MS)
        last = _last(await self._repository.passages(site.id, start, now))
        inside = {each.area.id: _inside(each, last) for each in counted}
        visits = await self._repository.visits(site.id, now)
        named = {holder for people in inside.values() for holder in people}
        known = await self._repository.holders(named)
        plan = await self._repository.plan(site.id)
        seen = named | set(last)
        return EvacuationList(
            site=site.id,
            space=site.name,
            made_at=now,
            meeting_point="" if plan is None else plan.meeting_point,
            instructions="" if plan is None else plan.instructions,
            certain=all(each.headcount.exit_sensing for each in counted),
            areas=[_area(each, inside[each.area.id], known) for each in counted],
            visits=[
                Visit(
                    holder=holder.id, name=holder.name, area=area, host=window.host,
                    starts_at=window.starts_at, ends_at=window.ends_at,
                )
                for window, holder, area in visits
                if holder.id not in seen
            ],
        )  # fmt: skip


def _last(passages: Sequence[Any]) -> dict[str, tuple[str | None, int]]:
    """Return where everybody was seen going last, and when."""
    found: dict[str, tuple[str | None, int]] = {}
    for row in sorted(passages, key=lambda row: (row.at, row.journal, row.sequence)):
        if row.holder is not None:
            found[row.holder] = (row.area_to, row.at)
    return found


def _inside(each: Counted, last: Mapping[str, tuple[str | None, int]]) -> dict[str, int]:
    """Return who is or may be in an area, and since when."""
    if each.estimate is not None:
        return dict(each.estimate.known)
    return {holder: at for holder, (area, at) in last.items() if area == each.area.id}


def _area(each: Counted, inside: Mapping[str, int], known: Mapping[str, Holder]) -> AreaPeople:
    count, found = each.headcount, each.estimate
    sure = found is not None and found.left == 0
    people = [
        Person(holder=holder, name=known[holder].name, kind=known[holder].kind, since=at, sure=sure)
        for holder, at in inside.items()
        if holder in known
    ]
    people.sort(key=lambda person: (person.name.casefold(), person.holder))
    named = 0 if found is None else len(people) - found.left
    return AreaPeople(
        area=each.area.id, name=each.area.name, exit_sensing=count.exit_sensing,
        present=count.present, low=count.low, high=count.high,
        unnamed=max(0, (count.present or 0) - named),
        unnamed_most=max(0, (count.high or 0) - named),
        reasons=list(count.reasons), people=people,
    )  # fmt: skip
