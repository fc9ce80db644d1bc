"""Every reason has its words, in every language, with no more placeholders than are filled."""

import re

import pytest

from loquet_contract.access.decision import _CLOSENESS
from loquet_contract.access.reasons import WORDS, Reason

WITH_TIME = {
    Reason.CREDENTIAL_NOT_YET_VALID, Reason.CREDENTIAL_EXPIRED, Reason.NOT_PERMITTED_NOW,
    Reason.MEMBERSHIP_ENDED,
}  # fmt: skip


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize("reason", Reason)
def test_a_reason_has_its_words(language: str, reason: Reason) -> None:
    words = WORDS[language][reason]
    allowed = {"when"} if reason in WITH_TIME else {"contact"}
    assert set(re.findall(r"\{(\w*)\}", words.member)) <= allowed
    assert "{" not in words.manager
    assert 0 < len(words.member) <= 60
    assert words.member.format(when="x", contact="y")


def test_the_languages_are_french_and_english_and_differ() -> None:
    assert set(WORDS) == {"fr", "en"}
    assert all(set(table) == set(Reason) for table in WORDS.values())
    assert all(WORDS["fr"][each] != WORDS["en"][each] for each in Reason)


def test_every_refusal_of_a_rule_has_a_place_among_the_others() -> None:
    assert len(set(_CLOSENESS.values())) == len(_CLOSENESS)
