"""A change that cannot be made, said in words that a page can translate."""

from typing import Any

from loquet_server.errors import Conflict, Invalid, Problem
from loquet_server.web.i18n import Translations


class Refused(Problem):
    """Something does not fit; ``field`` is where a form says so, ``text`` is marked for it."""

    def __init__(self, field: str, text: str, **values: Any) -> None:
        super().__init__(text % values)
        self.field, self.text, self.values = field, text, values

    def said(self, texts: Translations) -> str:
        """Return it in one language."""
        return texts.gettext(self.text) % self.values


class DoesNotFit(Refused, Invalid):
    """What was sent cannot be used."""


class InTheWay(Refused, Conflict):
    """What is there stands in the way."""
