"""Whoever owns the broker can delay, and nothing else: what is forged changes nothing, and shows.

Over TLS with certificates, on both brokers, at a unit of real processes whose relays are watched.
The forger holds what the server comes to the broker with, or what a unit does: as good as owning
the broker. Who holds less is turned away before (tests/edge/link/test_hostile.py); which attack
ends where stands in docs/guides/link.md.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_contract.ids import JournalId
from loquet_contract.wire.broker_context import broker_context
from loquet_contract.wire.certificates import SERVER_NAME
from loquet_contract.wire.codec import encode
from loquet_contract.wire.envelope import Ack, first_chain
from loquet_contract.wire.signing import Purpose
from loquet_contract.wire.topics import Channel
from loquet_server.authority import Authority
from tests.brokers import until
from tests.journey.forger import (
    DOOR,
    FORGER,
    SITE,
    UNIT,
    batch,
    held,
    manifests,
    no_relay_moves,
    order,
    publish,
    stopped,
    topic,
    welcoming,
)
from tests.journey.guarded import GuardedStack, MosquittoStack
from tests.journey.stack import LATE, Stack
from tests.journey.stack_unit import StackUnit
from tests.tls_brokers import let_in, refusals

NOWHERE = "0" * 64
LARGE = 100 * 1024
"""Bytes, more than the unit takes for a command and less than brokers do."""
FLOOD = 1000
FORBIDDEN = {"nats": "thief", "mosquitto": "'thief' of 'entree': may not publish to"}
"""How a manager reads of an order that a unit has published."""


@pytest.fixture(scope="module", params=["nats", "mosquitto"])
def besieged(request: pytest.FixtureRequest) -> Iterator[GuardedStack]:
    """A server and a unit, at either broker."""
    if request.param == "nats":
        yield request.getfixturevalue("stack")
        return
    with MosquittoStack() as found:
        yield found


@pytest.fixture
def unit(besieged: Stack) -> Iterator[StackUnit]:
    """The unit at the entrance, which has told all; no relay of it moves in this test."""
    besieged.wait_online()
    with no_relay_moves(besieged.entree):
        yield besieged.entree


def journal_of(unit: StackUnit) -> JournalId:
    with unit.journal() as journal:
        return journal.journal


# ---- what is no attack ----------------------------------------------------------------------


def test_what_a_unit_rightly_does_is_no_overstep(besieged: GuardedStack, unit: StackUnit) -> None:
    """First of all, while the broker's log holds all since the unit came."""
    unit.badge("entree-in", LATE.uid)
    until(lambda: besieged.is_told(unit), "the unit has told all")
    log = besieged.broker_log.read_text(errors="replace")
    assert f"as loquet-{UNIT} (" in log or besieged.broker_kind == "nats"
    said = [each.detail for each in refusals(besieged.broker_kind, log)]
    assert [each for each in said if f"loquet-{UNIT}" in each or SERVER_NAME in each] == []


# ---- acknowledgements ---------------------------------------------------------------------


def test_an_acknowledgement_signed_by_another_key_frees_nothing(
    besieged: Stack, unit: StackUnit
) -> None:
    refused, before = len(unit.entries("message_refused")), told(besieged, "message_refused")
    with stopped(besieged), besieged.broker_session() as forger:
        last = unit.badge("entree-in", LATE.uid).sequence
        with unit.journal() as journal:
            ack = Ack(SITE, UNIT, journal.journal, last, journal.chain_at(last), 2**50)
        forger.publish(topic(Channel.ACK), FORGER.sign(Purpose.ACK, encode(ack)))
        assert unit.waits_for("message_refused", refused + 1).body["purpose"] == "ack"
        assert unit.acked() < last
    until(lambda: told(besieged, "message_refused") > before, "an incident is raised")
    until(lambda: besieged.is_told(unit), "the true acknowledgement frees the entries")


