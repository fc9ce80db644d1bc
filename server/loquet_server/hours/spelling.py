"""Where hours cannot be read, and what their author may have meant: "9h-18h" is 09:00-18:00."""

import re
from typing import Final

from loquet_server.hours.library import OpeningHours, Unreadable
from loquet_server.hours.locality import InvalidHours
from loquet_server.hours.rules import Tidy
from loquet_server.hours.words import refused

_COLUMN: Final = re.compile(r"--> \d+:(\d+)")
_WORD: Final = re.compile(r"[^\s;,]+")
_DAYS: Final = {
    "lundi": "Mo", "mardi": "Tu", "mercredi": "We", "jeudi": "Th", "vendredi": "Fr",
    "samedi": "Sa", "dimanche": "Su", "lun": "Mo", "mer": "We", "jeu": "Th", "ven": "Fr",
    "sam": "Sa", "dim": "Su", "lu": "Mo", "ma": "Tu", "me": "We", "je": "Th", "ve": "Fr",
    "di": "Su", "mo": "Mo", "tu": "Tu", "we": "We", "th": "Th", "fr": "Fr", "sa": "Sa",
    "su": "Su", "monday": "Mo", "tuesday": "Tu", "wednesday": "We", "thursday": "Th",
    "friday": "Fr", "saturday": "Sa", "sunday": "Su", "mon": "Mo", "tue": "Tu", "wed": "We",
    "thu": "Th", "fri": "Fr", "sat": "Sa", "sun": "Su",
}  # fmt: skip
_MONTHS: Final = {
    "janvier": "Jan", "février": "Feb", "fevrier": "Feb", "mars": "Mar", "avril": "Apr",
    "mai": "May", "juin": "Jun", "juillet": "Jul", "août": "Aug", "aout": "Aug",
    "septembre": "Sep", "octobre": "Oct", "novembre": "Nov", "décembre": "Dec",
    "decembre": "Dec", "january": "Jan", "february": "Feb", "march": "Mar", "april": "Apr",
    "june": "Jun", "july": "Jul", "august": "Aug", "september": "Sep", "october": "Oct",
    "november": "Nov", "december": "Dec",
}  # fmt: skip
_OTHERS: Final = {
    "fermé": "off", "fermée": "off", "ferme": "off", "fermés": "off", "ouvert": "open",
    "midi": "12:00", "minuit": "24:00", "noon": "12:00", "midnight": "24:00", "à": "-",
    "au": "-", "to": "-", "until": "-", "et": ",", "and": ",", "du": "", "de": "", "le": "",
    "les": "", "from": "", "tlj": "Mo-Su", "daily": "Mo-Su", "ph": "PH", "sh": "SH", "jf": "PH",
    "fériés": "PH", "férié": "PH", "holidays": "PH",
}  # fmt: skip
_PHRASES: Final = (
    (r"7 ?j? ?[/-] ?7 ?j?,? ?24 ?h? ?[/-] ?24 ?h?|24 ?h? ?/ ?24 ?h?,? ?7 ?j? ?/ ?7 ?j?", "24/7"),
    (r"(sauf )?(les )?jours? fériés?", "PH"),
    (r"public holidays?|bank holidays?", "PH"),
    (r"vacances scolaires|school holidays?", "SH"),
    (r"tous les jours|every day", "Mo-Su"),
    (r"[–—−]", "-"),
)
_CODES: Final = r"(?:Mo|Tu|We|Th|Fr|Sa|Su)"
_SHAPES: Final = (
    (r"\b(\d{1,2}) ?[hH] ?(\d{2})\b", r"\1:\2"),
    (r"\b(\d{1,2}) ?[hH]\b", r"\1:00"),
    (r"\b(\d{1,2})[.](\d{2})\b", r"\1:\2"),
    (r"\b(\d{2})(\d{2})-(\d{2})(\d{2})\b", r"\1:\2-\3:\4"),
    (r"(?<![:\d\w-])(\d{1,2})-(\d{1,2})(?![:\d\w-])", r"\1:00-\2:00"),
    (r"  +", " "),
    (r" ?- ?", "-"),
    (r" *, *", ","),
    (r"(\d{1,2}:\d{2}) ?/ ?(?=\d{1,2}:\d{2})", r"\1,"),
    (rf"({_CODES}(?:-{_CODES})?),(PH|SH),({_CODES}(?:-{_CODES})?)", r"\1,\3,\2"),
    (rf"({_CODES}) ?:(?!\d)", r"\1"),
    (r"(\d{1,2}:\d{2})[ ,]+(?=\d{1,2}:\d{2})", r"\1,"),
    (rf"\boff ({_CODES}(?:-{_CODES})?|PH|SH)", r"\1 off"),
    (rf"(\d{{1,2}}:\d{{2}}) *,[ ,]*(?={_CODES})(?!{_CODES} off)", r"\1, "),
    (r"(\d{1,2}:\d{2}|off|open)[ ,]+(?=[A-Z])(?<!, )", r"\1; "),
    (rf"(?<=[a-z\]])[ ,]*,[ ,]*(?={_CODES}|PH|SH)", ","),
    (r"\b(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b", r"\2 \1"),
    (r"( *;)+ *", "; "),
    (r"^[ ;,]+|[ ;,]+$", ""),
    (r"  +", " "),
)


def explain(clean: Tidy, error: str) -> InvalidHours:
    """Return the error for hours that the library refused with ``error``."""
    column = _COLUMN.search(error)
    place = int(column[1]) - 1 if column else 0
    suggestion = corrected(clean.text)
    word = _WORD.search(clean.text, place)
    if word is None:
        code = "unfinished" if suggestion is None else "corrected"
        return refused(code, clean.end, text=clean.text, suggestion=suggestion)
    code = "unreadable" if suggestion is None else "corrected"
    return refused(code, clean.place(word.start()), text=word[0], suggestion=suggestion)


def corrected(text: str) -> str | None:
    """Return hours as they may have been meant; None if there is no telling."""
    parts = re.split(r'("[^"]*"?)', text)
    made = "".join(part if at % 2 else _respelt(part) for at, part in enumerate(parts)).strip()
    try:
        OpeningHours(made)
    except Unreadable:
        return None
    return made


def _respelt(part: str) -> str:
    for pattern, written in _PHRASES:
        part = re.sub(pattern, written, part, flags=re.IGNORECASE)
    part = re.sub(r"\b(\d{1,2})(?::(\d{2}))? ?([ap])\.?m\b\.?", _twelve, part, flags=re.IGNORECASE)
    part = re.sub(r"[^\W\d_]+\.?", _word, part)
    for pattern, written in _SHAPES:
        part = re.sub(pattern, written, part)
    return re.sub(r"\b\d:\d{2}", lambda found: f"0{found[0]}", part)


def _word(found: re.Match[str]) -> str:
    word = found[0].rstrip(".").lower()
    known = _DAYS.get(word) or _MONTHS.get(word)
    return known if known is not None else _OTHERS.get(word, found[0])


def _twelve(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3].lower() == "p" else 0)
    return f"{hour}:{found[2] or '00'}"
