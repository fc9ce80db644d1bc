"""Every golden file is read as what it was, and written again to the same bytes."""

from pathlib import Path
from typing import Any

import pytest

from loquet_contract.wire import (
    adoption,
    card_keys,
    certificates,
    commands,
    enrolment,
    envelope,
    events,
    events_proof,
    messages,
    policy,
    releases,
    rotation,
    sensors,
    unit_log,
)
from loquet_contract.wire.codec import decode_text, encode, parse
from loquet_contract.wire.signing import Signer, Verifier
from tests.contract.golden.__main__ import FOLDER, add_missing
from tests.contract.samples import MESSAGES, PLAIN, SIGNED

FILES = sorted(path for path in FOLDER.rglob("*.json") if path.parent.name != "signed")


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_a_golden_file_is_read_and_written_again(path: Path) -> None:
    expected = PLAIN[path.parent.name][path.stem]
    text = path.read_text("utf-8").removesuffix("\n")
    assert decode_text(type(expected), text) == expected
    assert encode(expected) == text


@pytest.mark.parametrize("path", FILES, ids=_name)
def test_fields_of_the_future_are_ignored(path: Path) -> None:
    expected = PLAIN[path.parent.name][path.stem]
    text = path.read_text("utf-8").replace("{", '{"zz_future":{"a":[1,"x",null]},', 1)
    assert decode_text(type(expected), text) == expected


@pytest.mark.parametrize("name", SIGNED)
def test_a_signed_golden_file_verifies_and_is_signed_again_alike(name: str) -> None:
    purpose, key, _ = SIGNED[name]
    document = (FOLDER / "signed" / f"{name}.json").read_text("utf-8").removesuffix("\n")
    payload = Verifier(key.public).payload(purpose, document)
    assert decode_text(type(MESSAGES[name]), payload) == MESSAGES[name]
    assert Signer(key).sign(purpose, payload) == document


def test_every_kind_has_its_golden_file() -> None:
    kinds = {*events.KINDS, *policy.RECORDS, *_message_kinds()}
    seen = {parse(path.read_text("utf-8"))["kind"] for path in FILES}
    assert seen == kinds


def test_no_golden_file_is_missing_and_none_is_overwritten(tmp_path: Path) -> None:
    assert add_missing() == []
    first = add_missing(tmp_path)
    first[0].write_text("changed")
    assert add_missing(tmp_path) == []
    assert first[0].read_text() == "changed"


def _message_kinds() -> set[str]:
    modules: tuple[Any, ...] = (
        adoption, card_keys, certificates, commands, enrolment, envelope, events_proof, messages,
        releases,
        rotation, sensors,
        unit_log,
    )  # fmt: skip
    found = {
        cls.kind
        for module in modules
        for cls in vars(module).values()
        if isinstance(cls, type) and cls.__module__ == module.__name__
        and isinstance(getattr(cls, "kind", None), str)
    }  # fmt: skip
    assert len(found) >= 16
    return found