def test_a_signed_acknowledgement_of_another_history_frees_nothing(
    besieged: Stack, unit: StackUnit
) -> None:
    refused, before = len(unit.entries("message_refused")), told(besieged, "message_refused")
    genuine = besieged.keys().signer
    with stopped(besieged), besieged.broker_session() as forger:
        last = unit.badge("entree-in", LATE.uid).sequence
        ack = Ack(SITE, UNIT, journal_of(unit), last, NOWHERE, 2**50)
        forger.publish(topic(Channel.ACK), genuine.sign(Purpose.ACK, encode(ack)))
        said = unit.waits_for("message_refused", refused + 1)
        assert said.body["purpose"] == "ack"
        assert "never wrote" in said.body["detail"]
        assert unit.acked() < last
    until(lambda: told(besieged, "message_refused") > before, "an incident is raised")
    until(lambda: besieged.is_told(unit), "the true acknowledgement frees the entries")


def told(stack: Stack, kind: str) -> int:
    """How often a manager was told of something at the entrance."""
    return stack.incidents(kind, stack.entree)


# ---- batches ------------------------------------------------------------------------------


def position(stack: Stack, journal: JournalId) -> tuple[int, str]:
    """How far the server is with a journal, and the chain up to there."""
    row = stack.rows("SELECT acked, chain FROM journals WHERE id = ?", journal)[0]
    return row["acked"], row["chain"]


def holds_the_truth(stack: Stack, unit: StackUnit) -> bool:
    """Whether the server holds as many entries as it says, each as the unit has written it."""
    query = """SELECT acked, chain, (SELECT count(*) FROM entries WHERE journal = journals.id) held
        FROM journals WHERE id = ?"""
    with contextlib.suppress(LookupError), unit.journal() as written:
        row = stack.rows(query, written.journal)[0]
        same = row["chain"] == written.chain_at(row["acked"])
        return bool(same and row["held"] == row["acked"] == written.last)
    return False


def test_a_batch_that_the_unit_did_not_sign_is_put_aside_and_raises_an_incident(
    besieged: Stack, unit: StackUnit
) -> None:
    journal, known = journal_of(unit), told(besieged, "forged_batch")
    last, chain = position(besieged, journal)
    forged = batch(journal, last + 1, chain, FORGER)
    with besieged.broker_session(unit=unit) as forger:
        forger.publish(topic(Channel.EVENTS), forged)
    until(lambda: told(besieged, "forged_batch") > known, "an incident is raised")
    letters = besieged.rows("SELECT payload FROM dead_letters WHERE problem LIKE 'forged_batch%'")
    assert bytes(letters[-1]["payload"]).decode() == forged
    until(lambda: holds_the_truth(besieged, unit), "the record is the unit's own")


def test_another_history_under_the_units_own_key_is_a_fork_and_raises_an_incident(
    besieged: Stack, unit: StackUnit
) -> None:
    """A card that was copied, or a stolen key: what the server holds already stays."""
    journal, known = journal_of(unit), told(besieged, "journal_forked")
    signer = unit.identity.signer
    with besieged.broker_session(unit=unit) as thief:
        thief.publish(topic(Channel.EVENTS), batch(journal, 1, first_chain(UNIT, journal), signer))
    until(lambda: told(besieged, "journal_forked") > known, "an incident is raised")
    until(lambda: holds_the_truth(besieged, unit), "the record is the unit's own")


# ---- policies -----------------------------------------------------------------------------


def advance(stack: Stack) -> None:
    """Give the unit newer policies than its first."""
    applied = len(stack.entree.entries("policy_applied"))
    stack.post(f"doors/{DOOR}/block", reason="Travaux")
    stack.entree.waits_for("policy_applied", applied + 1)
    stack.post(f"doors/{DOOR}/unblock", reason="Travaux finis")
    stack.entree.waits_for("policy_applied", applied + 2)
    stack.wait_online()


def test_an_older_policy_is_refused_and_the_newer_stays_in_force(
    besieged: Stack, unit: StackUnit
) -> None:
    advance(besieged)
    before, known = held(unit), len(unit.entries("policy_refused"))
    incidents = told(besieged, "policy_refused")
    publish(besieged, Channel.POLICY, manifests(besieged)[0])
    said = unit.waits_for("policy_refused", known + 1)
    assert said.body["version"] == 1
    assert "older" in said.body["detail"]
    assert held(unit) == before
    until(lambda: told(besieged, "policy_refused") > incidents, "an incident is raised")


