"""The link on both brokers over TLS: will, retained, backoff, restart, SIGKILL, forgery."""

import json
import random
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.commands import Command, Reply, What
from loquet_contract.wire.messages import Desired, Online, UnitState
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_edge.link.session import Backoff
from loquet_edge.seam import Acknowledged, Commanded, PolicyChanged, Refused, Wished
from tests import policies
from tests.brokers import Listener, RealBroker, running, until
from tests.edge.link.stage import SITE, TOPICS, UNIT, UNIT_KEY, FakeOffice, Stage, answered
from tests.tls_brokers import TLS_BROKERS


@pytest.fixture(params=TLS_BROKERS, ids=lambda cls: cls.name)
def broker(request: pytest.FixtureRequest, short_folder: Path) -> Iterator[RealBroker]:
    with running(request.param, short_folder / "broker") as found:
        yield found


@pytest.fixture
def office(broker: RealBroker) -> Iterator[FakeOffice]:
    found = FakeOffice(broker)
    yield found
    found.close()


@pytest.fixture
def stage(broker: RealBroker, short_folder: Path) -> Iterator[Stage]:
    found = Stage(broker, short_folder / "unit")
    yield found
    found.close()


def test_units_do_not_wait_alike_whoever_seeds_the_global_source() -> None:
    pauses = []
    for _ in range(2):
        random.seed(1)
        pauses.append(Backoff(cap=1e9).next())
    assert pauses[0] != pauses[1]


def _online(office: FakeOffice) -> list[bool]:
    said = office.line.said(f"{TOPICS}/online")
    return [decode_text(Online, payload).online for payload in said]


def test_entries_arrive_once_and_in_order(office: FakeOffice, stage: Stage) -> None:
    stage.write(3000)
    until(lambda: len(office.entries) == 3000, "all entries arrive")
    assert office.entries == list(range(1, 3001))
    until(lambda: stage.door.of(Acknowledged), "door hears of an acknowledgement")


def test_presence_is_retained_and_leave_is_taken(office: FakeOffice, stage: Stage) -> None:
    until(lambda: True in _online(office), "online is said")
    late = Listener.server(stage.broker, f"{TOPICS}/online", client_id="late")
    until(lambda: late.heard, "online is retained")
    assert late.heard[0][2]
    late.close()
    stage.stop()
    until(lambda: _online(office)[-1] is False, "offline is said on leaving")


def test_a_broker_that_forgot_who_is_here_hears_it_again(
    broker: RealBroker, office: FakeOffice, short_folder: Path
) -> None:
    stage = Stage(broker, short_folder / "unit", here_seconds=0.5)
    until(lambda: True in _online(office), "online is said")
    office.line.publish(f"{TOPICS}/online", "", retain=True)
    late = Listener.server(broker, f"{TOPICS}/online", client_id="late")
    until(lambda: any(late.said(f"{TOPICS}/online")), "it is said again")
    late.close()
    stage.close()


def test_the_state_is_signed_and_retained(office: FakeOffice, stage: Stage) -> None:
    stage.status(backlog=7)
    until(lambda: office.line.said(f"{TOPICS}/state"), "a state is published")
    document = office.line.said(f"{TOPICS}/state")[-1]
    state = decode_text(UnitState, Verifier(UNIT_KEY.public).payload(Purpose.STATE, document))
    assert (state.unit, state.backlog, state.challenge) == (UNIT, 7, "challenge")
    late = Listener.server(stage.broker, f"{TOPICS}/state", client_id="late")
    until(lambda: late.heard, "the state is retained")
    late.close()


def test_what_the_server_says_reaches_door_as_it_came(office: FakeOffice, stage: Stage) -> None:
    command = Command(
        SITE, UNIT, "command-1", What.RELEASE, "anna", "parcel", "boot", "challenge", "main"
    )  # type: ignore[arg-type]
    until(lambda: True in _online(office), "the session is open")
    order = policies.SIGNER.sign(Purpose.COMMAND, encode(command))
    wish = policies.SIGNER.sign(Purpose.DESIRED, encode(Desired(SITE, UNIT, 1, 1)))
    office.line.publish(f"{TOPICS}/commands", order)
    office.line.publish(f"{TOPICS}/desired", wish, retain=True)
    until(lambda: stage.door.of(Commanded) and stage.door.of(Wished), "door hears both")
    assert stage.door.of(Commanded)[0].document == order
    assert stage.door.of(Wished)[0].document == wish
    stage.door.say(answered(1))
    until(lambda: office.line.said(f"{TOPICS}/reply"), "the answer is published")
    document = office.line.said(f"{TOPICS}/reply")[0]
    reply = decode_text(Reply, Verifier(UNIT_KEY.public).payload(Purpose.REPLY, document))
    assert reply.command == "command-1"


def test_a_message_without_a_number_is_heard_and_does_not_end_the_session(
    office: FakeOffice, stage: Stage
) -> None:
    """The server sends commands with QoS 0: now or never."""
    until(lambda: True in _online(office), "the session is open")
    wish = policies.SIGNER.sign(Purpose.DESIRED, encode(Desired(SITE, UNIT, 1, 1)))
    office.line.client.publish(f"{TOPICS}/desired", wish, qos=0)
    until(lambda: stage.door.of(Wished), "door hears it")
    stage.write(20)
    until(lambda: len(office.entries) == 20, "all entries arrive")
    assert False not in _online(office)


