"""Incidents in words: how grave, how they stand, what was done, and what they are about."""

from dataclasses import dataclass
from typing import Final

from loquet_server.incidence.kinds import Kind, Severity, kind_of
from loquet_server.incidence.life import State, Step
from loquet_server.incidence.raising import life_of
from loquet_server.models import Incident, IncidentStep
from loquet_server.web.i18n import N_, Translations

SEVERITIES: Final = {
    Severity.URGENT: N_("urgent"),
    Severity.WARNING: N_("to look at"),
    Severity.INFO: N_("for information"),
}
STATES: Final = {
    State.OPEN: N_("open"),
    State.ACKNOWLEDGED: N_("taken on"),
    State.RESOLVED: N_("has ended"),
}
STEPS: Final = {
    Step.REOPENED: N_("It came back"),
    Step.ENDED: N_("It ended by itself"),
    Step.ACKNOWLEDGED: N_("%(who)s took it on"),
    Step.NOTED: N_("%(who)s noted"),
    Step.RESOLVED: N_("%(who)s closed it"),
    Step.MUTED: N_("%(who)s muted its notices"),
    Step.UNMUTED: N_("%(who)s had notices sent again"),
    Step.GROUPED: N_("It became part of a larger trouble"),
}


@dataclass(frozen=True, slots=True)
class Seen:
    """An incident as a page shows it. ``place``: names of what it is about."""

    row: Incident
    kind: Kind
    state: State
    place: str


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a space's units, and of its doors and areas."""

    units: dict[str, str]
    places: dict[str, str]

    def seen(self, row: Incident) -> Seen:
        """Return an incident with the names of what it is about."""
        return Seen(row, kind_of(row.kind), life_of(row).state, self.place(row))

    def place(self, row: Incident) -> str:
        """Return door or area, else reader, and the unit."""
        unit = self.units.get(row.unit or "", row.unit or "")
        if row.kind == "help_asked":
            return row.detail
        return " · ".join(
            each for each in (self.places.get(row.subject, row.subject), unit) if each
        )


def step_words(step: IncidentStep, texts: Translations) -> str:
    """Return what was done, and by whom."""
    text = STEPS.get(Step(step.step), "")
    return texts.gettext(text) % {"who": step.actor or ""} if text else step.step
