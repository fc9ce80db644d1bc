"""Changes as the page shows them: in words, with the names that people know."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from loquet_server.audit.names import FIELDS, SUBJECTS, Change, Names, called, fields, noun_of
from loquet_server.audit.words import (
    FIELD,
    LISTS,
    SUBJECT,
    TECHNICAL,
    VALUE,
    VERSION,
    VERSIONED,
    WORDED,
)
from loquet_server.models import Action, Audit
from loquet_server.web import words
from loquet_server.web.i18n import Translations
from loquet_server.web.moments import Moments

LONGEST: Final = 120
YES, NO = "yes", "no"
YEAR_2000_MS: Final = 946_684_800_000
"""Numbers in a detail that are larger are instants, UTC milliseconds."""


@dataclass(frozen=True, slots=True)
class Line:
    """One change in words. ``about``: what was changed, by its name; ``ids``: for programs."""

    at: int
    actor: str
    what: str
    subject: str
    about: str
    reason: str
    detail: list[tuple[str, str]]
    ids: list[str]


@dataclass(frozen=True, slots=True)
class Teller:
    """Says rows of the record in one language."""

    texts: Translations
    moments: Moments
    names: Names

    def line(self, row: Audit) -> Line:
        """Return a change in words; an action or a field of the future as it is."""
        about = self._about(row)
        shown, ids = [], [] if about == row.subject else [row.subject]
        for name, value in _fields(row):
            if name in TECHNICAL or (name == "name" and noun_of(row) in VERSIONED):
                ids.append(f"{name.replace('_', ' ')} {value}")
            elif name not in ("name", "label") or value != about:
                shown.append((self._field(name), self._told(name, value)))
        return Line(
            row.at, self._actor(row), words.word(self.texts, "action", row.action), row.subject,
            about, row.reason, [each for each in shown if each[1]], ids,
        )  # fmt: skip

    def _about(self, row: Audit) -> str:
        found = called(self.names, SUBJECTS.get(noun_of(row), ()), row.subject)
        if found and ("incident", row.subject) in self.names:
            return words.word(self.texts, "alarm", found)
        written = (row.detail or {}).get("name")
        if noun_of(row) in VERSIONED:
            return self.texts.gettext(VERSION) % {"number": row.subject}
        if not found and row.subject in SUBJECT:
            return self.texts.gettext(SUBJECT[row.subject])
        return found or (written if isinstance(written, str) else "")[:LONGEST] or row.subject

    def _actor(self, row: Audit) -> str:
        """Return who did it; a unit that enrols does it itself."""
        named = called(self.names, ("unit",), row.actor) if row.actor == row.subject else ""
        return named or words.actor(self.texts, row.actor)

    def _field(self, name: str) -> str:
        english = FIELD.get(name)
        return name.replace("_", " ") if english is None else self.texts.gettext(english)

    def _told(self, name: str, value: Any) -> str:
        if isinstance(value, Change):
            return self._turned(name, value.before, value.after)
        if isinstance(value, list):
            if len(value) == 2 and name not in LISTS:
                return self._turned(name, *value)
            return ", ".join(self._told(name, each) for each in value)[:LONGEST]
        return self._one(name, value)[:LONGEST]

    def _turned(self, name: str, before: Any, after: Any) -> str:
        was, now = (self._plain(name, each) or "–" for each in (before, after))
        return f"{was} → {now}"

    def _plain(self, name: str, value: Any) -> str:
        """Return a value; of two values, each may be a list again."""
        if isinstance(value, list):
            return ", ".join(self._one(name, each) for each in value)[:LONGEST]
        return self._one(name, value)[:LONGEST]

    def _one(self, name: str, value: Any) -> str:
        gettext = self.texts.gettext
        if value is None:
            return ""
        if isinstance(value, bool):
            return gettext(VALUE[YES if value else NO])
        if isinstance(value, int) and value > YEAR_2000_MS:
            return f"{self.moments.day(value)} {self.moments.clock(value)}"
        text = str(value)
        if name == "changed":
            return self._field(text)
        if name in WORDED and text in VALUE:
            return gettext(VALUE[text])
        return called(self.names, FIELDS.get(name, ()), text) or text


def _fields(row: Audit) -> Iterable[tuple[str, Any]]:
    """Return what a row tells; of a purge, how much went, for its kinds are for programs."""
    if row.action == Action.DATA_PURGED:
        return [("rows", sum(each for each in (row.detail or {}).values() if each))]
    return fields(row.detail or {})
