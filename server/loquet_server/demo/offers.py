"""What Le Moulin sells, and when it is open."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from loquet_server.hours.calendar import opening
from loquet_server.hours.locality import Locality

LOCALITY = Locality("Europe/Paris", "FR", "35", "B")
OPENING = "Mo-Fr 07:30-20:00; Sa 09:00-18:00; PH off"
EVENINGS = "Mo-Fr 18:00-23:00; Sa,Su,PH 09:00-23:00"

EVERYWHERE = ("openspace", "calme", "atelier")
HOUSE = ("openspace", "calme")


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan. ``hours``: None for day and night, empty for the opening hours, else its own."""

    id: str
    kind: str
    name_fr: str
    name_en: str
    areas: tuple[str, ...]
    hours: str | None = ""
    counts: str | None = None
    allowance: int | None = None
    window: str | None = None
    prices: tuple[tuple[str, str, str, int], ...] = ()
    """French and English label, what it is paid per, cents."""
    offline_days: int = 30

    @property
    def bought(self) -> bool:
        """True where passes are bought one by one."""
        return self.counts is not None and self.allowance is None

    @property
    def price_labels(self) -> list[dict[str, Any]]:
        """The labels as the database has them."""
        return [
            {"label_fr": fr, "label_en": en, "per": per, "cents": cents}
            for fr, en, per, cents in self.prices
        ]


OFFERS = (
    Offer(
        "resident", "resident", "Résident 24h/24", "Resident, day and night", EVERYWHERE, None,
        prices=(("Plein tarif", "Full price", "month", 18_000),
                ("Tarif solidaire", "Solidarity price", "month", 12_000)),
        offline_days=90,
    ),
    Offer(
        "temps-plein", "full_time", "Temps plein", "Full time", EVERYWHERE,
        prices=(("Plein tarif", "Full price", "month", 14_000),),
    ),
    Offer(
        "temps-partiel", "part_time", "Temps partiel, 8 jours par mois",
        "Part time, 8 days a month", HOUSE, counts="day", allowance=8, window="month",
        prices=(("Plein tarif", "Full price", "month", 9_000),),
    ),
    Offer(
        "soirs", "evenings_weekends", "Soirs et week-ends", "Evenings and weekends", HOUSE,
        EVENINGS, prices=(("Plein tarif", "Full price", "month", 6_000),),
    ),
    Offer(
        "occasionnel", "carnet", "Carnet de journées", "Carnet of day passes", ("openspace",),
        counts="day",
        prices=(("La journée", "A day", "day", 1_500), ("Les dix", "Ten", "day", 1_200)),
    ),
)  # fmt: skip


def offer(plan: str) -> Offer:
    """Return an offer by its id."""
    return next(each for each in OFFERS if each.id == plan)


def in_hours(plan: str, local: datetime) -> bool:
    """Return whether a plan's hours contain a local time."""
    hours = offer(plan).hours
    if hours is None:
        return True
    at = local.timestamp()
    return any(begin <= at < end for begin, end in _around(hours or OPENING, local.date()))


@lru_cache(maxsize=32)
def _around(hours: str, day: Any) -> tuple[tuple[int, int], ...]:
    return opening(hours, LOCALITY, day - timedelta(1), 3)
