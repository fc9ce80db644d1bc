"""A hundred units in one process, as light as they can be: they verify and apply, and keep no file.

    python -m tests.bench.revocation_units HOST PORT SITE KEY

On stdin comes one line of JSON: unit to [password, version, digest]. Each has a session of its
own at the broker. On stdout, for each version that a unit has applied, goes a line: unit,
version, CLOCK_MONOTONIC nanoseconds at which it held.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from loquet_contract.ids import SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import decode_text, written
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import delta_digest, key_of
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey
from loquet_server.mqtt import Address, Incoming, MqttSession


@dataclass
class LightUnit:
    """Holds a version and what changed since the first."""

    unit: str
    version: int
    digest: str
    verifier: Verifier
    records: dict[str, str] = field(default_factory=dict)

    def hear(self, payload: bytes) -> None:
        """Apply a delta as a unit does, or raise."""
        delta = decode_text(Delta, payload)
        text = self.verifier.payload(Purpose.POLICY, delta.manifest)
        manifest = decode_text(Manifest, text)
        if manifest.version <= self.version:
            return
        digest = delta_digest(self.digest, delta.upserts, delta.deletes)
        if (manifest.base, manifest.digest) != (self.version, digest):
            raise RuntimeError(f"{self.unit} has a gap: {manifest.base} after {self.version}")
        for plain in delta.upserts:
            self.records[key_of(plain)] = written(plain)
        self.version, self.digest = manifest.version, digest
        print(self.unit, self.version, time.monotonic_ns(), flush=True)


async def main(host: str, port: str, site: str, key: str) -> None:
    """Hear deltas until stdin ends."""
    loop, verifier = asyncio.get_running_loop(), Verifier(VerifyKey.from_text(key))
    known: dict[str, Any] = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    sessions = []
    for name, (password, version, digest) in known.items():
        unit = LightUnit(name, version, digest, verifier)
        session = _session(Address(host, int(port), name, password), site, unit)
        await session.start()
        sessions.append(session)
    for session in sessions:
        await session.wait_online(60)
    print("online", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    for session in sessions:
        await session.stop()


def _session(address: Address, site: str, unit: LightUnit) -> MqttSession:
    session: MqttSession

    def hear(message: Incoming) -> None:
        session.done(message)
        unit.hear(message.payload)

    session = MqttSession(address, f"loquet-{unit.unit}", hear, persistent=False)
    session.subscribe(topics.unit_topic(SiteId(site), UnitId(unit.unit), topics.Channel.DELTA))
    return session


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
