"""Why a booking cannot be: one plain sentence for each refusal, with what to do."""

from typing import Any

from loquet_server.days import zone
from loquet_server.errors import Conflict, Invalid
from loquet_server.people.refusals import Refused
from loquet_server.reservations.rules import No, Refusal, Span
from loquet_server.web.i18n import N_, Translations, translations
from loquet_server.web.moments import Moments

WORDS: dict[Refusal, str] = {
    Refusal.NO_TIME: N_("The end is not after the beginning. Choose a later end."),
    Refusal.PAST: N_("This time is over. Choose a later one."),
    Refusal.OFF_SLOT: N_("Bookings begin and end on slots of %(value)s minutes."),
    Refusal.ENDLESS: N_("Nothing is booked for longer than %(value)s days at once."),
    Refusal.NOT_BOOKABLE: N_("This cannot be booked."),
    Refusal.SUSPENDED: N_("This member's access is suspended, so nothing can be booked."),
    Refusal.NOT_INCLUDED: N_("The plan does not include booking this. Ask your hosts."),
    Refusal.TOO_LONG: N_("The plan allows bookings of %(value)s at most."),
    Refusal.TOO_FAR: N_("The plan allows to book %(value)s days ahead at most."),
    Refusal.CLOSED: N_("The space is not open for all of that time. Look at the opening hours."),
    Refusal.TOO_MANY: N_(
        "The plan allows %(value)s bookings at once; there are as many to come. Cancel one first."
    ),
    Refusal.MONTH_FULL: N_("Of this month's hours %(value)s are left. Choose a shorter time."),
    Refusal.TAKEN: N_("Somebody has booked this already."),
}
NEXT = N_("It is free again %(when)s.")
_LENGTHS = frozenset({Refusal.TOO_LONG, Refusal.MONTH_FULL})
_FIELDS = {
    Refusal.NOT_BOOKABLE: "resource",
    Refusal.NOT_INCLUDED: "resource",
    Refusal.SUSPENDED: "holder",
    Refusal.NO_TIME: "ends",
    Refusal.TOO_LONG: "ends",
    Refusal.MONTH_FULL: "ends",
}
"""Where a form says it; the others beside the start."""


class NotPossible(Refused):
    """A booking that cannot be; ``free`` is the next time at which it could."""

    def __init__(
        self, no: No, timezone: str, free: Span | None = None, now_ms: int = 0
    ) -> None:  # fmt: skip
        self.no, self.free = no, free
        self._timezone, self._now_ms = timezone, now_ms
        super().__init__(_FIELDS.get(no.refusal, "starts"), "%(said)s", said="")
        self.detail = self.said(translations("en"))
        self.args = (self.detail,)
        self.more = {"refusal": no.refusal.value}
        if free is not None:
            self.more["next_free"] = {"starts_at": free.start, "ends_at": free.end}

    def said(self, texts: Translations) -> str:
        """Return it in one language."""
        found = [sentence(self.no, texts)]
        if self.free is not None:
            moments = Moments(texts.locale, zone(self._timezone))
            when = moments.near(self.free.start, self._now_ms)
            found.append(texts.gettext(NEXT) % {"when": when})
        return " ".join(found)


class NotAllowed(NotPossible, Invalid):
    """What nobody, or this plan, may book."""


class Taken(NotPossible, Conflict):
    """Somebody else has it."""


def refused(no: No, timezone: str, free: Span | None = None, now_ms: int = 0) -> NotPossible:
    """Return a refusal to be raised."""
    kind = Taken if no.refusal is Refusal.TAKEN else NotAllowed
    return kind(no, timezone, free, now_ms)


def sentence(no: No, texts: Translations) -> str:
    """Return a refusal in one language."""
    value: Any = no.value
    if no.refusal in _LENGTHS and no.value is not None:
        value = duration(no.value, texts)
    return texts.gettext(WORDS[no.refusal]) % {"value": value}


def duration(minutes: int, texts: Translations) -> str:
    """Return a length such as 1 h 30 min."""
    hours, rest = divmod(minutes, 60)
    parts = [f"{hours}\N{NO-BREAK SPACE}h"] if hours else []
    if rest or not hours:
        parts.append(f"{rest}\N{NO-BREAK SPACE}min")
    return "\N{NO-BREAK SPACE}".join(parts)
