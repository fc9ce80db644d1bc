"""Plans as spaces sell them, ready to be named and adapted."""

from dataclasses import dataclass
from typing import Any, Final

from loquet_server.plans.schemas import PlanKind, PlanTerms, Right
from loquet_server.web.i18n import N_

EVENINGS: Final = "evenings_weekends"
"""Hours that are made as a schedule when a plan first asks for them."""
EVENING_HOURS: Final = "Mo-Fr 18:00-24:00; Sa-Su 00:00-24:00"


@dataclass(frozen=True, slots=True)
class Ready:
    """A plan to begin with: ``hint`` says for whom."""

    name: str
    hint: str
    name_fr: str
    name_en: str
    kind: PlanKind
    values: dict[str, Any]
    hours: str = "opening"

    def terms(self, areas: list[str]) -> PlanTerms:
        """Return the plan for these areas."""
        rights = [Right(areas=areas, access_points=[], hours=self.hours)]
        return PlanTerms(
            kind=self.kind, name_fr=self.name_fr, name_en=self.name_en, rights=rights,
            **self.values,
        )  # fmt: skip


READY: Final = {
    each.name: each
    for each in (
        Ready(
            "resident", N_("A place of one's own, at any hour."),
            "Résident 24 h/24", "Resident, day and night", PlanKind.RESIDENT,
            {"stale_days": 14, "expires_days": 90}, "always",
        ),
        Ready(
            "full_time", N_("Comes as often as they like, while the space is open."),
            "Temps plein", "Full time", PlanKind.FULL_TIME, {},
        ),
        Ready(
            "part_time", N_("So many days each month; the door counts them."),
            "8 jours par mois", "8 days a month", PlanKind.PART_TIME,
            {"counts": "day", "allowance": 8, "window": "month"},
        ),
        Ready(
            "half_days", N_("So many mornings or afternoons each week."),
            "4 demi-journées par semaine", "4 half-days a week", PlanKind.PART_TIME,
            {"counts": "half_day", "allowance": 4, "window": "week"},
        ),
        Ready(
            "weekdays", N_("Fixed days of the week, chosen with each member."),
            "Jours choisis", "Chosen weekdays", PlanKind.WEEKDAYS, {},
        ),
        Ready(
            "evenings_weekends", N_("For those who work elsewhere during the day."),
            "Soirs et week-ends", "Evenings and weekends", PlanKind.EVENINGS_WEEKENDS, {}, EVENINGS,
        ),
        Ready(
            "carnet", N_("Day passes bought in advance; each day takes one."),
            "Carnet de journées", "Carnet of day passes", PlanKind.CARNET, {"counts": "day"},
        ),
        Ready(
            "half_day_carnet", N_("Half-day passes bought in advance."),
            "Carnet de demi-journées", "Carnet of half-day passes", PlanKind.CARNET,
            {"counts": "half_day"},
        ),
        Ready(
            "day", N_("Comes now and then: let in, and billed for each day."),
            "Journée occasionnelle", "Occasional day", PlanKind.DAY,
            {"counts": "day", "when_empty": "bill"},
        ),
        Ready(
            "staff", N_("Those who work here: at any hour, also while the network is down."),
            "Équipe", "Staff", PlanKind.STAFF,
            {"needs_membership": False, "stale_days": 30, "expires_days": 365}, "always",
        ),
        Ready(
            "volunteer", N_("Those who open and close the space."),
            "Bénévoles", "Volunteers", PlanKind.VOLUNTEER,
            {"lead_minutes": 60, "lag_minutes": 60, "stale_days": 14, "expires_days": 90},
        ),
        Ready(
            "guest", N_("Somebody for a while, while the space is open."),
            "Invités", "Guests", PlanKind.GUEST,
            {"needs_membership": False, "lead_minutes": 15, "lag_minutes": 15},
        ),
    )
}  # fmt: skip
