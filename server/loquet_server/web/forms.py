"""Forms: what people typed, checked by a model; what is wrong, said beside its field.

A page shows what was typed again together with the complaints, so that nothing is lost.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from loquet_server.errors import Conflict, Invalid
from loquet_server.web.i18n import N_, Translations

M = TypeVar("M", bound=BaseModel)

COMPLAINTS = {
    "missing": N_("Please fill this in."),
    "string_too_short": N_("Please fill this in."),
    "string_too_long": N_("This is too long."),
    "string_pattern_mismatch": N_("This is not written as expected."),
    "int_parsing": N_("Please write a whole number."),
    "int_from_float": N_("Please write a whole number."),
    "greater_than_equal": N_("This number is too small."),
    "greater_than": N_("This number is too small."),
    "less_than_equal": N_("This number is too large."),
    "less_than": N_("This number is too large."),
    "enum": N_("Please choose one of these."),
    "literal_error": N_("Please choose one of these."),
    "date_from_datetime_parsing": N_("Please write a date."),
    "date_parsing": N_("Please write a date."),
    "bool_parsing": N_("Please choose one of these."),
}
"""pydantic's error types in the words of the house."""


@dataclass(slots=True)
class Typed(Generic[M]):
    """What came of a form: ``model`` if it is whole, else ``complaints`` by field."""

    values: dict[str, Any]
    model: M | None = None
    complaints: dict[str, str] = field(default_factory=dict)

    def complain(self, name: str, text: str) -> None:
        """Add a complaint that only the service could know; ``text`` is translated already."""
        self.model = None
        self.complaints.setdefault(name, text)

    def refused(self, error: Invalid | Conflict, texts: Translations) -> None:
        """Add what a service refused, beside the field that it names."""
        field = error.more.get("field", "") if isinstance(error, Invalid) else ""
        self.complain(str(field), texts.gettext(error.detail))


async def typed(request: Request, model: type[M], texts: Translations) -> Typed[M]:
    """Return the form of a request, checked; empty fields count as not given."""
    values: dict[str, Any] = {}
    async with request.form(max_fields=500) as form:
        for name in form:
            found = [each for each in form.getlist(name) if isinstance(each, str)]
            field = model.model_fields.get(name)
            listed = field is not None and "list" in str(field.annotation)
            values[name] = found if listed else (found[-1].strip() if found else "")
    return check(values, model, texts)


def check(values: Mapping[str, Any], model: type[M], texts: Translations) -> Typed[M]:
    """Return ``values`` checked by ``model``; an empty text is as if nothing had been typed."""
    given = {name: value for name, value in values.items() if value != ""}
    result: Typed[M] = Typed(dict(values))
    try:
        result.model = model.model_validate(given)
    except ValidationError as error:
        for each in error.errors():
            name = str(each["loc"][0]) if each["loc"] else ""
            text = COMPLAINTS.get(each["type"])
            said = str(each["msg"]).removeprefix("Value error, ")
            result.complaints.setdefault(name, texts.gettext(text or said))
    return result
