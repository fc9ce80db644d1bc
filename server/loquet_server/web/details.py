"""What exactly is wrong with a journal, in one sentence: written once, read in any language.

An incident keeps its detail as an English sentence, for programs too. A page finds the numbers
in it again and says the sentence in the reader's language; what it does not know it shows as is.
"""

import re
from functools import cache
from typing import Final

from loquet_server.web import release_words
from loquet_server.web.i18n import N_, Translations

MISSING: Final = N_(
    "journal %(journal)s: entries %(first)s to %(last)s are missing; the unit is asked again"
)
LOST: Final = N_(
    "journal %(journal)s: entries %(first)s to %(last)s are lost; the unit keeps them no more"
)
FORKED: Final = N_(
    "journal %(journal)s: another history at entry %(at)s; entries %(first)s to %(last)s were not"
    " taken"
)
REPLACED: Final = N_(
    "%(unit)s began journal %(journal)s without naming %(before)s, of which we hold %(held)s"
    " entries: was its SD card replaced?"
)
REPAIRED: Final = N_(
    "journal %(journal)s was damaged; entries %(first)s to %(last)s were saved, none is known to"
    " be lost"
)
REPAIRED_IN_PART: Final = N_(
    "journal %(journal)s was damaged; entries %(first)s to %(last)s were saved, entries %(gone)s"
    " to %(reached)s are lost"
)
NOTHING_LOST: Final = N_("journal %(journal)s was damaged; nothing waited in it to be sent")
NOTHING_SAVED: Final = N_("journal %(journal)s was damaged; entries %(first)s to %(last)s are lost")
SHORT: Final = N_("%(free)s MB are free; %(waiting)s entries are not confirmed yet")
AHEAD: Final = N_("the server's clock is %(days)s days ahead of what the unit knows")
CLOCK_BEHIND: Final = N_(
    "the server's clock is %(days)s d %(hours)s h %(minutes)s min behind what the server"
    " wrote itself"
)
CLOCK_BEHIND_UNITS: Final = N_(
    "the server's clock is %(days)s d %(hours)s h %(minutes)s min behind those of units (%(units)s)"
)
CLOCK_AHEAD_UNITS: Final = N_(
    "the server's clock is %(days)s d %(hours)s h %(minutes)s min ahead of those of units"
    " (%(units)s)"
)
CLOCK_LEAP: Final = N_(
    "the server's clock is %(days)s d %(hours)s h %(minutes)s min ahead of what it knew last,"
    " and no unit says the same"
)
SENTENCES: Final = (
    MISSING, LOST, FORKED, REPLACED, REPAIRED, REPAIRED_IN_PART, NOTHING_LOST, NOTHING_SAVED,
    SHORT, AHEAD, CLOCK_BEHIND, CLOCK_BEHIND_UNITS, CLOCK_AHEAD_UNITS, CLOCK_LEAP,
)  # fmt: skip
_NAME = re.compile(r"%\((\w+)\)s")


def said(texts: Translations, detail: str) -> str:
    """Return an incident's detail in the reader's language, as far as it is one of ours."""
    for sentence in SENTENCES:
        found = _pattern(sentence).fullmatch(detail)
        if found is not None:
            return texts.gettext(sentence) % found.groupdict()
    return release_words.incident(texts, detail) or detail


@cache
def _pattern(sentence: str) -> re.Pattern[str]:
    parts = _NAME.split(sentence)
    return re.compile(
        "".join(
            rf"(?P<{part}>[\w.-]+)" if at % 2 else re.escape(part) for at, part in enumerate(parts)
        )
    )


def repaired(journal: str, first: int, proven: int, reached: int | None) -> str:
    """Say what a unit saved of a damaged journal, and what it could not."""
    numbers = {"journal": journal, "first": first, "last": proven}
    if reached is None or reached <= proven:
        return (NOTHING_LOST if proven < first else REPAIRED) % numbers
    if proven < first:
        return NOTHING_SAVED % (numbers | {"last": reached})
    return REPAIRED_IN_PART % (numbers | {"gone": proven + 1, "reached": reached})
