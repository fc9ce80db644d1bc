"""What a plan allows, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from loquet_server.plans.schemas import PlanTerms, Right
from loquet_server.web.i18n import N_, Translations

KINDS: Final = {
    "resident": N_("Resident, day and night"),
    "full_time": N_("Full time"),
    "part_time": N_("Part time"),
    "weekdays": N_("Chosen weekdays"),
    "evenings_weekends": N_("Evenings and weekends"),
    "carnet": N_("Carnet of passes"),
    "day": N_("Occasional day"),
    "staff": N_("Staff"),
    "volunteer": N_("Volunteers"),
    "guest": N_("Guests"),
}
PER: Final = {
    "hour": N_("an hour"),
    "half_day": N_("a half-day"),
    "day": N_("a day"),
    "week": N_("a week"),
    "month": N_("a month"),
    "year": N_("a year"),
    "carnet": N_("a carnet"),
}


@dataclass(frozen=True, slots=True)
class Names:
    """Names by id of what plans may name; ``always``: schedules without an end."""

    areas: Mapping[str, str]
    ways: Mapping[str, str]
    schedules: Mapping[str, str]


def sentence(terms: PlanTerms, names: Names, texts: Translations) -> str:
    """Return what a plan allows: hours and places, passes, and for whom."""
    rights = "; ".join(_right(each, names, texts) for each in terms.rights)
    parts = [rights or texts.gettext("Opens nothing yet: choose places and hours")]
    if terms.kind == "weekdays":
        parts.append(texts.gettext("on the weekdays chosen with each member"))
    if terms.counts is not None:
        parts += [passes(terms, texts), when_empty(terms, texts)]
    text = ", ".join(parts)
    return f"{text[:1].upper()}{text[1:]}."


def passes(terms: PlanTerms, texts: Translations) -> str:
    """Return how passes are counted."""
    count = terms.allowance
    if count is None:
        if terms.counts == "half_day":
            return texts.gettext("each half-day takes a pass")
        return texts.gettext("each day takes a pass")
    if terms.counts == "half_day" and terms.window == "week":
        text = texts.ngettext("%(n)s half-day a week", "%(n)s half-days a week", count)
    elif terms.counts == "half_day":
        text = texts.ngettext("%(n)s half-day a month", "%(n)s half-days a month", count)
    elif terms.window == "week":
        text = texts.ngettext("%(n)s day a week", "%(n)s days a week", count)
    else:
        text = texts.ngettext("%(n)s day a month", "%(n)s days a month", count)
    return text % {"n": count}


def when_empty(terms: PlanTerms, texts: Translations) -> str:
    """Return what happens when no pass is left."""
    if terms.when_empty == "bill":
        return texts.gettext("then let in and marked for billing")
    return texts.gettext("then refused")


def conditions(terms: PlanTerms, texts: Translations) -> list[str]:
    """Return what else is worth knowing, a sentence each."""
    found = [
        texts.gettext("Needs a yearly membership, where the space asks for one.")
        if terms.needs_membership
        else texts.gettext("Needs no yearly membership.")
    ]
    if terms.grace_days:
        text = texts.ngettext(
            "Honoured %(n)s day longer after it ends.",
            "Honoured %(n)s days longer after it ends.",
            terms.grace_days,
        )
        found.append(text % {"n": terms.grace_days})
    if terms.lead_minutes or terms.lag_minutes:
        found.append(margins(terms, texts))
    return [*found, offline(terms, texts)]


def margins(terms: PlanTerms, texts: Translations) -> str:
    """Return how long before and after its hours the plan opens."""
    text = texts.gettext("Opens %(lead)s minutes before the hours, and %(lag)s after.")
    return text % {"lead": terms.lead_minutes, "lag": terms.lag_minutes}


def offline(terms: PlanTerms, texts: Translations) -> str:
    """Return what a door without connection does for this plan."""
    text = texts.ngettext(
        "A door without connection goes on opening for %(n)s day.",
        "A door without connection goes on opening for %(n)s days.",
        terms.expires_days,
    )
    return text % {"n": terms.expires_days}


def hours(name: str, names: Names, texts: Translations) -> str:
    """Return hours in words: always, the opening hours, or those of a schedule."""
    if name == "always":
        return texts.gettext("day and night")
    if name == "opening":
        return texts.gettext("in opening hours")
    if name == "evenings_weekends":
        return texts.gettext("in the evening and at the weekend")
    return texts.gettext("in the hours “%(name)s”") % {"name": names.schedules.get(name, name)}


def _right(right: Right, names: Names, texts: Translations) -> str:
    return f"{hours(right.hours, names, texts)}, {_places(right, names, texts)}"


def _places(right: Right, names: Names, texts: Translations) -> str:
    chosen = [name for area, name in names.areas.items() if area in right.areas]
    others = [name for area, name in names.areas.items() if area not in right.areas]
    doors = [names.ways.get(way, way) for way in right.access_points]
    if doors:
        doors = list(dict.fromkeys(doors))
        return texts.gettext("in %(areas)s") % {"areas": listed([*chosen, *doors], texts)}
    if not chosen:
        return texts.gettext("in no area yet")
    if not others:
        return texts.gettext("in all areas")
    if len(others) < len(chosen):
        text = texts.gettext("in all areas but %(areas)s")
        return text % {"areas": listed(others, texts)}
    return texts.gettext("in %(areas)s") % {"areas": listed(chosen, texts)}


def listed(names: Sequence[str], texts: Translations) -> str:
    """Return names as one writes them in a sentence."""
    if len(names) < 2:
        return "".join(names)
    text = texts.gettext("%(first)s and %(last)s")
    return text % {"first": ", ".join(names[:-1]), "last": names[-1]}
