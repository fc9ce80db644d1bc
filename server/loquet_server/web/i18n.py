"""Two languages: English is written in the source, French is a catalogue beside it.

The catalogue is read once at start from its `.po` file, so nothing has to be compiled and
nothing can be out of date. A page's language is `?lang=`, else the cookie, else what the
browser prefers, else French.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGES: Final = ("fr", "en")
DEFAULT: Final = "fr"
COOKIE: Final = "loquet_lang"
LOCALES: Final = Path(__file__).parent / "locale"


def N_(text: str) -> str:
    """Mark a text for translation and return it as it is."""
    return text


class Translations:
    """Texts of one language; an unknown text comes back in English."""

    def __init__(self, code: str, catalog: Catalog | None = None) -> None:
        self.code = code
        self.locale = Locale.parse(code)
        self._texts: dict[str, str] = {}
        self._plurals: dict[str, tuple[str, ...]] = {}
        for message in catalog or ():
            self._keep(message.id, message.string)

    def _keep(self, key: object, text: object) -> None:
        if isinstance(key, tuple) and isinstance(text, tuple) and all(text):
            self._plurals[key[0]] = text
        elif isinstance(key, str) and isinstance(text, str) and text:
            self._texts[key] = text

    def gettext(self, text: str) -> str:
        """Return ``text`` in this language."""
        return self._texts.get(text, text)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the form for ``count``; French has one for 0 and 1, English for 1 only."""
        forms = self._plurals.get(one)
        if forms is None:
            return one if count == 1 else many
        return forms[0] if self.locale.plural_form(count) == "one" else forms[-1]


@cache
def translations(code: str) -> Translations:
    """Return the texts of a language; KeyError for one that the pages do not speak."""
    if code not in LANGUAGES:
        raise KeyError(code)
    if code == "en":
        return Translations("en")
    return Translations(code, catalogue(code))


def catalogue(code: str) -> Catalog:
    """Return a language's catalogue as it is written: one file, and one for each larger room."""
    with (LOCALES / f"{code}.po").open("rb") as file:
        whole = read_po(file, locale=code)
    for path in sorted((LOCALES / code).glob("*.po")):
        with path.open("rb") as file:
            for each in read_po(file, locale=code):
                if each.id:
                    whole.add(each.id, each.string)
    return whole


def negotiate(
    query: str | None, cookie: str | None, headers: Mapping[str, str], default: str = DEFAULT
) -> str:
    """Return the language of a page: asked for, remembered, preferred, or the house's own."""
    for wish in (query, cookie):
        if wish in LANGUAGES:
            return wish
    wishes = headers.get("accept-language", "").split(",")
    ranked = sorted(wishes, key=_quality, reverse=True)
    for wish in ranked:
        code = wish.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return default if default in LANGUAGES else DEFAULT


def _quality(wish: str) -> float:
    _, _, weight = wish.partition(";q=")
    try:
        return float(weight) if weight else 1.0
    except ValueError:
        return 0.0
