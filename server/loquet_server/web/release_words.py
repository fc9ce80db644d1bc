"""Why a unit did not keep a release: its own English sentence, found again and said to people.

The sentences come from ``loquet_edge.update``; what this server does not know yet is left to
the unit's own words, which a page shows beside.
"""

import re
from typing import Final

from loquet_server.web.i18n import N_, Translations

_CODES = (
    "advice|board|broker|bus|clock|configuration|disk|exit|folder|identity|input|lines|lock"
    "|lock_lines|policy|proof|pulse|reader|rights|rtc|server|strict_gpiod|temperature|voltage"
    "|watchdog|wear|wiegand|writable"
)
"""What ``loquet-edge doctor`` looks at."""
WHY: Final = (
    (
        r"it was cut short",
        N_("The unit lost its power before it took it into use. Offer it again."),
    ),
    (
        r"somebody passes all the time; .*",
        N_("Somebody passed all the time, for an hour. Offer it again at a calmer time."),
    ),
    (
        r"release \S+ is older than (?P<running>\S+), which runs.*",
        N_("It is older than %(running)s, which the unit runs: it may have faults that are known."),
    ),
    (
        r"release \S+ has nothing for .*",
        N_("It has no files for this unit's computer. Make it for that kind of computer too."),
    ),
    (
        r".*: is not the file that was signed; .*",
        N_("A file that came is not the one that was signed. Put the release on the server anew."),
    ),
    (
        r".*: is not a link to a release in .*",
        N_("The unit was not installed so that it can be updated. Install it once more."),
    ),
    (
        r".*; try again later",
        N_("The unit could not fetch its files. Look at its network, then offer it again."),
    ),
    (
        r".*: cannot be made: .*|(?:venv|pip) failed: .*",
        N_("It could not be set up on the unit. Look at the room on its card, and at its log."),
    ),
    (
        r"release \S+ does not work here: .*; the unit still runs \S+",
        N_("The unit tried it on the side, and it found something wrong that is good now."),
    ),
    (r".* cannot look \(\w+\)", N_("It could not examine the unit after its start.")),
    (r"\S+ does not answer|nobody answers, not \S+", N_("It did not start.")),
    (
        r"(?P<other>\S+) answers, not \S+",
        N_("It did not take over: release %(other)s went on answering."),
    ),
    (
        rf"(?:{_CODES})(?: [^,;]+)?(?:, (?:{_CODES})(?: [^,;]+)?)*",
        N_("Once in use, it found something wrong that was good before."),
    ),
)  # fmt: skip
"""The first that fits says it."""
_INCIDENT = re.compile(r"release (?P<version>\S+): (?P<why>.*); the unit runs (?P<kept>\S+)", re.S)


def why(texts: Translations, detail: str) -> str:
    """Return in words why a unit did not keep a release; empty if it said nothing known."""
    for pattern, text in WHY:
        found = re.fullmatch(pattern, detail, re.S)
        if found is not None:
            return texts.gettext(text) % found.groupdict()
    return ""


def incident(texts: Translations, detail: str) -> str:
    """Return the detail of such an incident in words; empty if it is none."""
    found = _INCIDENT.fullmatch(detail)
    if found is None:
        return ""
    said = {**found.groupdict(), "why": why(texts, found["why"]) or found["why"]}
    return texts.gettext(N_("Release %(version)s: %(why)s The unit runs %(kept)s.")) % said
