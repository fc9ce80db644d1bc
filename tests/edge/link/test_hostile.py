"""Brokers that ask for certificates, and who tries what at them; a session of the server stays.

Rights are tested by delivery: brokers answer success to what they drop. What a manager is told of
is what the server makes of the broker's log. Who owns a broker, or a unit's key, tries more:
tests/journey/test_forged.py; all attacks in one table: docs/guides/link.md.
"""

import socket
import ssl
import time
from collections.abc import Iterator

import paho.mqtt.client as paho
import psutil
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from loquet_contract.wire.broker_context import broker_context
from loquet_contract.wire.topics import FROM_UNIT, TO_UNIT
from loquet_server.certificates.refusals import OVERREACH, REFUSED
from tests.brokers import Listener, until
from tests.tls_brokers import DAY_MS, TLS_BROKERS, TlsBroker, authority, let_in, now_ms, refusals

UNITS = ("unit-1", "unit-2", "unit-3")
MINE, THEIRS = "loquet/v1/village/units/unit-1", "loquet/v1/village/units/unit-2"
SAID = {
    ("nats", "publish"): 'Publish Violation - Subject "{}',
    ("nats", "subscribe"): 'Subscription Violation - Subject "{}',
    ("nats", "will"): "{}",
    ("mosquitto", "publish"): "'loquet-unit-1' of 'unit-1': may not publish to '{}'",
    ("mosquitto", "subscribe"): "'loquet-unit-1' of 'unit-1': may not subscribe to '{}'",
    ("mosquitto", "will"): "of 'unit-1': may not leave a will for '{}'",
}
"""How an incident reads."""
NATS_NAMES = str.maketrans("/+#", ".*>")
"""How NATS writes levels and wildcards of MQTT."""
RESIDENT_BYTES = 250 << 20
"""More than either broker takes for what is thrown at it here."""


@pytest.fixture(scope="module", params=TLS_BROKERS, ids=lambda cls: cls.name)
def broker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TlsBroker]:
    found: TlsBroker = request.param(tmp_path_factory.mktemp("b"), UNITS)
    found.start()
    yield found
    found.kill()


@pytest.fixture(scope="module")
def steady(broker: TlsBroker) -> Iterator[Listener]:
    """The server's own session: it hears all units from the first test to the last."""
    found = Listener.server(
        broker, *(f"loquet/v1/+/units/+/{each}" for each in (*FROM_UNIT, *TO_UNIT))
    )
    yield found
    found.close()


@pytest.fixture(autouse=True)
def undisturbed(broker: TlsBroker, steady: Listener) -> Iterator[None]:
    """After each test the server's session is the same one, and a unit is served."""
    greetings = len(steady.greeted)
    yield
    mark = f"{time.monotonic()}"
    other = unit(broker, "unit-2")
    other.publish(f"{THEIRS}/state", mark)
    until(lambda: mark.encode() in steady.said(f"{THEIRS}/state"), "others are served")
    other.close()
    assert len(steady.greeted) == greetings == 1


def unit(broker: TlsBroker, name: str, *topics: str) -> Listener:
    return Listener(broker, name, broker.password_of(name), *topics, client_id=f"loquet-{name}")


def without_certificate(broker: TlsBroker) -> ssl.SSLContext:
    return broker_context(broker.authority.certificate_pem)


def of_the_broker(broker: TlsBroker) -> ssl.SSLContext:
    """The broker's own certificate, which is good for a server and for no client."""
    found = broker_context(broker.authority.certificate_pem)
    found.load_cert_chain(broker.files.certificate, broker.files.key)
    return found


def of_another_authority(broker: TlsBroker) -> ssl.SSLContext:
    return broker.certificate_of("unit-1", authority(b"b")).context(True)


def expired(broker: TlsBroker) -> ssl.SSLContext:
    return broker.certificate_of("unit-1", at_ms=now_ms() - 91 * DAY_MS).context(True)


def in_clear(_broker: TlsBroker) -> None:
    return None


@pytest.mark.parametrize(
    "come", [in_clear, without_certificate, of_another_authority, expired, of_the_broker]
)
def test_who_has_no_good_certificate_is_not_let_in_and_it_is_recorded(
    broker: TlsBroker, come: object
) -> None:
    assert callable(come)
    before = len(broker.log())
    assert not let_in(broker, come(broker), "unit-1", broker.password_of("unit-1"))
    if come is not in_clear or broker.name != "nats":  # which hangs up on it as on any noise
        until(lambda: told(broker, REFUSED, before), "a manager is told")


def told(broker: TlsBroker, kind: str, since: int, about: str = "") -> bool:
    """Whether the server makes an incident of this kind of what the broker has logged since."""
    return any(
        each.kind == kind and about in each.detail
        for each in refusals(broker.name, broker.log()[since:])
    )


def overstepped(broker: TlsBroker, since: int, what: str, topic: str) -> None:
    """Wait until a manager is told of it, in the words of this broker."""
    text, said = SAID[broker.name, what], topic
    if broker.name == "nats":
        said = topic.translate(NATS_NAMES)
    until(lambda: told(broker, OVERREACH, since, text.format(said)), f"{what} {topic} is told")


def test_the_name_in_the_certificate_counts_and_not_what_is_said(
    broker: TlsBroker, steady: Listener
) -> None:
    context = broker.certificate_of("unit-1").context(True)
    thief = paho.Client(CallbackAPIVersion.VERSION2, "thief", reconnect_on_failure=False)
    thief.username_pw_set("unit-2", broker.password_of("unit-1"))
    thief.tls_set_context(context)
    thief.connect(broker.host, broker.port)
    thief.loop_start()
    thief.publish(f"{THEIRS}/events", "as unit-2", qos=1).wait_for_publish(5)
    thief.publish(f"{MINE}/events", "as unit-1", qos=1).wait_for_publish(5)
    until(lambda: b"as unit-1" in steady.said(f"{MINE}/events"), "it speaks as itself")
    assert b"as unit-2" not in steady.said(f"{THEIRS}/events")
    thief.disconnect()
    thief.loop_stop()


