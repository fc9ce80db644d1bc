"""What pages say of units: signs, refusals, and what was done; texts are to be translated."""

import re
from collections.abc import Mapping
from typing import Final

from loquet_contract.wire.commands import STALE
from loquet_server.units.signs import Sign
from loquet_server.web.i18n import N_, Translations

CLOCK: Final = {
    "network": N_("from a time server of the network"),
    "hardware": N_("from the clock chip with a battery that hangs on it"),
    "configured": N_("its configuration says that something else keeps the clock right"),
    "signed": N_("it only knows that it is not earlier than this server has signed"),
    "none": N_("it has no word of the time from anybody"),
}
"""By whose word a unit knows the time."""
SIGN: Final = {
    Sign.NEVER_SEEN: N_("Never heard of yet"),
    Sign.OFFLINE: N_("Not connected"),
    Sign.HOT: N_("Too hot: %(value)s"),
    Sign.WARM: N_("Warm: %(value)s"),
    Sign.SUPPLY_LOW: N_("Supply voltage too low now"),
    Sign.SUPPLY_WAS_LOW: N_("Supply voltage was too low since its start"),
    Sign.DISK_LOW: N_("Card nearly full: %(value)s MB left"),
    Sign.DISK_LITTLE: N_("Little room on the card: %(value)s MB left"),
    Sign.MEMORY_LOW: N_("Little memory: %(value)s MB left"),
    Sign.READER_LOST: N_("The reader “%(value)s” does not answer"),
    Sign.BACKLOG: N_("%(value)s facts wait to be sent"),
    Sign.BACKLOG_GROWS: N_("What waits to be sent only grows"),
    Sign.CLOCK: N_("Its clock is uncertain"),
    Sign.POLICY_LATE: N_("Does not enforce the newest rights yet"),
    Sign.WIFI_WEAK: N_("Weak Wi-Fi: %(value)s"),
}
"""All but those that are counted."""
ADVICE: Final = {
    Sign.NEVER_SEEN: N_("Start it with its card, or adopt it with a code."),
    Sign.OFFLINE: N_(
        "Its doors go on with the rights it has. Look at its power and its network cable."
    ),
    Sign.HOT: N_("It slows itself down. Give its case air, or move it away from heat."),
    Sign.WARM: N_("Give its case air before the summer does more."),
    Sign.SUPPLY_LOW: N_("Use the supply made for it and a short thick cable: else cards get lost."),
    Sign.SUPPLY_WAS_LOW: N_("Use the supply made for it and a short thick cable."),
    Sign.DISK_LOW: N_("Ask for its log, and have somebody make room: the journal needs some."),
    Sign.DISK_LITTLE: N_("A larger card spares you a visit later."),
    Sign.MEMORY_LOW: N_("Restart it; if it comes again, ask for its log."),
    Sign.READER_LOST: N_("Look at its cable. Open the door from the live page if somebody waits."),
    Sign.BACKLOG: N_("Nothing is lost. Its network is slow, or was away for long."),
    Sign.BACKLOG_GROWS: N_("Nothing is lost. Restart it; if it goes on, ask for its log."),
    Sign.CLOCK: N_("It has not reached a time server since its start. Look at its network."),
    Sign.POLICY_LATE: N_("Have it fetch its rights anew."),
    Sign.WIFI_WEAK: N_("A cable is better for a door; else move the antenna or the access point."),
    Sign.CERTIFICATE: N_("It renews by itself while it is connected; if not, adopt it again."),
}
OFFLINE: Final = N_(
    "The unit is not connected, so it was told nothing. Look at its power and network first."
)
CONNECTED: Final = N_(
    "The unit is connected, so it is not gone: switch it off first, or report it stolen."
)
SILENT: Final = N_("The unit has not answered. Look at its power and network, then try again.")
REFUSED: Final = N_("The unit has refused: %(why)s")
REFUSALS: Final = (
    (r"somebody is leaving: .*", N_("somebody is leaving; try again in a few seconds.")),
    (r"there is a fire alarm .*", N_("there is a fire alarm that nobody has ended at the door.")),
    (
        r"door (?P<door>\S+) is locked down: .*",
        N_("the door “%(door)s” is locked down; lift that first."),
    ),
    (
        r"somebody is passing door (?P<door>\S+): .*",
        N_("somebody is passing the door “%(door)s”; try again in a few seconds."),
    ),
    (
        r"a reader waits for a badge .*",
        N_("a reader waits for a badge to be enrolled; try again afterwards."),
    ),
    (r"a door is being proven: .*", N_("a door is being proven; end or stop that first.")),
    (
        "|".join(STALE),
        N_("it has just started, or renewed what orders need; try once more."),
    ),
)
"""What a unit says, in its own words, and what a page says for it."""
STORY: Final = {
    "unit_started": N_("Started"),
    "unit_stopped": N_("Stopped"),
    "process_restarted": N_("A process was started again"),
}
PARTS: Final = {
    "lockguard": N_("the part that moves the locks"),
    "door": N_("the part that reads badges and decides"),
    "link": N_("the connection to this server"),
}
"""What a unit's processes do."""
CAUSES: Final = (
    (r"restarted by order of the server", N_("restarted from the office")),
    (r"told to stop", N_("told to stop")),
    (r"interrupted", N_("stopped by hand")),
    (r"it hung and was killed", N_("it hung")),
    (r"exit status 0", N_("it had ended in order")),
    (r"exit status (?P<number>\d+)", N_("it ended with status %(number)s")),
    (r"killed by (?P<number>SIG[A-Z]+)", N_("it was killed (%(number)s)")),
)


def sign(found: Sign, value: str | None, texts: Translations) -> str:
    """Return a sign in words; ``value``: its figure, or what the reader is called."""
    if found is Sign.CERTIFICATE:
        num = int(value or 0)
        text = texts.ngettext(
            "Its certificate ends in %(num)s day", "Its certificate ends in %(num)s days", num
        )
        return text % {"num": num}
    return texts.gettext(SIGN[found]) % {"value": value or ""}


def refusal(detail: str, doors: Mapping[str, str], texts: Translations) -> str:
    """Return why a unit has refused, as a sentence; ``doors``: their names."""
    return texts.gettext(REFUSED) % {"why": _said(detail, REFUSALS, texts, doors)}


def clock(source: str | None, texts: Translations) -> str:
    """Return by whose word a unit knows the time; empty if it does not say, or not in our words."""
    text = CLOCK.get(source or "")
    return "" if text is None else texts.gettext(text)


def part(process: str, texts: Translations) -> str:
    """Return what a unit's process does, in words; one that is not known here, by its name."""
    return texts.gettext(PARTS[process]) if process in PARTS else process


def cause(detail: str, texts: Translations) -> str:
    """Return why a process ended; what this server does not know yet, as it came."""
    return _said(detail, CAUSES, texts)


def _said(
    detail: str, known: tuple[tuple[str, str], ...], texts: Translations,
    names: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    for pattern, text in known:
        found = re.fullmatch(pattern, detail)
        if found is not None:
            said = {name: (names or {}).get(each, each) for name, each in found.groupdict().items()}
            return texts.gettext(text) % said
    return detail
