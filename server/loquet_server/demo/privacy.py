"""What the village decided about personal data, and who looked at whom lately."""

from collections.abc import Iterator

from loquet_server import models
from loquet_server.days import HOUR_MS
from loquet_server.demo import village
from loquet_server.models.base import Base

_CONTROLLER = "Association Le Moulin, 2 place de l'Église"
_LOOKS = ((3, "Zoé Marchand", "journal", 2), (26, "Zoé Marchand", "evacuation", 1),
          (75, "Camille Roux", "refusals", 1))  # fmt: skip
"""Hours ago, who, in which log, how often."""


def rows(now_ms: int) -> Iterator[Base]:
    """Yield the setting of the village and looks at some of its members."""
    yield models.PrivacySetting(
        site=village.SITE, days={"passages": 30}, controller=_CONTROLLER,
        contact=village.CONTACT, changed_at=now_ms - 40 * 24 * HOUR_MS,
    )  # fmt: skip
    for member in village.members()[:12]:
        for hours, actor, what, times in _LOOKS:
            at = now_ms - hours * HOUR_MS
            yield models.Look(
                holder=member.id, hour_utc=at - at % HOUR_MS, actor=actor, what=what,
                site=village.SITE, times=times, last_at=at,
            )  # fmt: skip
