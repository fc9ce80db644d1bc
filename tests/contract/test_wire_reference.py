"""The wire reference is what the contract's classes say, and the golden files fit its schema."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from jsonschema import Draft202012Validator

from loquet_contract.wire import topics
from loquet_contract.wire.codec import encode
from tests.contract.samples import PLAIN

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wire_reference", DOCS / "wire_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["wire.md", "wire.schema.json", "asyncapi.json"])
def test_the_reference_has_not_drifted(reference: ModuleType, name: str) -> None:
    written = (DOCS / name).read_text("utf-8")
    assert written == reference.files()[name], "run: make docs"


@pytest.fixture(scope="module")
def validator(reference: ModuleType) -> Draft202012Validator:
    schema = reference.json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


@pytest.mark.parametrize("group", PLAIN)
def test_every_sample_fits_the_schema(validator: Draft202012Validator, group: str) -> None:
    for sample in PLAIN[group].values():
        plain = json.loads(encode(sample))
        validator.validate(plain)
        for name in sorted(plain.keys() - {"kind"})[:1]:
            assert not validator.is_valid({**plain, name: 1.5})
        assert not validator.is_valid({**plain, "kind": 1.5})


def test_every_channel_is_described_with_its_direction(reference: ModuleType) -> None:
    described = reference.asyncapi()
    for channel in topics.Channel:
        address = described["channels"][str(channel)]["address"]
        filled = address.format(site="s", unit="u")
        assert topics.parse_unit_topic(filled) is not None
        way = "receive" if channel in topics.FROM_UNIT else "send"
        assert f"{way}_{channel}" in described["operations"]
    names = {"site": "s", "area": "a", "desk": "d"}
    built = {topics.area_counts("s", "a"), topics.desk_state("s", "a", "d"), topics.changes("s")}  # type: ignore[arg-type]
    assert built == {address.format(**names) for address, *_ in reference.OPEN_TOPICS.values()}


def test_every_reference_in_the_schema_leads_somewhere(reference: ModuleType) -> None:
    schema = reference.json_schema()
    text = json.dumps(schema) + json.dumps(reference.asyncapi())
    for part in text.split("#/$defs/")[1:]:
        assert part.split('"')[0] in schema["$defs"]
