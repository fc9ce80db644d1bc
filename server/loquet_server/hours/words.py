"""What is said of hours, in English; the French is in the catalogue beside the pages'."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from loquet_server.hours.locality import InvalidHours


def N_(text: str) -> str:
    """Mark a text for translation and return it as it is."""
    return text


PROBLEMS: Final[Mapping[str, str]] = {
    "empty": N_("There are no hours."),
    "too_long": N_("These hours are too long."),
    "unreadable": N_("“%(text)s” cannot be understood."),
    "corrected": N_("“%(text)s” cannot be understood."),
    "unfinished": N_("Something is missing at the end."),
    "sun": N_("“%(text)s”: the hour of the sun is not known here."),
    "repeated": N_("“%(text)s”: a repeated time is a moment, without an end."),
    "unclear_days": N_("“%(text)s”: it is not clear which days are meant."),
    "unclear_rules": N_("“%(text)s”: it is not clear where one rule ends and the next begins."),
    "special": N_("“%(starts)s” to “%(ends)s” are no local times."),
    "interval": N_("“%(given)s” are no hours."),
}
HINTS: Final[Mapping[str, str]] = {
    "empty": N_("Write when it is open, such as Mo-Fr 09:00-18:00."),
    "too_long": N_("Write less, or use a calendar of closures and openings."),
    "unreadable": N_("Write days, then times, such as Mo-Fr 09:00-12:00,14:00-18:00; PH off."),
    "corrected": N_("Write %(suggestion)s"),
    "unfinished": N_("Write days, then times, such as Mo-Fr 09:00-12:00,14:00-18:00; PH off."),
    "sun": N_("Write a time instead, such as 08:00-18:00."),
    "repeated": N_("Write when it opens and when it closes, such as 10:00-16:00."),
    "unclear_days": N_(
        "Write Mo-Fr,PH for working days and holidays, or PH Mo-Fr for holidays that fall on"
        " working days."
    ),
    "unclear_rules": N_("Put a semicolon between rules."),
    "special": N_("Write such as 2026-12-24T14:00."),
    "interval": N_(
        "Write [start, end] in UTC seconds, or"
        ' {"weekdays": [0, 1], "from": "09:00", "to": "18:00"}.'
    ),
}

TRAPS: Final[Mapping[str, str]] = {
    "never_open": N_("These hours never open."),
    "no_day": N_("“%(rule)s” falls on no day this year or next."),
    "overridden": N_(
        "“%(rule)s” never counts: “%(later)s” comes later and replaces it on the same days. To"
        " open at both times, put a comma between the times."
    ),
    "overridden_partly": N_(
        "On their common days “%(later)s” replaces “%(rule)s”, it does not add to it. To open at"
        " both times, put a comma and a space between the two rules instead of the semicolon."
    ),
    "holidays_overridden": N_(
        "“%(rule)s” does not count on holidays that fall on days of “%(later)s”: the later rule"
        " wins. Put “%(rule)s” at the end."
    ),
    "holidays_not_mentioned": N_(
        "Public holidays are not mentioned, so these hours hold on them too, such as %(name)s"
        " (%(day)s). To close then, add “; PH off” at the end."
    ),
    "commented": N_("“%(rule)s” has a comment, so it never opens a door."),
    "unknown": N_("“%(rule)s” is unknown, so it never opens a door."),
    "open_end": N_(
        "“%(rule)s” does not say when it closes: nothing opens beyond the times that are certain."
    ),
    "always_and_more": N_(
        "“24/7” is followed by “%(later)s”, which replaces it: on those days only its times count."
    ),
    "all_day": N_("“%(rule)s” has no times: it is open there from midnight to midnight."),
    "march": N_("“%(rule)s” is read as the month of March. For Tuesday, write Tu."),
    "every_day": N_("“%(rule)s” names no days: it is open then every day, Sundays too."),
    "around_the_clock": N_("“%(span)s” lasts 24 hours, until the next day."),
    "long_night": N_(
        "“%(span)s” runs past midnight, for %(hours)s hours. Are the two times the wrong way round?"
    ),
    "beyond_midnight": N_("“%(span)s” ends at %(end)s on the next day."),
    "night_cut": N_(
        "“%(rule)s” runs past midnight, but where “%(later)s” holds the next day, it ends at"
        " midnight. To keep the night whole, put a comma and a space between the two rules instead"
        " of the semicolon."
    ),
    "night_before_holiday": N_(
        "“%(rule)s” runs past midnight, but on the eve of a holiday it ends at midnight, because"
        " of “%(later)s”."
    ),
    "school_zone_missing": N_(
        "“%(rule)s” is about school holidays, but no school zone (A, B or C) is chosen: it never"
        " counts."
    ),
    "school_unknown": N_(
        "“%(rule)s” is about school holidays: they are known until %(until)s, it does not count"
        " after that."
    ),
    "holidays_unknown": N_(
        "“%(rule)s” is about public holidays, but none are known for this country: it never counts."
    ),
}


def refused(code: str, position: int | None = None, **values: Any) -> InvalidHours:
    """Return the error of a code, in English."""
    return InvalidHours(
        PROBLEMS[code] % values, position, HINTS[code] % values, code=code, values=values
    )


def problem(error: InvalidHours, gettext: Callable[[str], str]) -> tuple[str, str]:
    """Return in a language what is wrong with hours, and what to write instead."""
    if error.code not in PROBLEMS:
        return str(error), error.hint
    said, advised = PROBLEMS[error.code], HINTS[error.code]
    return gettext(said) % error.values, gettext(advised) % error.values