def test_a_unit_neither_speaks_nor_hears_for_another(broker: TlsBroker, steady: Listener) -> None:
    before = len(broker.log())
    thief = unit(
        broker, "unit-1", f"{THEIRS}/commands", "loquet/v1/+/units/+/commands", "loquet/#", "#",
        f"{MINE}/commands",
    )  # fmt: skip
    for channel in (*FROM_UNIT, *TO_UNIT):
        thief.publish(f"{THEIRS}/{channel}", "forged", retain=True)
    for channel in TO_UNIT:
        thief.publish(f"{MINE}/{channel}", "forged")
    server = Listener.server(broker, client_id="publisher")
    server.publish(f"{THEIRS}/commands", "secret")
    server.publish(f"{MINE}/commands", "mine")
    until(lambda: thief.said(f"{MINE}/commands"), "it hears its own")
    assert thief.heard == [(f"{MINE}/commands", b"mine", False)]
    assert not [each for each in steady.heard if each[1] == b"forged"]
    for topic in (f"{THEIRS}/events", f"{MINE}/commands"):
        overstepped(broker, before, "publish", topic)
    overstepped(broker, before, "subscribe", f"{THEIRS}/commands")
    for topic in ("loquet/v1/+/units/+/commands", "loquet/#", "#"):
        overstepped(broker, before, "subscribe", topic)
    server.close()
    thief.close()


@pytest.mark.parametrize("topic", [f"{THEIRS}/online", f"{THEIRS}/commands", f"{MINE}/desired"])
def test_a_will_on_a_topic_that_is_not_ours_is_not_delivered(
    broker: TlsBroker, steady: Listener, topic: str
) -> None:
    before = len(broker.log())
    dying(broker, topic, "forged will")
    dying(broker, f"{MINE}/online", "own will")
    until(lambda: b"own will" in steady.said(f"{MINE}/online"), "the own will is delivered")
    assert b"forged will" not in steady.said(topic)
    overstepped(broker, before, "will", topic)
    steady.heard.clear()


def dying(broker: TlsBroker, topic: str, will: str) -> None:
    """Connect with a last will, if that is allowed at all, and be gone without a word."""
    client = paho.Client(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
    client.username_pw_set("unit-1", broker.password_of("unit-1"))
    client.tls_set_context(broker.certificate_of("unit-1").context(True))
    client.will_set(topic, will, qos=1, retain=True)
    greeted: list[bool] = []
    client.on_connect = lambda *words: greeted.append(not words[3].is_failure)
    client.connect(broker.host, broker.port)
    while not greeted and client.loop(0.2) == paho.MQTT_ERR_SUCCESS:
        pass
    line = client.socket()
    if isinstance(line, socket.socket):
        line.shutdown(socket.SHUT_RDWR)
    client.loop(0.1)


def test_what_is_too_large_ends_the_senders_session_and_nobody_elses(
    broker: TlsBroker, steady: Listener
) -> None:
    before, sender = len(broker.log()), unit(broker, "unit-1")
    sender.client.publish(f"{MINE}/events", b"x" * (1 << 21), qos=1)
    until(lambda: len(sender.greeted) > 1, "the sender was hung up on, and came again")
    sender.close()
    assert not [each for each in steady.heard if len(each[1]) >= 1 << 21]
    until(lambda: told(broker, OVERREACH, before, "loquet-unit-1"), "a manager is told")


def test_a_flood_costs_bounded_memory_and_others_are_served(
    broker: TlsBroker, steady: Listener
) -> None:
    sender = unit(broker, "unit-1")
    for _ in range(4000):
        sender.client.publish(f"{MINE}/seen", b"x" * 4096, qos=0)
    asked = time.monotonic()
    other = unit(broker, "unit-2")
    other.publish(f"{THEIRS}/state", "in the flood")
    until(lambda: b"in the flood" in steady.said(f"{THEIRS}/state"), "another unit is heard")
    print(f"{broker.name}: heard after {time.monotonic() - asked:.2f} s in the flood")
    assert psutil.Process(broker.pid()).memory_info().rss < RESIDENT_BYTES
    sender.close()
    other.close()
    steady.heard.clear()


def test_a_revoked_unit_is_mute_and_deaf_within_a_second_and_others_notice_nothing(
    broker: TlsBroker, steady: Listener
) -> None:
    topic = "loquet/v1/village/units/unit-3"
    stolen, other = unit(broker, "unit-3", f"{topic}/commands"), unit(broker, "unit-2")
    stolen.publish(f"{topic}/events", "before")
    until(lambda: b"before" in steady.said(f"{topic}/events"), "it is heard")
    context, password = broker.certificate_of("unit-3").context(True), broker.password_of("unit-3")
    before = len(broker.log())
    broker.revoke("unit-3")
    until(lambda: not let_in(broker, context, "unit-3", password), "it is shut out", 1.0)
    until(lambda: told(broker, REFUSED, before), "a manager is told")
    stolen.client.publish(f"{topic}/events", "after", qos=1)
    steady.publish(f"{topic}/commands", "secret")
    other.publish(f"{THEIRS}/events", "later")
    until(lambda: b"later" in steady.said(f"{THEIRS}/events"), "others are heard")
    assert b"after" not in steady.said(f"{topic}/events")
    assert not stolen.said(f"{topic}/commands")
    assert len(other.greeted) == 1
    stolen.close()
    other.close()
