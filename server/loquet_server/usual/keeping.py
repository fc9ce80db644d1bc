"""Keeps the history that no fact tells by itself: people each minute, days each hour."""

from functools import partial
from typing import Any, Final

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from loquet_server.chores import again
from loquet_server.days import HOUR_MS
from loquet_server.dialect import insert
from loquet_server.headcount.reading import headcounts
from loquet_server.models import PeopleHour, Site
from loquet_server.office import Office
from loquet_server.usual.rolling import roll_up

SECONDS: Final = 60.0
"""How often people are counted."""
LONGEST: Final = 150
"""Seconds for which one count stands at most: what was slower is a gap, and unknown."""


async def keep(office: Office) -> None:
    """Keep history until cancelled."""
    before, rolled = office.now_ms(), 0

    async def work() -> None:
        nonlocal before, rolled
        now = office.now_ms()
        seconds = (now - before) // 1000
        await office.database.run(partial(sample, now_ms=now, seconds=seconds))
        before = now
        if now - rolled >= HOUR_MS:
            await office.database.run(partial(roll_up, pepper=office.keys.pepper, now_ms=now))
            rolled = now

    await again("keep-history", work, every=SECONDS)


def sample(session: Session, now_ms: int, seconds: int) -> None:
    """Add the people who are inside now, for so many seconds, to the hour of each area."""
    if not 0 < seconds <= LONGEST:
        return
    hour = now_ms - now_ms % HOUR_MS
    rows: list[dict[str, Any]] = [
        {
            "area": area, "hour_utc": hour, "entries": 0, "people_seconds": count.present * seconds,
            "known_seconds": seconds, "peak": count.present,
        }
        for site in session.execute(select(Site.id)).scalars().all()
        for area, count in headcounts(session, site, now_ms).items()
        if count.present is not None
    ]  # fmt: skip
    add_people(session, rows)


def add_people(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add seconds to hours, and keep the higher peak."""
    if not rows:
        return
    statement = insert(session, PeopleHour)
    new, old = statement.excluded, statement.table.c
    added = {name: old[name] + new[name] for name in ("people_seconds", "known_seconds")}
    added["peak"] = case((old.peak >= new.peak, old.peak), else_=new.peak)
    key = ["area", "hour_utc"]
    session.execute(statement.on_conflict_do_update(index_elements=key, set_=added), rows)
