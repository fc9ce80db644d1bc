"""Whoever owns the broker can delay, and nothing else: what is forged changes nothing, and shows.

The forger has the broker's passwords: that of the server's user, and that of a unit.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator

from loquet_contract.ids import BootId, CommandId, DoorId, JournalId, SiteId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Command, What
from loquet_contract.wire.envelope import Ack, Batch, Entry, chain_of, first_chain
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_contract.wire.topics import Channel, unit_topic
from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import CAMILLE, Stack
from tests.journey.stack_unit import StackUnit

SITE, UNIT = SiteId(village.SITE), UnitId("entree")
FORGER = Signer(SigningKey.generate())
NOWHERE = "0" * 64


def topic(channel: Channel) -> str:
    return unit_topic(SITE, UNIT, channel)


def journal_of(unit: StackUnit) -> JournalId:
    with unit.journal() as journal:
        return journal.journal


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


def test_an_acknowledgement_signed_by_another_key_frees_nothing(stack: Stack) -> None:
    unit, refused = stack.entree, stack.entree.entries("message_refused")
    before = stack.incidents("message_refused", unit)
    with stopped(stack), stack.broker_session() as forger:
        last = unit.badge("entree-in", CAMILLE.uid).sequence
        with unit.journal() as journal:
            ack = Ack(SITE, UNIT, journal.journal, last, journal.chain_at(last), 2**50)
        forger.publish(topic(Channel.ACK), FORGER.sign(Purpose.ACK, encode(ack)))
        told = unit.waits_for("message_refused", len(refused) + 1)
        assert told.body["purpose"] == "ack"
        assert unit.acked() < last
    until(lambda: stack.incidents("message_refused", unit) > before, "an incident is raised")
    until(lambda: stack.is_told(unit), "the true acknowledgement frees the entries")


def test_a_signed_acknowledgement_of_another_history_frees_nothing(stack: Stack) -> None:
    unit, refused = stack.entree, stack.entree.entries("message_refused")
    genuine = stack.keys().signer
    with stopped(stack), stack.broker_session() as forger:
        last = unit.badge("entree-in", CAMILLE.uid).sequence
        ack = Ack(SITE, UNIT, journal_of(unit), last, NOWHERE, 2**50)
        forger.publish(topic(Channel.ACK), genuine.sign(Purpose.ACK, encode(ack)))
        told = unit.waits_for("message_refused", len(refused) + 1)
        assert told.body["purpose"] == "ack"
        assert "never wrote" in told.body["detail"]
        assert unit.acked() < last
    until(lambda: stack.is_told(unit), "the true acknowledgement frees the entries")


def forged_entry(sequence: int) -> Entry:
    body = {"door": "entree", "grant": "forged"}
    return Entry(sequence, 1, 1, BootId("b" * 16), True, "access_taken", "s" * 16, body)


def forged_batch(journal: JournalId, sequence: int, previous: str, signer: Signer) -> str:
    entry = forged_entry(sequence)
    batch = Batch(SITE, UNIT, journal, previous, chain_of(previous, entry), (entry,))
    return signer.sign(Purpose.BATCH, encode(batch))


def stands(stack: Stack, journal: JournalId) -> tuple[object, ...]:
    """Where the server stands with a journal."""
    query = "SELECT acked, chain FROM journals WHERE id = ?"
    count = stack.rows("SELECT count(*) FROM entries WHERE journal = ?", journal)[0][0]
    return (*stack.rows(query, journal)[0], count)


def test_a_batch_that_the_unit_did_not_sign_is_put_aside_and_raises_an_incident(
    stack: Stack,
) -> None:
    unit, journal = stack.entree, journal_of(stack.entree)
    until(lambda: stack.is_told(unit), "the unit has told all")
    before, known = stands(stack, journal), stack.incidents("forged_batch", unit)
    forged = forged_batch(journal, int(str(before[0])) + 1, str(before[1]), FORGER)
    with stack.broker_session(unit=unit) as forger:
        forger.publish(topic(Channel.EVENTS), forged)
    until(lambda: stack.incidents("forged_batch", unit) > known, "an incident is raised")
    assert stands(stack, journal) == before
    letters = stack.rows("SELECT payload FROM dead_letters WHERE problem LIKE 'forged_batch%'")
    assert bytes(letters[-1]["payload"]).decode() == forged


def test_another_history_under_the_units_own_key_is_a_fork_and_raises_an_incident(
    stack: Stack,
) -> None:
    """A card that was copied, or a stolen key: what the server holds already stays."""
    unit, journal = stack.entree, journal_of(stack.entree)
    until(lambda: stack.is_told(unit), "the unit has told all")
    before, known = stands(stack, journal), stack.incidents("journal_forked", unit)
    signer = unit.identity.signer
    with stack.broker_session(unit=unit) as thief:
        document = forged_batch(journal, 1, first_chain(UNIT, journal), signer)
        thief.publish(topic(Channel.EVENTS), document)
    until(lambda: stack.incidents("journal_forked", unit) > known, "an incident is raised")
    assert stands(stack, journal) == before


def challenge(stack: Stack) -> tuple[str, str]:
    row = stack.rows("SELECT boot, challenge FROM unit_states WHERE unit = 'entree'")[0]
    return row["boot"], row["challenge"]


def test_a_forged_command_moves_no_relay_and_is_recorded(stack: Stack) -> None:
    unit = stack.entree
    until(lambda: not unit.released("entree"), "the door is locked")
    moved, refused = unit.movements("entree"), unit.entries("message_refused")
    boot, asked = challenge(stack)
    order = Command(
        SITE, UNIT, CommandId("forged"), What.RELEASE, "nobody", "none", BootId(boot), asked,
        DoorId("entree"),
    )  # fmt: skip
    with stack.broker_session() as forger:
        forger.publish(topic(Channel.COMMANDS), encode(order))
        unit.waits_for("message_refused", len(refused) + 1)
        forger.publish(topic(Channel.COMMANDS), FORGER.sign(Purpose.COMMAND, encode(order)))
        unit.waits_for("message_refused", len(refused) + 2)
    assert unit.movements("entree") == moved
    assert not unit.released("entree")


def released_once(stack: Stack) -> bytes:
    """Release the entrance through the API and walk in; return the command that did it."""
    unit = stack.entree
    with stack.broker_session(topic(Channel.COMMANDS)) as ear:
        began = time.time()
        done = stack.post("doors/entree/release", reason="Livraison")
        print(f"release through the API: {(time.time() - began) * 1000:.0f} ms")
        assert done["outcome"] == "performed"
        until(lambda: bool(ear.said(topic(Channel.COMMANDS))), "the command was heard")
        command = ear.said(topic(Channel.COMMANDS))[-1]
    until(lambda: unit.released("entree"), "the door is released")
    unit.leaf("entree", opened=True)
    until(lambda: not unit.released("entree"), "the strike locks when the leaf opens")
    unit.leaf("entree", opened=False)
    return command


def test_a_replayed_or_retained_command_moves_no_relay_and_is_recorded(stack: Stack) -> None:
    unit, command = stack.entree, released_once(stack)
    moved, refused = unit.movements("entree"), unit.entries("command_refused")
    with stack.broker_session() as forger:
        forger.publish(topic(Channel.COMMANDS), command)
        assert "replay" in unit.waits_for("command_refused", len(refused) + 1).body["detail"]
        try:
            forger.publish(topic(Channel.COMMANDS), command, retain=True)
            unit.waits_for("command_refused", len(refused) + 2)
            started = len(unit.entries("unit_started"))
            stack.kill("entree/door")
            unit.waits_for("unit_started", started + 1)
            unit.network("cut")
            until(lambda: not stack.shown(unit)["online"], "the unit is offline")
            unit.network("whole")
            told = unit.waits_for("command_refused", len(refused) + 3)
            assert "earlier start" in told.body["detail"]
        finally:
            forger.publish(topic(Channel.COMMANDS), b"", retain=True)
    assert unit.movements("entree") == moved
    stack.wait_online()
    assert stack.incidents("command_refused", unit) >= 3
