"""Has a unit look at itself, and moves proofs of doors: by commands that only the unit obeys."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.codec import MalformedMessage
from loquet_contract.wire.commands import Command, Outcome, What
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey, WrongSignature
from loquet_server.commands import Order, address, ask
from loquet_server.errors import Conflict, NotFound
from loquet_server.ledger import record
from loquet_server.models import Action, Door, DoorProof, Unit, UnitExam, UnitState
from loquet_server.office import Office
from loquet_server.proofs.repository import ProofRepository
from loquet_server.who import Actor, own


async def unit_of(
    session: AsyncSession, unit: str, actor: Actor
) -> tuple[Unit, UnitState | None, UnitExam | None]:
    """Return a unit that is the actor's to see; raise NotFound."""
    found = await ProofRepository(session).units(None, unit)
    if not found:
        raise NotFound(f"there is no unit {unit!r}")
    own(actor, found[0][0].site, f"unit {unit!r}")
    return found[0]


async def door_of(session: AsyncSession, door: str, actor: Actor) -> Door:
    """Return a door that is the actor's to see; raise NotFound."""
    found = await ProofRepository(session).door(door)
    if found is None:
        raise NotFound(f"there is no door {door!r}")
    own(actor, found.site, f"door {door!r}")
    return found


async def proof_of(session: AsyncSession, proof: str, actor: Actor) -> DoorProof:
    """Return a proof that is the actor's to see; raise NotFound."""
    found = await ProofRepository(session).proof(proof)
    if found is None:
        raise NotFound(f"there is no proof {proof!r}")
    own(actor, found.site, f"proof {proof!r}")
    return found


async def examine(office: Office, unit: str, actor: Actor) -> None:
    """Have a unit look at itself; raise NotFound, Conflict or UnitSilent."""
    async with office.database.with_transaction() as session:
        row, state, _ = await unit_of(session, unit, actor)
        order = Order(actor=actor.name, reason="is the unit well?")
        command = address(row, state, What.EXAMINE, order)
        record(
            session, Action.UNIT_EXAMINED, unit, office.now_ms(), actor=actor.name, site=row.site,
            detail={"command": command.command},
        )  # fmt: skip
    await _obeyed(office, row, command)


async def move(office: Office, door: str, act: str, word: str, actor: Actor) -> None:
    """Begin, answer or stop the proof of a door; raise NotFound, Conflict or UnitSilent."""
    async with office.database.with_transaction() as session:
        found = await door_of(session, door, actor)
        if found.unit is None:
            raise Conflict(f"no unit moves door {door!r} yet")
        row, state, _ = await unit_of(session, found.unit, actor)
        order = Order(actor=actor.name, reason="proof of the door")
        command = replace(address(row, state, What.PROVE, order, door), act=act, word=word)
        record(
            session, Action.DOOR_PROOF_MOVED, door, office.now_ms(), actor=actor.name,
            site=row.site, detail={"command": command.command, "act": act, "word": word},
        )  # fmt: skip
    await _obeyed(office, row, command)


async def _obeyed(office: Office, unit: Unit, command: Command) -> None:
    reply = await ask(office, unit, command)
    if reply.outcome is not Outcome.PERFORMED:
        raise Conflict(f"the unit has refused: {reply.detail}")


def signature(row: DoorProof, unit: Unit | None) -> str:
    """Return whether a report is signed: ``right``, ``other_key``, ``wrong``, or ``none``."""
    if not row.report:
        return "none"
    if unit is None or unit.public_key is None:
        return "other_key"
    try:
        key = VerifyKey.from_text(unit.public_key)
        Verifier(key).payload(Purpose.PROOF, row.report)
    except WrongSignature:
        return "wrong" if key.key_id in row.report else "other_key"
    except (MalformedMessage, ValueError):
        return "wrong"
    return "right"
