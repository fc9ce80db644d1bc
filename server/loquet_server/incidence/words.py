"""Ways to tell people, and what becomes of a notice, in words."""

from typing import Final

from loquet_server.web.i18n import N_

WAYS: Final = {"mail": N_("e-mail"), "ntfy": "ntfy", "gotify": "Gotify"}
NOTICES: Final = {
    "waiting": N_("on its way"),
    "held": N_("told later, with others"),
    "sent": N_("sent"),
    "dead": N_("given up"),
    "dropped": N_("no longer needed"),
}
