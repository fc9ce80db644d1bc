"""What somebody makes who owns the broker, or a unit's key: documents that are false."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator

from loquet_contract.ids import BootId, CommandId, DoorId, JournalId, KeyId, SiteId, UnitId
from loquet_contract.wire.codec import decode_text, encode, parse
from loquet_contract.wire.commands import Command, What
from loquet_contract.wire.envelope import Batch, Entry, chain_of
from loquet_contract.wire.messages import Delta, Manifest
from loquet_contract.wire.policy import delta_digest
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_contract.wire.topics import Channel, unit_topic
from loquet_edge.policy_store import StoredPolicy
from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import LATE, Stack
from tests.journey.stack_unit import StackUnit

SITE, UNIT, DOOR = SiteId(village.SITE), UnitId("entree"), DoorId("entree")
FORGER = Signer(SigningKey.generate())


def topic(channel: Channel) -> str:
    """Return a topic of the unit at the entrance."""
    return unit_topic(SITE, UNIT, channel)


@contextlib.contextmanager
def no_relay_moves(unit: StackUnit) -> Iterator[None]:
    """Whatever is tried meanwhile, no lock of this unit changes its level."""
    until(lambda: not any(map(unit.released, unit.doors)), "every door is locked")
    before = {door: unit.movements(door) for door in unit.doors}
    yield
    assert {door: unit.movements(door) for door in unit.doors} == before


@contextlib.contextmanager
def stopped(stack: Stack) -> Iterator[None]:
    """The server neither hears nor says anything meanwhile; its broker does."""
    pid = stack.pid("server")
    assert pid is not None
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def publish(stack: Stack, channel: Channel, text: str | bytes) -> None:
    """Say something as the server's user does."""
    with stack.broker_session() as forger:
        forger.publish(topic(channel), text)


def batch(journal: JournalId, sequence: int, previous: str, signer: Signer) -> str:
    """Return a batch of one entry, which says that somebody came in."""
    body = {"door": DOOR, "grant": "forged"}
    entry = Entry(sequence, 1, 1, BootId("b" * 16), True, "access_taken", "s" * 16, body)
    found = Batch(SITE, UNIT, journal, previous, chain_of(previous, entry), (entry,))
    return signer.sign(Purpose.BATCH, encode(found))


def order(stack: Stack) -> str:
    """Return an order to open the door that lacks a signature and nothing else."""
    query = "SELECT boot, challenge FROM unit_states WHERE unit = ?"
    row = stack.rows(query, UNIT)[0]
    return encode(
        Command(
            SITE, UNIT, CommandId("forged"), What.RELEASE, "nobody", "none", BootId(row["boot"]),
            row["challenge"], DOOR,
        )
    )  # fmt: skip


def manifests(stack: Stack) -> list[str]:
    """Return the signed heads of all policies that the unit was given, oldest first."""
    query = "SELECT manifest FROM policies WHERE unit = ? ORDER BY version"
    return [row["manifest"] for row in stack.rows(query, UNIT)]


def welcoming(stack: Stack) -> str:
    """Return a change that would let an expired member in."""
    manifest = decode_text(Manifest, parse(manifests(stack)[-1])["payload"])
    holder = {
        "kind": "holder", "holder": LATE.id, "rules": [LATE.plan], "suspended": False,
        "extended_release": False, "may_lift_lockdown": True,
    }  # fmt: skip
    forged = Manifest(
        SITE, UNIT, manifest.version + 1, manifest.version, manifest.created + 1,
        manifest.stale_after, manifest.expires_at,
        delta_digest(manifest.digest, (holder,), ()), KeyId(FORGER.key_id), manifest.pepper_id,
        manifest.records,
    )  # fmt: skip
    return encode(Delta(FORGER.sign(Purpose.POLICY, encode(forged)), (holder,)))


def held(unit: StackUnit) -> tuple[int | None, str | None]:
    """Which policy the unit's door reads from its disk."""
    policy = StoredPolicy(unit.folder / "data" / "policy.db")
    try:
        return policy.version, policy.digest
    finally:
        policy.close()
