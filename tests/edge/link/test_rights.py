"""Topic rights of both brokers, tested by delivery: both answer success to what they drop."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.wire.topics import FROM_UNIT, TO_UNIT
from tests.brokers import BROKERS, Listener, RealBroker, running, until

MINE, THEIRS = "loquet/v1/village/units/unit-1", "loquet/v1/village/units/unit-2"


@pytest.fixture(params=BROKERS, ids=lambda cls: cls.name)
def broker(request: pytest.FixtureRequest, short_folder: Path) -> Iterator[RealBroker]:
    with running(request.param, short_folder) as found:
        yield found


def _unit(broker: RealBroker, unit: str, *topics: str) -> Listener:
    return Listener(broker, unit, broker.password_of(unit), *topics, client_id=f"loquet-{unit}")


def test_a_wrong_password_is_refused(broker: RealBroker) -> None:
    stranger = Listener(broker, "unit-1", "guess", client_id="stranger")
    assert stranger.refused
    stranger.close()


def test_a_unit_speaks_as_itself_only(broker: RealBroker) -> None:
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