def test_a_killed_broker_loses_and_doubles_nothing(office: FakeOffice, stage: Stage) -> None:
    for _ in range(3):
        stage.write(2000)
        until(lambda: len(office.entries) > 0, "something arrives")
        stage.broker.kill()
        stage.write(500)
        stage.broker.start()
    until(lambda: len(office.entries) >= 7500, "all entries arrive", 60)
    assert office.entries == list(range(1, 7501))
    assert office.problems == []


def test_a_broker_that_was_absent_at_the_start(short_folder: Path) -> None:
    for cls in TLS_BROKERS:
        broker = cls(short_folder / cls.name)
        stage = Stage(broker, short_folder / f"{cls.name}-unit")
        stage.write(10)
        broker.start()
        office = FakeOffice(broker)
        until(lambda office=office: len(office.entries) == 10, "all entries arrive")
        stage.close()
        office.close()
        broker.kill()


def test_door_restarts_and_hears_what_it_missed(office: FakeOffice, stage: Stage) -> None:
    until(lambda: True in _online(office), "the session is open")
    stage.door.stop()
    wish = policies.SIGNER.sign(Purpose.DESIRED, encode(Desired(SITE, UNIT, 2, 1)))
    office.line.publish(f"{TOPICS}/desired", wish, retain=True)
    stage.door.start()
    until(lambda: stage.door.of(Wished), "door hears the wish after its restart")
    assert stage.door.of(Wished)[-1].document == wish


def test_forged_acknowledgements_free_nothing_and_do_not_spin(
    broker: RealBroker, stage: Stage
) -> None:
    office = FakeOffice(broker, silent=True)
    stage.write(20)
    until(lambda: office.entries, "a batch arrives")
    forger = Signer(SigningKey.generate())
    journal = stage.journal.journal
    for _ in range(50):
        office.line.publish(f"{TOPICS}/ack", office.ack(journal, forger, sequence=20))
    until(lambda: stage.door.of(Refused), "door is told of the forgery")
    assert stage.door.of(Acknowledged) == []
    assert len(stage.door.of(Refused)) <= 25
    genuine_but_wrong = office.ack(journal, sequence=20, chain="0" * 64)
    office.line.publish(f"{TOPICS}/ack", genuine_but_wrong)
    until(lambda: stage.door.of(Acknowledged), "door judges what is signed")
    before, batches = stage.turns, office.batches
    until(lambda: office.batches > batches, "the batch is sent again after its patience")
    assert stage.turns - before < 200
    office.close()


def test_a_server_that_lost_entries_gets_them_again(office: FakeOffice, stage: Stage) -> None:
    stage.write(100)
    until(lambda: len(office.entries) == 100, "all entries arrive")
    office.entries.clear()
    office._sequence.clear()
    office._chains.clear()
    office.line.publish(f"{TOPICS}/ack", office.ack(stage.journal.journal), retain=True)
    until(lambda: len(office.entries) == 100, "all entries arrive again")


NONSENSE = (b"x", b"{}", b"\xff\xfe", b"[" * 50_000, b"9" * 400_000)


@pytest.mark.parametrize("channel", ["ack", "desired", "commands", "policy", "delta"])
def test_nonsense_is_refused_and_survived(short_folder: Path, channel: str) -> None:
    with running(TLS_BROKERS[0], short_folder / "broker") as broker:
        stage = Stage(broker, short_folder / "unit")
        office = FakeOffice(broker)
        until(lambda: True in _online(office), "the session is open")
        for number, payload in enumerate(NONSENSE, 1):
            office.line.publish(f"{TOPICS}/{channel}", payload)
            until(lambda number=number: len(stage.door.of(Refused)) == number, "door is told")
        assert {refused.purpose for refused in stage.door.of(Refused)} == {channel}
        stage.write(1)
        until(lambda: office.entries == [1], "the link still works")
        stage.close()
        office.close()


def test_deltas_are_applied_and_a_gap_fetches_the_whole(
    broker: RealBroker, short_folder: Path
) -> None:
    records = policies.records(3)
    whole = policies.whole(1, records)
    digest = json.loads(json.loads(whole[0])["payload"])["digest"]
    web = FakeWeb("\n".join(whole) + "\n")
    stage = Stage(broker, short_folder / "unit", web)
    until(lambda: stage.door.of(PolicyChanged), "the first policy is fetched")
    office = FakeOffice(broker)
    until(lambda: True in _online(office), "the session is open")
    text, digest = policies.delta(2, digest, len(records), [records[0]])
    office.line.publish(f"{TOPICS}/delta", text)
    until(lambda: stage.door.of(PolicyChanged)[-1].version == 2, "the delta is applied")
    web.text = "\n".join(policies.whole(5, records)) + "\n"
    office.line.publish(f"{TOPICS}/delta", policies.delta(5, digest, len(records))[0])
    until(lambda: stage.door.of(PolicyChanged)[-1].version == 5, "the whole is fetched")
    assert web.asked == 2
    assert stage.door.of(Refused) == []
    stage.close()
    office.close()


class FakeWeb:
    """Answers a policy request with a text, and says that it knows of nothing that moves."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.asked = 0

    def __call__(self, request: urllib.request.Request, timeout: float) -> object:
        import io

        if not request.full_url.endswith("/policy"):
            return io.BytesIO()
        self.asked += 1
        return io.BytesIO(self.text.encode())
