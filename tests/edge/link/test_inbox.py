"""What the inbox makes of policies that come early, late, twice, from others or not at all."""

# mypy: disable-error-code="arg-type"

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import Ack
from loquet_contract.wire.messages import MAX_DELTA, Desired
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.link.inbox import GRACE_SECONDS, Allowance, Inbox
from loquet_edge.policy_writer import PolicyWriter
from loquet_edge.seam import PolicyChanged, Refused
from tests import policies
from tests.edge.link.stage import SITE, TOPICS, UNIT

RECORDS = policies.records(2)


class Given:
    """An inbox that holds version 10, and what it says."""

    def __init__(self, folder: Path, held: bool = True) -> None:
        verifier = Verifier(policies.SERVER_KEY.public)
        self.writer = PolicyWriter(folder / "policy.db", verifier, SITE, UNIT)
        self.digest = ""
        if held:
            self.digest = self.writer.apply_whole(policies.whole(10, RECORDS)).digest
        self.inbox = Inbox(SITE, UNIT, verifier, self.writer)

    def take(self, channel: str, payload: str | bytes, now: float = 0.0) -> tuple[Any, ...]:
        raw = payload.encode() if isinstance(payload, str) else payload
        return self.inbox.take(f"{TOPICS}/{channel}", raw, now).to_door

    def delta(self, version: int, **changed: Any) -> str:
        return policies.delta(version, self.digest, len(RECORDS), [RECORDS[0]], **changed)[0]


@pytest.fixture
def given(tmp_path: Path) -> Iterator[Given]:
    found = Given(tmp_path)
    yield found
    found.writer.close()


def _manifest_of(delta: str) -> str:
    return str(json.loads(delta)["manifest"])


def test_a_delta_that_follows_is_applied(given: Given) -> None:
    (told,) = given.take("delta", given.delta(11))
    assert isinstance(told, PolicyChanged)
    assert told.version == 11


def test_a_manifest_waits_a_moment_for_its_delta(given: Given) -> None:
    delta = given.delta(11)
    assert given.take("policy", _manifest_of(delta), 100.0) == ()
    assert given.inbox.deadline() == 100.0 + GRACE_SECONDS
    assert not given.inbox.fetch_due(101.0)
    given.take("delta", delta, 101.0)
    assert not given.inbox.fetch_due(200.0)
    assert given.inbox.deadline() == float("inf")


def test_a_manifest_whose_delta_never_comes_fetches_the_whole(given: Given) -> None:
    given.take("policy", _manifest_of(given.delta(11)), 100.0)
    assert given.inbox.fetch_due(100.0 + GRACE_SECONDS)


def test_a_gap_fetches_the_whole_at_once_and_is_no_refusal(given: Given) -> None:
    assert given.take("delta", given.delta(13), 100.0) == ()
    assert given.inbox.fetch_due(100.0)


def test_what_comes_while_fetching_is_not_forgotten(given: Given) -> None:
    given.take("delta", given.delta(13), 0.0)
    given.inbox.fetching = True
    assert not given.inbox.fetch_due(1.0)
    given.take("delta", given.delta(14), 1.0)
    (told,) = given.take("policy", '{"forged":1}', 1.0)
    assert isinstance(told, Refused)
    given.writer.apply_whole(policies.whole(13, RECORDS))
    given.inbox.fetched(None, 2.0)
    assert given.inbox.fetch_due(2.0 + GRACE_SECONDS)


def test_a_fetch_that_failed_is_tried_again_later(given: Given) -> None:
    given.take("delta", given.delta(13), 0.0)
    given.inbox.fetching = True
    given.inbox.fetched(50.0, 10.0)
    assert not given.inbox.fetch_due(49.0)
    assert given.inbox.fetch_due(50.0)


def test_a_network_that_is_back_ends_the_pause_after_failures(given: Given) -> None:
    given.take("delta", given.delta(13))
    given.inbox.fetching = True
    given.inbox.fetched(400.0, 10.0)
    given.inbox.fetch_sooner(60.0)
    assert not given.inbox.fetch_due(59.0)
    assert given.inbox.fetch_due(60.0)
    given.inbox.fetch_sooner(90.0)
    assert given.inbox.fetch_due(60.0), "never later"


def test_a_network_that_is_back_begins_no_fetch_that_nobody_wants(given: Given) -> None:
    given.inbox.fetch_sooner(1.0)
    assert not given.inbox.fetch_due(2.0)


