"""Topic rights of both brokers, tested by delivery: both answer success to what they drop.

Over TLS, where the name in the certificate has the rights; that a user has the same who comes in
clear on loopback, by password, is tested with what is said.
"""

from collections.abc import Iterator

import pytest

from loquet_contract.wire.topics import FROM_UNIT, RETAINED, TO_UNIT
from tests.brokers import BROKERS, Listener, RealBroker, running, until
from tests.tls_brokers import TLS_BROKERS

MINE, THEIRS = "loquet/v1/village/units/unit-1", "loquet/v1/village/units/unit-2"


@pytest.fixture(scope="module", params=TLS_BROKERS, ids=lambda cls: cls.name)
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealBroker]:
    with running(request.param, tmp_path_factory.mktemp("b")) as found:
        yield found


@pytest.fixture(scope="module", params=BROKERS, ids=lambda cls: cls.name)
def clear(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RealBroker]:
    with running(request.param, tmp_path_factory.mktemp("c")) as found:
        yield found


def _unit(broker: RealBroker, unit: str, *topics: str) -> Listener:
    return Listener(broker, unit, broker.password_of(unit), *topics, client_id=f"loquet-{unit}")


def test_a_wrong_password_is_refused(clear: RealBroker) -> None:
    stranger = Listener(clear, "unit-1", "guess", client_id="stranger")
    assert stranger.refused
    stranger.close()


def test_a_unit_speaks_as_itself_only(broker: RealBroker) -> None:
    speaks_as_itself(broker)


def test_a_unit_speaks_as_itself_only_in_clear_too(clear: RealBroker) -> None:
    speaks_as_itself(clear)


def speaks_as_itself(broker: RealBroker) -> None:
    server = Listener.server(broker, *(f"loquet/v1/village/units/+/{name}" for name in FROM_UNIT))
    unit = _unit(broker, "unit-1")
    for channel in FROM_UNIT:
        unit.publish(f"{THEIRS}/{channel}", "forged")
    for channel in FROM_UNIT:
        unit.publish(f"{MINE}/{channel}", "mine")
    until(lambda: len(server.heard) >= len(FROM_UNIT), "its own words arrive")
    assert {payload for _, payload, _ in server.heard} == {b"mine"}
    assert {topic for topic, _, _ in server.heard} == {f"{MINE}/{name}" for name in FROM_UNIT}
    unit.close()
    server.close()


def test_the_server_takes_off_all_that_stands_for_a_unit(broker: RealBroker) -> None:
    unit, server = _unit(broker, "unit-1"), Listener.server(broker)
    for channel in RETAINED:
        (unit if channel in FROM_UNIT else server).publish(f"{MINE}/{channel}", "it", retain=True)
    for channel in RETAINED:
        server.publish(f"{MINE}/{channel}", "", retain=True)
    ours = [f"{MINE}/{channel}" for channel in RETAINED if channel in FROM_UNIT]
    later = Listener.server(broker, *ours, client_id="later")
    unit.publish(f"{MINE}/online", "again")
    unit.close()
    unit = _unit(broker, "unit-1", *(f"{MINE}/{channel}" for channel in TO_UNIT))
    server.publish(f"{MINE}/desired", "again")
    until(lambda: unit.heard and later.heard, "what is said now arrives")
    assert {text for each in (unit, later) for _, text, _ in each.heard} == {b"again"}
    for each in (unit, server, later):
        each.close()


def test_a_unit_cannot_speak_as_the_server(broker: RealBroker) -> None:
    victim = _unit(broker, "unit-2", *(f"{THEIRS}/{name}" for name in TO_UNIT))
    thief = _unit(broker, "unit-1")
    for channel in TO_UNIT:
        thief.publish(f"{THEIRS}/{channel}", "forged")
        thief.publish(f"{MINE}/{channel}", "forged")
    thief.publish("loquet/v1/village/server/changes", "forged")
    thief.publish("loquet/v1/village/areas/hall/counts", "forged")
    server = Listener.server(broker)
    for channel in TO_UNIT:
        server.publish(f"{THEIRS}/{channel}", "genuine")
    until(lambda: len(victim.heard) >= len(TO_UNIT), "the server's words arrive")
    assert {payload for _, payload, _ in victim.heard} == {b"genuine"}
    for each in (thief, victim, server):
        each.close()


@pytest.mark.parametrize(
    "topic",
    [
        f"{THEIRS}/ack",
        f"{THEIRS}/commands",
        f"{THEIRS}/policy",
        "loquet/v1/village/units/+/ack",
        "loquet/v1/+/units/+/+",
        "loquet/#",
        "#",
        "$MQTT/sub/#",
        "$MQTT/msgs/#",
        "$MQTT/rmsgs/#",
        "$MQTT/JSA/#",
        "$JS/#",
        "$SYS/#",
    ],
)
def test_a_unit_hears_nothing_that_is_for_another(broker: RealBroker, topic: str) -> None:
    victim = _unit(broker, "unit-2", *(f"{THEIRS}/{name}" for name in TO_UNIT))
    thief = _unit(broker, "unit-1", topic, f"{MINE}/desired")
    server = Listener.server(broker)
    for channel in TO_UNIT:
        server.publish(f"{THEIRS}/{channel}", "for unit-2 only", retain=True)
    server.publish(f"{MINE}/desired", "for unit-1")
    until(lambda: len(victim.heard) >= len(TO_UNIT), "unit-2 hears all")
    until(lambda: thief.said(f"{MINE}/desired"), "unit-1 hears its own")
    assert not any(b"unit-2" in payload for _, payload, _ in thief.heard)
    for channel in TO_UNIT:
        server.publish(f"{THEIRS}/{channel}", "", retain=True)
    for each in (thief, victim, server):
        each.close()


def test_a_stolen_session_gives_nothing_away(broker: RealBroker) -> None:
    topics = tuple(f"{THEIRS}/{name}" for name in TO_UNIT)
    password = broker.password_of("unit-2")
    victim = Listener(broker, "unit-2", password, *topics, client_id="loquet-unit-2", clean=False)
    victim.close()
    server = Listener.server(broker)
    for channel in TO_UNIT:
        server.publish(f"{THEIRS}/{channel}", "for unit-2 only")
    thief = Listener(
        broker, "unit-1", broker.password_of("unit-1"), f"{MINE}/desired",
        client_id="loquet-unit-2", clean=False,
    )  # fmt: skip
    for channel in TO_UNIT:
        server.publish(f"{THEIRS}/{channel}", "for unit-2 only")
    server.publish(f"{MINE}/desired", "for unit-1")
    if not thief.refused:
        until(lambda: thief.said(f"{MINE}/desired"), "unit-1 hears its own")
    assert not any(b"unit-2" in payload for _, payload, _ in thief.heard)
    thief.close()
    server.close()
