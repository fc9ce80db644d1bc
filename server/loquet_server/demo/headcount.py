"""What the village knows of its people from before: quiet hours, corrections, a meeting point."""

import random
from collections.abc import Iterator

from loquet_server.demo import village
from loquet_server.headcount.days import resets_between
from loquet_server.models import CountReset, EvacuationPlan, PeopleCorrection
from loquet_server.models.base import Base

DAYS = 21
DAY_MS = 86_400_000
HOUR_MS = 3_600_000
QUIET = 180
"""Minutes after midnight."""


def rows(now_ms: int) -> Iterator[Base]:
    """Yield three weeks of quiet hours of the room whose exits are sensed, and the rest."""
    draw = random.Random(village.SEED)
    yield EvacuationPlan(
        site=village.SITE,
        meeting_point="Parking du moulin, sous le tilleul",
        instructions="Appeler les pompiers : 18 ou 112. Couper le gaz de l'atelier (vanne rouge).",
    )
    sensed = next(area.id for area in village.AREAS if area.exit_sensing)
    for at in resets_between(now_ms - DAYS * DAY_MS, now_ms, village.TIMEZONE, QUIET):
        left = draw.choice((0, 0, 0, 0, 1, 1, 2, 3))
        yield CountReset(
            area=sensed, at=at, people=left, low=0, high=left + draw.randint(1, 2),
            crossings=draw.randint(14, 46),
        )  # fmt: skip
    for back, before, after, reason in (
        (2, 7, 6, "Deux personnes sont sorties ensemble"),
        (5, 3, 5, "Visite de groupe, entrée porte tenue"),
        (9, 4, 4, "Comptage de contrôle"),
    ):
        yield PeopleCorrection(
            site=village.SITE, area=sensed, at=now_ms - back * DAY_MS - 3 * HOUR_MS,
            people=after, estimated=before, actor="Camille", reason=reason,
        )  # fmt: skip
