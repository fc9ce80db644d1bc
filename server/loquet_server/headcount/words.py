"""The reasons of a count in the words of people."""

from collections.abc import Iterable
from typing import Final

from loquet_server.headcount.reasons import Kind, Reason, reason_of
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.moments import Moments

NAMED: Final = {
    Kind.CORRECTED: N_("corrected by %(name)s at %(time)s"),
    Kind.RESET: N_("counted since %(time)s"),
    Kind.UNIT_OFFLINE: N_("unit %(name)s offline since %(time)s: it will tell later who passed"),
    Kind.UNIT_BEHIND: N_("unit %(name)s is still telling what happened since %(time)s"),
    Kind.READER_LOST: N_("reader %(name)s silent since %(time)s"),
    Kind.COUNTER_LOST: N_("people counter of %(name)s blind since %(time)s"),
}


def sentences(
    reasons: Iterable[str], texts: Translations, moments: Moments, now_ms: int
) -> list[str]:
    """Return the reasons of a ``Headcount`` in words, in their order."""
    return [sentence(reason_of(each), texts, moments, now_ms) for each in reasons]


def sentence(reason: Reason, texts: Translations, moments: Moments, now_ms: int) -> str:
    """Return one reason in words."""
    if reason.kind in NAMED:
        time = moments.near(reason.at, now_ms)
        return texts.gettext(NAMED[reason.kind]) % {"name": reason.name, "time": time}
    return _of_doors(reason, texts) or _of_desks(reason, texts)


def _of_doors(reason: Reason, texts: Translations) -> str:
    number = reason.count
    match reason.kind:
        case Kind.FOLLOWED:
            text = texts.ngettext(
                "%(num)s person may have followed somebody in",
                "%(num)s people may have followed somebody in",
                number,
            )
        case Kind.PAIRED:
            text = texts.ngettext(
                "%(num)s person may have left together with somebody else",
                "%(num)s people may have left together with somebody else",
                number,
            )
        case Kind.MISSED_EXIT:
            text = texts.ngettext(
                "%(num)s person left unseen, and was seen again since",
                "%(num)s people left unseen, and were seen again since",
                number,
            )
        case Kind.UNKNOWN_EXIT:
            text = texts.ngettext(
                "%(num)s person left who had not been seen coming in",
                "%(num)s people left who had not been seen coming in",
                number,
            )
        case _:
            return _of_openings(reason, texts)
    return text % {"num": number}


def _of_openings(reason: Reason, texts: Translations) -> str:
    number = reason.count
    match reason.kind:
        case Kind.LET_IN:
            text = texts.ngettext(
                "%(num)s person was let in without a badge",
                "%(num)s people were let in without a badge",
                number,
            )
        case Kind.STOOD_OPEN:
            text = texts.ngettext(
                "a door that stood unlocked was passed %(num)s time",
                "a door that stood unlocked was passed %(num)s times",
                number,
            )
        case Kind.BUTTONS:
            text = texts.ngettext(
                "%(num)s exit is known from its button alone",
                "%(num)s exits are known from their button alone",
                number,
            )
        case _:
            return ""
    return text % {"num": number}


def _of_desks(reason: Reason, texts: Translations) -> str:
    number = reason.count
    if reason.kind is Kind.DESKS_FLOOR:
        text = texts.ngettext(
            "%(num)s desk is taken, more than the doors tell",
            "%(num)s desks are taken, more than the doors tell",
            number,
        )
    else:
        text = texts.ngettext(
            "%(num)s desk in an unknown state", "%(num)s desks in an unknown state", number
        )
    return text % {"num": number}
