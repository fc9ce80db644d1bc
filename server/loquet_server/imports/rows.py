"""From a line of a file to what it asks for, or what is wrong with it and what to write. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from loquet_contract.access.credential import Representation
from loquet_server.imports.columns import Field, plain
from loquet_server.imports.sheet import LONGEST_CELL, Row, Sheet
from loquet_server.people.numbers import Unreadable, readings
from loquet_server.people.text import Line, Mail, Name, Note, Short
from loquet_server.web.i18n import N_

KINDS = {
    "member": "member", "membre": "member", "adherent": "member", "adherente": "member",
    "staff": "staff", "salarie": "staff", "salariee": "staff", "equipe": "staff",
    "volunteer": "volunteer", "benevole": "volunteer",
    "guest": "guest", "invite": "guest", "invitee": "guest",
}  # fmt: skip
LANGUAGES = {
    "fr": "fr", "francais": "fr", "french": "fr", "en": "en", "anglais": "en", "english": "en",
}  # fmt: skip
_FRENCH_DAY = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?")
_FORMULA = re.compile(r"^'(?=[=+\-@\t\r])")


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong in one cell; ``text`` with ``values`` says what it is and what to write."""

    line: int
    column: str
    text: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wish:
    """What one line asks for; None where it says nothing."""

    line: int
    name: str
    mail: str | None = None
    phone: str | None = None
    kind: str | None = None
    language: str | None = None
    organisation: str | None = None
    note: str | None = None
    plan: str | None = None
    plan_from: date | None = None
    plan_until: date | None = None
    membership_from: date | None = None
    membership_until: date | None = None
    badge: Representation | None = None
    badge_label: str | None = None


class _Wrong(ValueError):
    def __init__(self, text: str, **values: object) -> None:
        super().__init__(text)
        self.text, self.values = text, values


def wishes(sheet: Sheet, mapping: Mapping[int, Field]) -> tuple[list[Wish], list[Complaint]]:
    """Return what the lines ask for, and what is wrong with the others."""
    found: list[Wish] = []
    wrong: list[Complaint] = []
    for row in sheet.rows:
        wish, complaints = _wish(row, sheet.headers, mapping)
        wrong += complaints
        if wish is not None and not complaints:
            found.append(wish)
    return found, wrong


def _wish(
    row: Row, headers: tuple[str, ...], mapping: Mapping[int, Field]
) -> tuple[Wish | None, list[Complaint]]:
    values: dict[Field, Any] = {}
    complaints: list[Complaint] = []
    columns: dict[Field, str] = {}
    for at, name in mapping.items():
        text = row.cells[at].strip() if at < len(row.cells) else ""
        columns[name] = headers[at] if at < len(headers) else ""
        if not text:
            continue
        try:
            values[name] = _READERS[name](_unquoted(text))
        except _Wrong as error:
            complaints.append(Complaint(row.line, columns[name], error.text, error.values))
    whole = values.pop(Field.NAME, "") or " ".join(
        values[each] for each in (Field.FIRST_NAME, Field.LAST_NAME) if each in values
    )
    if not whole and not complaints:
        column = columns.get(Field.NAME) or columns.get(Field.LAST_NAME, "")
        complaints.append(Complaint(row.line, column, N_("There is no name. Write one.")))
    complaints += _together(row.line, values, columns)
    if complaints:
        return None, complaints
    rest = {
        each.value: value
        for each, value in values.items()
        if each not in (Field.FIRST_NAME, Field.LAST_NAME)
    }
    return Wish(row.line, whole, **rest), []


def _together(
    line: int, values: Mapping[Field, Any], columns: Mapping[Field, str]
) -> list[Complaint]:
    """Return what is wrong with cells beside each other."""
    found = []
    for first, last in (
        (Field.PLAN_FROM, Field.PLAN_UNTIL),
        (Field.MEMBERSHIP_FROM, Field.MEMBERSHIP_UNTIL),
    ):
        if first in values and last in values and values[last] < values[first]:
            text = N_("The last day comes before the first. Exchange them.")
            found.append(Complaint(line, columns[last], text))
    if Field.PLAN not in values and (Field.PLAN_FROM in values or Field.PLAN_UNTIL in values):
        where = columns.get(Field.PLAN_FROM) or columns.get(Field.PLAN_UNTIL, "")
        found.append(Complaint(line, where, N_("There are days and no plan. Name the plan.")))
    return found


def _unquoted(text: str) -> str:
    """Return a cell without the quotation mark that our exports put before a formula."""
    return _FORMULA.sub("", text)


def _typed(kind: Any, complaint: str) -> Callable[[str], str]:
    adapter = TypeAdapter(kind)

    def read(cell: str) -> str:
        if len(cell) > LONGEST_CELL:
            raise _Wrong(N_("This is too long."))
        try:
            return str(adapter.validate_python(cell))
        except ValidationError as error:
            raise _Wrong(complaint, value=cell[:60]) from error

    return read


def _one_of(table: Mapping[str, str], complaint: str) -> Callable[[str], str]:
    def read(cell: str) -> str:
        found = table.get(plain(cell))
        if found is None:
            raise _Wrong(complaint, value=cell[:60])
        return found

    return read


def day(text: str) -> date:
    """Return a day: 2026-03-31 or 31/03/2026; raise ValueError."""
    iso, french = _ISO_DAY.fullmatch(text), _FRENCH_DAY.fullmatch(text)
    if iso is not None:
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    if french is not None:
        return date(int(french[3]), int(french[2]), int(french[1]))
    raise ValueError(text)


def _day(cell: str) -> date:
    try:
        found = day(cell)
    except ValueError:
        found = None
    if found is None or not date(1990, 1, 1) <= found <= date(2200, 1, 1):
        text = N_("“%(value)s” is no day. Write 31/03/2026 or 2026-03-31.")
        raise _Wrong(text, value=cell[:60])
    return found


def _badge(cell: str) -> Representation:
    try:
        found = readings(cell)[0]
    except Unreadable as error:
        raise _Wrong(N_("This is no badge number. Write it as it is printed.")) from error
    if found.flaw is not None:
        raise _Wrong(N_("A phone or bank card gives this number, another each time. Use a badge."))
    return found.representation


_TOO_LONG = N_("“%(value)s” cannot be kept: too long, or with characters that are not text.")
_READERS: dict[Field, Callable[[str], Any]] = {
    Field.NAME: _typed(Name, _TOO_LONG),
    Field.FIRST_NAME: _typed(Name, _TOO_LONG),
    Field.LAST_NAME: _typed(Name, _TOO_LONG),
    Field.MAIL: _typed(Mail, N_("“%(value)s” is no e-mail address. Correct it.")),
    Field.PHONE: _typed(Short, _TOO_LONG),
    Field.KIND: _one_of(
        KINDS, N_("“%(value)s” is not known. Write member, staff, volunteer or guest.")
    ),
    Field.LANGUAGE: _one_of(LANGUAGES, N_("“%(value)s” is not known. Write fr or en.")),
    Field.ORGANISATION: _typed(Line, _TOO_LONG),
    Field.NOTE: _typed(Note, _TOO_LONG),
    Field.PLAN: _typed(Line, _TOO_LONG),
    Field.PLAN_FROM: _day,
    Field.PLAN_UNTIL: _day,
    Field.MEMBERSHIP_FROM: _day,
    Field.MEMBERSHIP_UNTIL: _day,
    Field.BADGE: _badge,
    Field.BADGE_LABEL: _typed(Line, _TOO_LONG),
}
