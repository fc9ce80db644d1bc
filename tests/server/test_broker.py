"""The embedded broker: rights by delivery, new users without a break, back after death."""

import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.topics import FROM_UNIT, TO_UNIT, Channel, unit_topic
from loquet_server.broker import (
    SERVER_USER,
    Broker,
    BrokerUnusable,
    configuration,
    free_port,
    hash_password,
    unit_user,
)
from loquet_server.exchange import Exchange
from loquet_server.mqtt import Address, BrokerAway
from tests.server.wire import connected

SITE, ONE, TWO = SiteId("maison"), UnitId("one"), UnitId("two")
PASSWORD = "secret"


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    found = Broker(tmp_path / "broker", "127.0.0.1", free_port(), PASSWORD)
    users = [unit_user(SITE, unit, hash_password(unit)) for unit in (ONE, TWO)]
    await found.start(users)
    yield found
    await found.stop()


def address(broker: Broker, user: str = SERVER_USER, password: str = PASSWORD) -> Address:
    return Address(broker.host, broker.port, user, password)


async def test_a_unit_speaks_as_itself_alone(broker: Broker) -> None:
    everything = connected(address(broker), "watch", "loquet/#")
    async with everything as watch, connected(address(broker, ONE, ONE), "one") as unit:
        for other in (unit_topic(SITE, TWO, Channel.EVENTS), unit_topic(SITE, ONE, Channel.ACK)):
            unit.session.publish(other, "forged")
        for channel in FROM_UNIT:
            unit.session.publish(unit_topic(SITE, ONE, channel), "mine")
        heard = [(await watch.next()).topic for _ in FROM_UNIT]
    assert heard == [unit_topic(SITE, ONE, channel) for channel in FROM_UNIT]


async def test_a_unit_called_server_is_a_unit_like_any(broker: Broker) -> None:
    named = UnitId("server")
    await broker.set_users([unit_user(SITE, named, hash_password("theirs"))])
    events = unit_topic(SITE, named, Channel.EVENTS)
    unit_of = connected(address(broker, named, "theirs"), "loquet-server")
    async with connected(address(broker), "watch", "loquet/#") as watch, unit_of as unit:
        unit.session.publish(unit_topic(SITE, ONE, Channel.EVENTS), "forged")
        unit.session.publish(events, "mine")
        assert (await watch.next()).payload == b"mine"


async def test_a_command_is_not_kept_for_a_unit_that_is_away(broker: Broker) -> None:
    """It would open the door minutes after the operator was told that nobody answered."""
    commands = unit_topic(SITE, ONE, Channel.COMMANDS)
    policy = unit_topic(SITE, ONE, Channel.POLICY)
    who = address(broker, ONE, ONE)
    exchange = Exchange(address(broker))
    await exchange.start()
    await exchange.wait_online(10)
    async with connected(who, "loquet-one", commands, policy, persistent=True) as unit:
        exchange.command(commands, "first")
        assert (await unit.next()).payload == b"first"
    async with connected(address(broker), "watch", policy) as watch:
        exchange.command(commands, "late")
        exchange.publish(policy, "kept")
        assert (await watch.next()).payload == b"kept"  # the broker has both now
    async with connected(who, "loquet-one", commands, policy, persistent=True) as unit:
        assert (await unit.next()).payload == b"kept"
        exchange.command(commands, "now")
        assert (await unit.next()).payload == b"now"
    await exchange.stop()
    with pytest.raises(BrokerAway, match="nothing was sent"):
        exchange.command(commands, "never")


async def test_a_unit_hears_what_is_addressed_to_it_alone(broker: Broker) -> None:
    mine = [unit_topic(SITE, ONE, channel) for channel in TO_UNIT]
    wanted = [unit_topic(SITE, TWO, Channel.POLICY), "loquet/v1/+/units/+/desired", *mine]
    listening = connected(address(broker, ONE, ONE), "one", *wanted)
    async with connected(address(broker), "server") as server, listening as unit:
        for channel in TO_UNIT:
            server.session.publish(unit_topic(SITE, TWO, channel), "not yours")
            server.session.publish(unit_topic(SITE, ONE, channel), "yours")
        heard = [await unit.next() for _ in TO_UNIT]
    assert sorted(message.topic for message in heard) == sorted(mine)
    assert {message.payload for message in heard} == {b"yours"}


async def test_a_new_unit_gets_in_and_sessions_stay(broker: Broker) -> None:
    pid = broker.pid
    topic = unit_topic(SITE, UnitId("new"), Channel.STATE)
    async with connected(address(broker), "watch", "loquet/#") as watch:
        units = (ONE, UnitId("new"))
        await broker.set_users([unit_user(SITE, unit, hash_password(unit)) for unit in units])
        async with connected(address(broker, "new", "new"), "new") as unit:
            unit.session.publish(topic, "hello")
            assert (await watch.next()).topic == topic
        assert watch.session.online
    assert broker.pid == pid


async def test_it_comes_back_after_sigkill_with_what_it_kept(broker: Broker) -> None:
    topic = unit_topic(SITE, ONE, Channel.POLICY)
    async with connected(address(broker), "server", topic) as server:
        server.session.publish(topic, "kept", retain=True)
        await server.next()
        assert broker.pid is not None
        os.kill(broker.pid, signal.SIGKILL)
        async with connected(address(broker, ONE, ONE), "one", topic) as unit:
            message = await unit.next()
    assert (message.payload, message.retained) == (b"kept", True)


async def test_a_port_in_use_is_said(broker: Broker, tmp_path: Path) -> None:
    other = Broker(tmp_path / "other", "127.0.0.1", broker.port, PASSWORD)
    with pytest.raises(BrokerUnusable, match="LOQUET_BROKER_PORT"):
        await other.start([])


async def test_stopping_leaves_no_process(tmp_path: Path) -> None:
    broker = Broker(tmp_path / "broker", "127.0.0.1", free_port(), PASSWORD)
    await broker.start([])
    pid = broker.pid
    await broker.stop()
    assert pid is not None
    assert not psutil.pid_exists(pid)


def test_no_password_is_in_the_configuration() -> None:
    users = [unit_user(SITE, ONE, hash_password("plain-password"))]
    text = configuration("127.0.0.1", 1883, Path("/store"), users)
    assert "plain-password" not in text
    assert '"sync_interval": "always"' in text
