"""Orders to one unit, and its own answer: signed both ways, worth nothing later.

A command is bound to the unit's boot and challenge, so it needs a unit that is connected.
"""

import asyncio
import secrets
from dataclasses import replace
from typing import Annotated

import structlog
from pydantic import BaseModel, StringConstraints

from loquet_contract.ids import (
    AccessPointId,
    BootId,
    CommandId,
    CredentialDigest,
    DoorId,
    ReaderId,
    SiteId,
    UnitId,
)
from loquet_contract.wire import topics
from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.commands import STALE, Command, Outcome, Reply, What
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey, WrongSignature
from loquet_server.errors import Conflict, UnitSilent
from loquet_server.ledger import LOCAL_OPERATOR
from loquet_server.models import Unit, UnitState
from loquet_server.mqtt import BrokerAway
from loquet_server.office import Office

Said = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
LOOK_SECONDS = 0.1
"""Between two looks for a unit's new state."""
_log = structlog.get_logger(__name__)


class Order(BaseModel):
    """Who wants it, and why; both are written in the record."""

    actor: Said = LOCAL_OPERATOR
    reason: Said


class Done(BaseModel):
    """What became of an order."""

    outcome: str
    detail: str = ""


def address(
    unit: Unit,
    state: UnitState | None,
    what: What,
    order: Order,
    door: str | None = None,
    *,
    access_point: AccessPointId | None = None,
    seconds: int | None = None,
    reader: ReaderId | None = None,
    credential: CredentialDigest | None = None,
) -> Command:
    """Return a command for a unit as it stands; raise Conflict if it is shut out or away."""
    if unit.revoked_at is not None:
        raise Conflict(f"unit {unit.id!r} is shut out, so nothing is told to it any more")
    if state is None or not state.online or state.challenge is None or state.boot is None:
        target = f" {door!r}" if door else ""
        raise Conflict(
            f"unit {unit.id!r} is not connected, so it cannot be told to {what}{target};"
            " check its power and network, or use the mechanical key"
        )
    return Command(
        SiteId(unit.site),
        UnitId(unit.id),
        CommandId(secrets.token_hex(12)),
        what,
        order.actor,
        order.reason,
        BootId(state.boot),
        state.challenge,
        None if door is None else DoorId(door),
        access_point,
        seconds,
        reader,
        credential,
    )


async def ask(office: Office, unit: Unit, command: Command) -> Reply:
    """Send a command and wait for the unit's own, signed answer; raise UnitSilent or Conflict.

    A unit that has just started, or renewed its challenge, finds a command stale that was made
    before its word of that was read here. It is then made anew, once and under its own id: a unit
    performs an id once.
    """
    seconds = office.settings.command_timeout
    refused: Reply | None = None
    try:
        async with asyncio.timeout(seconds):
            reply = await _answer(office, unit, command)
            if reply.outcome is Outcome.REFUSED and reply.detail in STALE:
                refused = reply
                command = await _renewed(office, command)
                refused = None  # from here on the unit may have done it
                reply = await _answer(office, unit, command)
            return reply
    except BrokerAway as error:
        raise Conflict(
            f"this server cannot reach its broker, so unit {unit.id!r} was told nothing; try again"
            " in a few seconds, or use the mechanical key"
        ) from error
    except TimeoutError as error:
        if refused is not None:
            return refused
        raise UnitSilent(
            f"unit {unit.id!r} has not answered within {seconds:g} s; look at the door before"
            " you try again"
        ) from error


async def _answer(office: Office, unit: Unit, command: Command) -> Reply:
    topic = topics.unit_topic(command.site, command.unit, topics.Channel.REPLY)
    document = office.keys.signer.sign(Purpose.COMMAND, encode(command))
    to = topics.unit_topic(command.site, command.unit, topics.Channel.COMMANDS)
    with office.exchange.expecting(topic, command.command) as replies:
        office.exchange.command(to, document)
        while True:
            reply = _reply(unit, command, await replies.get())
            if reply is not None:
                return reply


async def _renewed(office: Office, command: Command) -> Command:
    """Wait for the unit's word of its new start or challenge; return the command bound to it."""
    while True:
        async with office.database.reading() as session:
            state = await session.get(UnitState, command.unit)
        if state is not None and state.boot is not None and state.challenge is not None:
            bound = BootId(state.boot), state.challenge
            if bound != (command.boot, command.challenge):
                return replace(command, boot=bound[0], challenge=bound[1])
        await asyncio.sleep(LOOK_SECONDS)


def _reply(unit: Unit, command: Command, payload: bytes) -> Reply | None:
    """Return the unit's answer; None, with a line in the log, for whatever is not that."""
    try:
        verifier = Verifier(VerifyKey.from_text(unit.public_key or ""))
        reply = decode_text(Reply, verifier.payload(Purpose.REPLY, payload))
    except (WrongSignature, MalformedMessage, ValueError) as error:
        _log.warning("reply_refused", unit=unit.id, detail=str(error))
        return None
    mine = (command.site, command.unit, command.command)
    return reply if (reply.site, reply.unit, reply.command) == mine else None
