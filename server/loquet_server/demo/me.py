"""A member of Le Moulin whose own pages show something: a link, passages, a wish, a list."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from loquet_contract.access.reasons import Reason
from loquet_server import models
from loquet_server.days import DAY_MS, day_of
from loquet_server.demo import village
from loquet_server.identity.codes import digest
from loquet_server.models.base import Base
from loquet_server.presence_board.board import quiet_hour

SECRET: Final = "visite"
"""Of the village's only personal link, /me/link/visite: a demo answers to its own machine alone."""
_MINUTE_MS: Final = 60_000
_DOING: Final = (
    "graphiste",
    "traduit de l'anglais",
    "prépare un examen",
    "comptable, jusqu'à midi",
)
_QUIET: Final = 180
_VISITS: Final = (1, 2, 5, 6, 8, 9, 12, 13, 16, 20)
"""Days ago."""


def member() -> village.MemberPlan:
    """Return the member whose pages are there to look at."""
    return next(each for each in village.members() if each.state == "valid")


def rows(now_ms: int) -> Iterator[Base]:
    """Return a link, passages of the last weeks, a wish that was granted, and today's list."""
    mine = member()
    yield models.MemberLink(
        id="lvisite", holder=mine.id, digest=digest(SECRET), created_at=now_ms - 30 * DAY_MS,
        created_by="Le Moulin",
    )  # fmt: skip
    yield from _passages(mine.id, now_ms)
    asked = now_ms - 9 * DAY_MS
    yield models.HelpRequest(
        id="qhier", site=village.SITE, holder=mine.id, door="entree", words="Badge oublié",
        state="released", asked_at=asked, expires_at=asked + 10 * _MINUTE_MS,
        answered_at=asked + _MINUTE_MS, answered_by="Le Moulin", answer="Bonne journée !",
    )  # fmt: skip
    until = quiet_hour(now_ms, village.TIMEZONE, _QUIET)
    others = [each for each in village.members() if each.state == "valid"][1:]
    for each, doing in zip(others, _DOING, strict=False):
        yield models.HereToday(
            holder=each.id, site=village.SITE, doing=doing, shown_at=now_ms, until=until
        )
    yield models.Look(
        holder=mine.id, hour_utc=_hour(now_ms - 3 * DAY_MS), actor="Le Moulin", what="refusals",
        site=village.SITE, times=2, last_at=now_ms - 3 * DAY_MS,
    )  # fmt: skip


def _passages(holder: str, now_ms: int) -> Iterator[models.Passage]:
    zone = ZoneInfo(village.TIMEZONE)
    today = datetime.fromtimestamp(now_ms / 1000, zone).replace(minute=0, second=0, microsecond=0)
    for number, back in enumerate(reversed(_VISITS)):
        came = today.replace(hour=8, minute=41 + back % 7) - timedelta(back)
        yield _passage(2 * number + 1, holder, int(came.timestamp() * 1000), "taken")
        if back in (5, 16):
            late = int(came.replace(hour=22, minute=12).timestamp())
            open_again = int(came.replace(hour=8, minute=0).timestamp()) + 86_400
            yield _passage(
                2 * number + 2, holder, late * 1000, "denied",
                reason=Reason.NOT_PERMITTED_NOW.value, when=open_again,
            )  # fmt: skip


def _passage(
    number: int, holder: str, at: int, outcome: str, reason: str | None = None,
    when: int | None = None,
) -> models.Passage:  # fmt: skip
    return models.Passage(
        journal="before",
        sequence=number,
        site=village.SITE,
        unit="entree",
        door="entree",
        access_point="entree-in",
        area_from=village.OUTSIDE,
        area_to="openspace",
        holder=holder,
        at=at,
        day=day_of(at, village.TIMEZONE),
        outcome=outcome,
        reason=reason,
        when=when,
    )


def _hour(ms: int) -> int:
    return ms - ms % 3_600_000
