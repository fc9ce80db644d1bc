"""Notices in words: what came of one, and why it did not get through."""

from typing import Final

from loquet_server.hooks.words import PROBLEMS as HOOK_PROBLEMS
from loquet_server.incidence.kinds import Severity
from loquet_server.models import Notice
from loquet_server.notices.ways import Outcome
from loquet_server.web.i18n import N_, Translations

PROBLEMS: Final = {
    **HOOK_PROBLEMS,
    "cannot_open": N_("Its address was sealed by another server: remove this way and add it anew."),
    "no_mail_server": N_("No mail server is set: an owner does that under Settings, Mail."),
    "mail_failed": N_("The mail server did not take it."),
    "refused": N_("The push service did not take it."),
    "no_library": N_("The library for push messages did not start; is Apprise installed?"),
    "too_slow": N_("The push service took longer than thirty seconds."),
}
LEAST: Final = {
    Severity.INFO: N_("Everything; what is for information once a day"),
    Severity.WARNING: N_("What is to be looked at, and what is urgent"),
    Severity.URGENT: N_("Only what is urgent"),
}


def problem(row: Notice | Outcome, texts: Translations) -> str:
    """Return why it did not get through, with the other side's own words; nothing if it did."""
    if row.problem is None:
        return ""
    text = texts.gettext(PROBLEMS.get(row.problem, row.problem))
    first, _, rest = row.said.partition("\n")
    if row.problem == "mail_failed":
        return f"{texts.gettext(first)} {rest}".strip() if first else text
    return f"{text} {row.said}".strip()
