"""Counts of people change without a fact: a quiet hour comes, a unit falls silent, time passes."""

from itertools import count as numbers
from typing import Final

from sqlalchemy.orm import Session

from loquet_server.areas.counting import retell
from loquet_server.chores import again
from loquet_server.headcount.quiet import settle
from loquet_server.office import Office
from loquet_server.publication import Publication

EVERY_SECONDS: Final = 60.0
SETTLE_EVERY: Final = 30
"""Rounds after which it is looked anew what was left over at quiet hours."""


async def keep_counting(office: Office) -> None:
    """Count again every minute until cancelled; only what differs is told."""
    told: dict[str, str] = {}
    rounds = numbers()

    async def work() -> None:
        whole = next(rounds) % SETTLE_EVERY == 0
        office.publish(await count(office, told, whole=whole))

    await again("count-people", work, every=EVERY_SECONDS)


async def count(office: Office, told: dict[str, str], *, whole: bool = False) -> list[Publication]:
    """Return what to publish that was not ``told`` (by topic, without its time); keep it there.

    ``whole``: also what was left over at the last quiet hours.
    """
    now = office.now_ms()

    def work(session: Session) -> list[Publication]:
        found = retell(session, office.moving, None, now)
        return [*found, *settle(session, now)] if whole else found

    return [each for each in await office.database.run(work) if _is_new(each, told, now)]


def _is_new(each: Publication, told: dict[str, str], now: int) -> bool:
    if not each.retain:
        return True
    plain = each.payload.replace(str(now), "")
    if told.get(each.topic) == plain:
        return False
    told[each.topic] = plain
    return True
