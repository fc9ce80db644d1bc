"""What came of a delivery, in words."""

from typing import Final

from loquet_server.models import HookDelivery
from loquet_server.web.i18n import N_, Translations

STATES: Final = {
    "waiting": N_("on its way"),
    "delivered": N_("delivered"),
    "dead": N_("given up"),
}
PROBLEMS: Final = {
    "private_address": N_("The address leads into a private network, which is not allowed here."),
    "not_https": N_("Only https is allowed for this address."),
    "no_such_name": N_("There is no such name: check the address."),
    "no_connection": N_("Nobody answers there."),
    "no_trust": N_("The receiver's certificate cannot be trusted."),
    "too_slow": N_("The receiver took longer than ten seconds."),
    "unreadable": N_("The receiver's answer could not be understood."),
    "unwanted": N_("The receiver wants no more messages (410)."),
    "too_many": N_("Too many messages were waiting; the oldest were given up."),
}
REDIRECT: Final = N_("The receiver sends elsewhere, which is not followed: write the new address.")
REFUSED: Final = N_("The receiver answered %(status)s.")
TAKEN: Final = N_("The receiver has it (%(status)s).")


def outcome(row: HookDelivery, texts: Translations) -> str:
    """Return what came of the last attempt; nothing before the first."""
    if row.problem is not None:
        return texts.gettext(PROBLEMS.get(row.problem, row.problem))
    if row.status is None:
        return ""
    if 300 <= row.status < 400:
        return texts.gettext(REDIRECT)
    return texts.gettext(TAKEN if row.status < 300 else REFUSED) % {"status": row.status}