def test_a_server_that_has_less_than_it_said_is_not_asked_for_ever(given: Given) -> None:
    given.take("delta", given.delta(13), 0.0)
    given.inbox.fetching = True
    given.inbox.fetched(None, 1.0)
    assert not given.inbox.fetch_due(1000.0)


def test_the_retained_manifest_of_what_is_held_is_nothing_new(given: Given) -> None:
    assert given.take("policy", policies.whole(10, RECORDS)[0]) == ()
    assert given.inbox.deadline() == float("inf")


def test_a_renewal_reaches_door(given: Given) -> None:
    renewed = policies.whole(10, RECORDS, created=policies.CREATED + 9999)[0]
    (told,) = given.take("policy", renewed)
    assert (told.version, told.digest) == (10, given.digest)


def test_an_older_manifest_is_refused_once_and_an_older_delta_in_silence(given: Given) -> None:
    old = policies.whole(9, RECORDS)[0]
    (told,) = given.take("policy", old)
    assert isinstance(told, Refused)
    assert (told.version, "older" in told.detail) == (9, True)
    assert given.take("policy", old) == ()
    assert given.take("delta", given.delta(9, base=8)) == ()


@pytest.mark.parametrize(
    "topic",
    [
        "loquet/v1/village/units/unit-2/policy",
        "loquet/v1/elsewhere/units/unit-1/policy",
        "loquet/v1/village/units/unit-1/events",
        "loquet/v1/village/areas/hall/counts",
        "x",
        "",
    ],
)
def test_what_is_addressed_to_others_is_refused(given: Given, topic: str) -> None:
    payload = policies.whole(11, RECORDS)[0].encode()
    (told,) = given.inbox.take(topic, payload, 0.0).to_door
    assert isinstance(told, Refused)
    assert not given.inbox.fetch_due(1000.0)


def test_what_is_signed_for_others_is_refused(given: Given) -> None:
    signed = {
        "ack": (Purpose.ACK, Ack(SITE, "unit-2", "j", 1, "0", 1)),
        "desired": (Purpose.DESIRED, Desired("elsewhere", UNIT, 1, 1)),
    }
    for channel, (purpose, message) in signed.items():
        document = policies.SIGNER.sign(purpose, encode(message))
        (told,) = given.take(channel, document)
        assert isinstance(told, Refused)
        assert "another unit" in told.detail
    (told,) = given.take("policy", policies.whole(11, RECORDS, unit="unit-2")[0])
    assert "another unit" in told.detail


def test_what_is_too_large_is_not_even_parsed(given: Given) -> None:
    for channel, size in (("ack", 100_000), ("policy", 100_000), ("delta", MAX_DELTA + 5000)):
        (told,) = given.take(channel, b"[" * size)
        assert "more than" in told.detail


@pytest.mark.parametrize("depth", [100, 300, 500, 700, 900, 980, 2000, 9000])
@pytest.mark.parametrize("fetching", [False, True])
def test_what_is_nested_however_deeply_is_refused(given: Given, depth: int, fetching: bool) -> None:
    """The manifest is genuine; what stands beside it, anybody may have written."""
    given.inbox.fetching = fetching
    for deep in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        text = given.delta(11).replace('"upserts":[', f'"upserts":[{deep},')
        for channel in ("delta", "policy", "commands"):
            given.take(channel, text, float(depth))
    assert given.writer.version == 10


def test_an_empty_payload_clears_a_retained_topic_and_says_nothing(given: Given) -> None:
    for channel in ("ack", "policy", "desired", "commands", "delta"):
        assert given.take(channel, b"") == ()


def test_a_flood_of_forgeries_is_evidence_only_at_first(given: Given) -> None:
    told = sum(len(given.take("commands", f"forged {n}", 0.0)) for n in range(10_000))
    assert told == 20
    assert len(given.take("commands", "forged later", 3.0)) == 1


def test_a_unit_without_a_policy_fetches_on_the_first_word(tmp_path: Path) -> None:
    given = Given(tmp_path, held=False)
    given.take("policy", policies.whole(3, RECORDS)[0], 5.0)
    assert given.inbox.fetch_due(5.0)
    assert given.inbox.held() == ()
    given.writer.close()


def test_an_allowance_refills() -> None:
    allowance = Allowance(per_second=2.0, burst=3.0)
    assert [allowance.take(0.0) for _ in range(4)] == [True, True, True, False]
    assert [allowance.take(1.0) for _ in range(3)] == [True, True, False]