def test_an_altered_policy_is_refused_and_the_old_one_stays_in_force(
    besieged: Stack, unit: StackUnit
) -> None:
    before, known = held(unit), len(unit.entries("policy_refused"))
    incidents = told(besieged, "policy_refused")
    altered = manifests(besieged)[-1].replace("expires_at", "expires_At", 1)
    publish(besieged, Channel.POLICY, altered)
    assert "signature" in unit.waits_for("policy_refused", known + 1).body["detail"]
    assert held(unit) == before
    until(lambda: told(besieged, "policy_refused") > incidents, "an incident is raised")


def test_a_change_that_the_server_did_not_sign_lets_nobody_in(
    besieged: Stack, unit: StackUnit
) -> None:
    """A forged delta would make an expired member welcome."""
    before, known = held(unit), len(unit.entries("message_refused"))
    incidents = told(besieged, "message_refused")
    publish(besieged, Channel.DELTA, welcoming(besieged))
    assert unit.waits_for("message_refused", known + 1).body["purpose"] == "delta"
    assert held(unit) == before
    assert unit.badge("entree-in", LATE.uid).body["reason"] == "credential_expired"
    until(lambda: told(besieged, "message_refused") > incidents, "an incident is raised")


# ---- commands -----------------------------------------------------------------------------


def test_a_forged_command_moves_no_relay_and_is_recorded(besieged: Stack, unit: StackUnit) -> None:
    refused, before = len(unit.entries("message_refused")), told(besieged, "message_refused")
    unsigned = order(besieged)
    with besieged.broker_session() as forger:
        forger.publish(topic(Channel.COMMANDS), unsigned)
        unit.waits_for("message_refused", refused + 1)
        forger.publish(topic(Channel.COMMANDS), FORGER.sign(Purpose.COMMAND, unsigned))
        assert unit.waits_for("message_refused", refused + 2).body["purpose"] == "commands"
    until(lambda: told(besieged, "message_refused") > before, "an incident is raised")


def released_once(stack: Stack) -> bytes:
    """Release the entrance through the API and walk in; return the command, overheard."""
    unit = stack.entree
    with stack.broker_session(topic(Channel.COMMANDS), unit=unit) as ear:
        began = time.time()
        done = stack.post(f"doors/{DOOR}/release", reason="Livraison")
        print(f"release through the API: {(time.time() - began) * 1000:.0f} ms")
        assert done["outcome"] == "performed"
        until(lambda: bool(ear.said(topic(Channel.COMMANDS))), "the command was heard")
        command = ear.said(topic(Channel.COMMANDS))[-1]
    until(lambda: unit.released(DOOR), "the door is released")
    unit.leaf(DOOR, opened=True)
    until(lambda: not unit.released(DOOR), "the strike locks when the leaf opens")
    unit.leaf(DOOR, opened=False)
    return command


def test_an_altered_replayed_or_retained_command_moves_no_relay_and_is_recorded(
    besieged: Stack,
) -> None:
    unit, command = besieged.entree, released_once(besieged)
    altered = len(unit.entries("message_refused"))
    refused, before = len(unit.entries("command_refused")), told(besieged, "command_refused")
    incidents = told(besieged, "message_refused")
    with no_relay_moves(unit), besieged.broker_session() as forger:
        forger.publish(topic(Channel.COMMANDS), command.replace(b"Livraison", b"livraison"))
        assert "signature" in unit.waits_for("message_refused", altered + 1).body["detail"]
        until(lambda: told(besieged, "message_refused") > incidents, "an incident is raised")
        forger.publish(topic(Channel.COMMANDS), command)
        assert "replay" in unit.waits_for("command_refused", refused + 1).body["detail"]
        try:
            forger.publish(topic(Channel.COMMANDS), command, retain=True)
            unit.waits_for("command_refused", refused + 2)
            started = len(unit.entries("unit_started"))
            besieged.kill("entree/door")
            unit.waits_for("unit_started", started + 1)
            unit.network("cut")
            until(lambda: not besieged.shown(unit)["online"], "the unit is offline")
            unit.network("whole")
            said = unit.waits_for("command_refused", refused + 3)
            assert "earlier start" in said.body["detail"]
        finally:
            forger.publish(topic(Channel.COMMANDS), b"", retain=True)
        besieged.wait_online()
        assert told(besieged, "command_refused") >= before + 3


