"""The documents are true: each command, setting, reason and kind of fact is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from loquet_contract.wire.events import KINDS
from loquet_server.settings import Settings
from tests.house.source import ROOT, expect_none, texts
from tools.documents import PAGES, commands, help_of

DOCUMENTS = dict(texts(".md"))
TARGETS = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
SETTINGS = {f"LOQUET_{name.upper()}" for name in Settings.model_fields}
OF_THE_TESTS = {"LOQUET_SOAK_SECONDS"}


@pytest.mark.parametrize("name", PAGES)
def test_a_generated_document_fits_the_code(name: str) -> None:
    assert (ROOT / name).read_text() == PAGES[name](), f"{name} has drifted: run 'make docs'"


def test_every_command_has_an_example() -> None:
    expect_none(
        [
            f"'{name} --help' has no line that shows '{name} ...' in use"
            for name, command in commands()
            if len(re.findall(re.escape(name), help_of(name, command))) < 2
        ]
    )


def test_every_command_in_the_documents_exists() -> None:
    known = {name for name, _ in commands()}
    named = {
        (name, match.group(0))
        for name, text in DOCUMENTS.items()
        for match in re.finditer(r"loquet-(?:edge|server) [a-z][a-z-]+", text)
    }
    # In prose a program's name may be followed by any word; in code it is a command.
    expect_none(
        {
            f"{name}: {command}"
            for name, command in named
            if command not in known and re.search(rf"`[^`]*{command}", DOCUMENTS[name])
        }
    )


def test_every_setting_is_described_and_every_described_one_exists() -> None:
    described = set(re.findall(r"LOQUET_[A-Z_]+", DOCUMENTS["docs/settings.md"]))
    assert described == SETTINGS


def test_documents_name_only_settings_that_exist() -> None:
    expect_none(
        {
            f"{name}: {word}"
            for name, text in DOCUMENTS.items()
            for word in re.findall(r"LOQUET_[A-Z_]*[A-Z]", text)
            if word not in SETTINGS | OF_THE_TESTS
        }
    )


def test_every_kind_of_fact_is_in_the_wire_reference() -> None:
    wire = DOCUMENTS["docs/wire.md"]
    expect_none([kind for kind in KINDS if kind not in wire])


def test_every_make_target_in_the_documents_exists() -> None:
    expect_none(
        {
            f"{name}: make {target}"
            for name, text in DOCUMENTS.items()
            for target in re.findall(r"`(?:[A-Z_]+=\S+ )*make ([a-z-]+)", text)
            if target not in TARGETS
        }
    )


def test_every_link_between_documents_leads_somewhere() -> None:
    broken = []
    for name, text in DOCUMENTS.items():
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
            if "://" not in target and not ((ROOT / name).parent / target).exists():
                broken.append(f"{name} -> {target}")
    expect_none(broken)


def test_every_guide_and_decision_can_be_found() -> None:
    """Nobody reads what nothing leads to."""
    linked = {
        ((ROOT / name).parent / target).resolve()
        for name, text in DOCUMENTS.items()
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text)
        if "://" not in target
    }
    expect_none(
        [name for name in DOCUMENTS if name.startswith("docs/") and (ROOT / name) not in linked]
    )


def test_decisions_have_their_parts() -> None:
    wanted = ("Status: ", "## The question", "## The decision", "## What we did not choose",
              "## What it costs")  # fmt: skip
    expect_none(
        [
            f"{name}: {part}"
            for name, text in DOCUMENTS.items()
            if re.match(r"docs/decisions/\d{4}-", name)
            for part in wanted
            if part not in text
        ]
    )


def test_the_changelog_says_what_a_person_can_do() -> None:
    text = DOCUMENTS["CHANGELOG.md"]
    assert text.startswith("# Changelog\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings
    expect_none(
        [
            heading
            for heading in headings
            if not re.fullmatch(r"Unreleased|\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)", heading)
        ]
    )


def test_the_readme_gives_the_two_commands_and_the_picture() -> None:
    text = DOCUMENTS["README.md"]
    for needed in ("make demo", "make test", "docs/images/live.png", "docs/safety.md"):
        assert needed in text
    assert (ROOT / Path("docs/images/live.png")).exists()
