"""What a plate and its help say: each pattern, each refusal in plain words, and whom to call."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from loquet_contract.access.reasons import WORDS, Reason
from loquet_contract.feedback import Shown, of_reason
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.rhythm import Rhythm, rhythm
from loquet_server.web.shown_words import MEANING

SOMEBODY: Final = N_("the hosts of this space")
"""Whom to call where the space has said nobody."""
ON_PLATE: Final = (
    Shown.GRANTED, Shown.REFUSED, Shown.NOT_NOW, Shown.NO_PASS, Shown.NOT_READY, Shown.SUSPENDED,
)  # fmt: skip
OPENS: Final = (Shown.GRANTED, Shown.GRANTED_EXTENDED, Shown.UNLOCKED)
REFUSES: Final = (
    Shown.REFUSED, Shown.NOT_NOW, Shown.NO_PASS, Shown.NOT_READY, Shown.SUSPENDED,
)  # fmt: skip
TELLS: Final = (
    Shown.WAITING_PIN, Shown.BELL, Shown.HEARD, Shown.ENROLLING, Shown.FAULT, Shown.LOCKED_DOWN,
    Shown.PRE_ALARM, Shown.ALARM, Shown.FIRE,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One pattern with its words; ``reasons``: the refusals that it stands for."""

    title: str
    rhythm: str
    advice: str
    drawing: Rhythm
    reasons: tuple[str, ...] = ()


def lines(shown: Sequence[Shown], texts: Translations, contact: str) -> list[Line]:
    """Return what is to be said of these patterns."""
    return [line for each in shown if (line := _line(each, texts, contact)) is not None]


def _line(shown: Shown, texts: Translations, contact: str) -> Line | None:
    drawing, meaning = rhythm(shown.value), MEANING[shown]
    if drawing is None:
        return None
    words = WORDS[texts.code]
    why = [
        words[reason].member.format(when="…", contact=contact or texts.gettext(SOMEBODY))
        for reason in Reason
        if of_reason(reason) is shown
    ]
    advice = texts.gettext(meaning.advice) if meaning.advice else ""
    unique = tuple(dict.fromkeys(why))
    return Line(
        texts.gettext(meaning.title), texts.gettext(meaning.rhythm), advice, drawing, unique
    )
