"""The office's end of a drain: keeps each entry once and in order, and signs for what it keeps.

    python -m tests.bench.office HOST PORT UNIT_JSON WANTED

Proves signature and chain as ingest does; stores nothing. Prints one line of JSON when it has all
that is wanted: when the first and the last entry came, in CLOCK_MONOTONIC seconds.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.envelope import Ack, Batch, chain_of, first_chain
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_contract.wire.topics import Channel, unit_topic

USER, PASSWORD = "server", "server-password"


class Office:
    """One unit's journal, as far as it came."""

    def __init__(self, site: SiteId, unit: UnitId, server: SigningKey, key: SigningKey) -> None:
        self._site, self._unit = site, unit
        self._signer, self._verifier = Signer(server), Verifier(key.public)
        self.sequence, self._chain = 0, ""
        self.began = self.ended = 0.0

    def take(self, payload: bytes) -> str:
        """Keep what is new of a batch; return the signed acknowledgement."""
        batch = decode_text(Batch, self._verifier.payload(Purpose.BATCH, payload))
        self._chain = self._chain or first_chain(self._unit, batch.journal)
        self.began = self.began or time.monotonic()
        for entry in batch.entries:
            if entry.sequence == self.sequence + 1:
                self.sequence, self._chain = entry.sequence, chain_of(self._chain, entry)
        self.ended = time.monotonic()
        said = Ack(
            self._site, self._unit, batch.journal, self.sequence, self._chain,
            int(time.time() * 1000),
        )  # fmt: skip
        return self._signer.sign(Purpose.ACK, encode(said))


def main(host: str, port: str, file: str, wanted: str) -> None:
    """Serve until what is wanted is there and stdin ends."""
    plain = json.loads(Path(file).read_text())
    site, unit = SiteId(plain["site"]), UnitId(plain["unit"])
    keys = (SigningKey(bytes.fromhex(plain[name])) for name in ("server", "key"))
    office = Office(site, unit, *keys)
    client = Client(CallbackAPIVersion.VERSION2, "server", clean_session=False)
    client.username_pw_set(USER, PASSWORD)
    said = False

    def take(client: Client, _user: Any, message: MQTTMessage) -> None:
        nonlocal said
        answer = office.take(bytes(message.payload))
        client.publish(unit_topic(site, unit, Channel.ACK), answer, qos=1, retain=True)
        if office.sequence >= int(wanted) and not said:
            said = True
            print(json.dumps([office.began, office.ended]), flush=True)

    def greeted(client: Client, *_: Any) -> None:
        client.subscribe(unit_topic(site, unit, Channel.EVENTS), 1)

    client.on_connect = greeted
    client.on_message = take
    client.connect(host, int(port))
    client.loop_start()
    sys.stdin.read()
    client.disconnect()
    client.loop_stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
