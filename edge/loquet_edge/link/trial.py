"""One greeting with the broker, for ``loquet-edge check``."""

from __future__ import annotations

import time

from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from loquet_edge.config import UnitConfig
from loquet_edge.errors import IdentityMissing
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.way import way_to_broker
from loquet_edge.tls_identity import TlsFolder

SECONDS = 5.0


def broker_fault(config: UnitConfig) -> str | None:
    """Return why the broker does not take this unit, None if it does or no identity says where."""
    try:
        identity = UnitIdentity.load(config.identity)
    except IdentityMissing:
        return None
    who = identity.identity
    way = way_to_broker(identity, TlsFolder(config.identity.parent), config.broker, lambda: False)
    host, port = way.host, way.port
    answers: list[ReasonCode] = []
    # A name of its own, so that the session of a unit that runs is not taken over.
    client = Client(CallbackAPIVersion.VERSION2, client_id=f"loquet-{who.unit}-check")
    client.username_pw_set(who.broker_user, who.broker_password)
    client.on_connect = lambda _client, _data, _flags, code, _properties: answers.append(code)
    client.connect_timeout = SECONDS
    try:
        if way.context is not None:
            client.tls_set_context(way.context())
        client.connect(host, port)
        until = time.monotonic() + SECONDS
        while not answers and client.socket() is not None and time.monotonic() < until:
            client.loop(0.1)
        client.disconnect()
    except (OSError, ValueError) as error:
        return f"{host}:{port} cannot be reached ({error}); check the network and the address"
    if not answers:
        if way.tls:
            return f"{host}:{port} hung up: no broker, or one that refuses this unit's certificate"
        return f"{host}:{port} does not answer as a broker does"
    if answers[0].is_failure:
        return f"{host}:{port} refuses this unit ({answers[0]}); enrol it again"
    return None