@contextlib.contextmanager
def set_back(stack: Stack, kept: Path) -> Iterator[None]:
    """The unit runs from a copy of its disk meanwhile, and from the disk itself afterwards."""
    data, true = stack.entree.folder / "data", stack.folder / "true"
    stack.stop_unit(stack.entree)
    data.rename(true)
    kept.rename(data)
    stack.start_unit(stack.entree)
    yield
    stack.stop_unit(stack.entree)
    shutil.rmtree(data)
    true.rename(data)
    stack.start_unit(stack.entree)


def copied(folder: Path, to: Path) -> Path:
    """Copy the disk of a unit that runs, each database as of one moment."""
    shutil.copytree(folder, to, ignore=shutil.ignore_patterns("*.db*"))
    for each in folder.glob("*.db"):
        with (
            contextlib.closing(sqlite3.connect(each)) as source,
            contextlib.closing(sqlite3.connect(to / each.name)) as copy,
        ):
            source.backup(copy)
    return to


def test_a_command_replayed_after_the_units_disk_was_set_back_moves_no_relay(
    besieged: Stack,
) -> None:
    """The disk forgets that the command came; the challenge that it answered was never on it."""
    besieged.wait_online()
    unit, forks = besieged.entree, told(besieged, "journal_forked")
    kept = copied(unit.folder / "data", besieged.folder / "kept")
    command = released_once(besieged)
    besieged.wait_online()
    with set_back(besieged, kept), no_relay_moves(unit):
        until(lambda: besieged.shown(unit)["online"], "the unit is online")
        refused = len(unit.entries("command_refused"))
        publish(besieged, Channel.COMMANDS, command)
        assert "earlier start" in unit.waits_for("command_refused", refused + 1).body["detail"]
        until(lambda: told(besieged, "journal_forked") > forks, "an incident tells of the disk")
    besieged.wait_online()


# ---- at the broker ------------------------------------------------------------------------


def test_a_manager_is_told_who_knocks_and_who_speaks_as_the_server(besieged: GuardedStack) -> None:
    """With what a unit holds, a command goes nowhere; with nothing, there is no session."""
    unit, knocks = besieged.entree, besieged.incidents("broker_refused")
    heard = len(unit.entries("message_refused", "command_refused"))
    thief = besieged.broker_session(unit=unit, client_id="thief")
    with no_relay_moves(unit), thief as session:
        session.publish(topic(Channel.COMMANDS), order(besieged))
        nobody = broker_context(Authority.of(besieged.keys()).certificate_pem)
        assert not let_in(session.broker, nobody)
        until(lambda: besieged.incidents("broker_refused") > knocks, "a knock is told")
        until(lambda: FORBIDDEN[besieged.broker_kind] in oversteps(besieged), "it is told")
    assert len(unit.entries("message_refused", "command_refused")) == heard


def oversteps(stack: Stack) -> str:
    """What a manager reads of units that went too far at the broker."""
    query = "SELECT detail FROM incidents WHERE kind = 'broker_overreach'"
    return " ".join(row["detail"] for row in stack.rows(query))


def test_what_is_too_large_and_a_flood_move_no_relay_and_people_are_served(
    besieged: Stack, unit: StackUnit
) -> None:
    """Last of all: the unit writes down the first of a flood, and few of what follows."""
    refused, before = len(unit.entries("message_refused")), told(besieged, "message_refused")
    unsigned = order(besieged)
    with besieged.broker_session() as forger:
        forger.publish(topic(Channel.COMMANDS), FORGER.sign(Purpose.COMMAND, "x" * LARGE))
        assert "more than" in unit.waits_for("message_refused", refused + 1).body["detail"]
        for number in range(FLOOD):
            document = FORGER.sign(Purpose.COMMAND, f"{unsigned}{' ' * number}")
            forger.client.publish(topic(Channel.COMMANDS), document, qos=0)
        assert unit.badge("entree-in", LATE.uid).kind == "access_denied"
        unit.waits_for("message_refused", refused + 2)
    until(lambda: told(besieged, "message_refused") > before + 1, "the incident counts on")
    until(lambda: besieged.is_told(unit), "the unit has told all")
    assert len(unit.entries("message_refused")) - refused < FLOOD / 10
