"""French and English, complete; which one is chosen, and remembered."""

import re

import httpx
import pytest

from loquet_contract.access.reasons import Reason
from loquet_contract.wire import events
from loquet_server.database import Database
from loquet_server.ingest.troubles import Trouble
from loquet_server.web import words
from loquet_server.web.i18n import catalogue, negotiate, translations
from loquet_server.who import LOCAL, SHELL
from tests.server.pages.catalogue import messages

PLACEHOLDER = re.compile(r"%\(\w+\)s|\{\w+\}")


def test_every_text_has_its_french() -> None:
    french = catalogue("fr")
    written: dict[object, object] = {each.id: each.string for each in french if each.id}
    missing = [text for text in messages() if not written.get(text)]
    assert not missing, "write these in server/loquet_server/web/locale/fr.po"
    assert not written.keys() - messages(), "these are no longer used: take them out of fr.po"


def test_every_translation_keeps_its_placeholders() -> None:
    for each in catalogue("fr"):
        english, french = forms(each.id), forms(each.string)
        for one, other in zip(english, french, strict=True):
            if one:
                assert sorted(PLACEHOLDER.findall(one)) == sorted(PLACEHOLDER.findall(other))


def forms(text: object) -> list[str]:
    """Return a text, or the forms of a plural, as a list."""
    return [str(each) for each in text] if isinstance(text, tuple | list) else [str(text)]


@pytest.mark.parametrize(
    ("table", "values"),
    [
        ("kind", set(events.KINDS)),
        ("alarm", set(events.ALARMS) | {each.value for each in Trouble}),
        ("evidence", {each.value for each in events.DeskEvidence}),
        ("cause", {each.value for each in events.ReleaseCause}),
        ("cause", {each.value for each in events.RelockCause}),
        ("cause", {each.value for each in events.OpeningCause}),
    ],
)
def test_every_closed_vocabulary_has_its_words(table: str, values: set[str]) -> None:
    assert values <= words.TABLES[table].keys()


def test_every_refusal_has_words_in_both_languages() -> None:
    for reason in Reason:
        for language in ("fr", "en"):
            assert words.reason(language, reason.value) != reason.value.replace("_", " ")


def test_a_value_of_the_future_is_shown_as_it_is() -> None:
    assert words.word(translations("fr"), "mode", "being_painted") == "being painted"
    assert words.reason("fr", "too_tall") == "too tall"


@pytest.mark.parametrize(
    ("query", "cookie", "header", "chosen"),
    [
        ("en", "fr", "fr", "en"),
        (None, "en", "fr", "en"),
        (None, None, "en-GB,en;q=0.9,fr;q=0.8", "en"),
        (None, None, "de,fr;q=0.4,en;q=0.6", "en"),
        (None, None, "de", "fr"),
        ("xx", "yy", "", "fr"),
        (None, None, "en;q=nonsense,fr;q=0.1", "fr"),
    ],
)
def test_language_is_asked_for_remembered_preferred_or_french(
    query: str | None, cookie: str | None, header: str, chosen: str
) -> None:
    assert negotiate(query, cookie, {"accept-language": header}) == chosen


@pytest.mark.parametrize(("count", "said"), [(0, "0 occupé"), (1, "1 occupé"), (2, "2 occupés")])
def test_french_counts_none_as_one(count: int, said: str) -> None:
    form = translations("fr").ngettext("%(num)s occupied", "%(num)s occupied", count)
    assert form % {"num": count} == said


def test_whoever_sits_at_the_machine_has_a_name_in_both_languages() -> None:
    assert {LOCAL.name, SHELL.name} == set(words.ACTORS)
    assert words.actor(translations("fr"), LOCAL.name) == "opérateur sur place"
    assert words.actor(translations("fr"), "Bench") == "Bench"


async def test_a_chosen_language_and_theme_are_remembered(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    await client.get("/?lang=en&theme=dark")
    page = (await client.get("/journal")).text
    assert '<html lang="en" data-theme="dark"' in page
