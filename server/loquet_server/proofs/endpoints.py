"""Looks at units and proofs of doors over the API."""

from typing import Annotated

from fastapi import APIRouter

from loquet_server.commands import Done
from loquet_server.errors import NotFound
from loquet_server.office import OfficeDep, ReadingDep
from loquet_server.proofs import service
from loquet_server.proofs.repository import ProofRepository
from loquet_server.proofs.schemas import ExamOut, ProofMove, ProofOut, exam_out, proof_out
from loquet_server.timetable.names import Key
from loquet_server.who import Actor, Permission, needs

router = APIRouter(prefix="/api/v1", tags=["proofs"])
Reads = Annotated[Actor, needs(Permission.UNITS_READ)]
Writes = Annotated[Actor, needs(Permission.UNITS_WRITE)]


@router.get("/units/{unit}/examination")
async def show_examination(unit: Key, session: ReadingDep, actor: Reads) -> ExamOut:
    """Return what a unit found when it last looked at itself."""
    _, _, exam = await service.unit_of(session, unit, actor)
    if exam is None:
        raise NotFound(f"unit {unit!r} has not looked at itself yet")
    return exam_out(exam)


@router.post("/units/{unit}/examine", status_code=202)
async def examine(unit: Key, office: OfficeDep, actor: Writes) -> Done:
    """Have a unit look at itself; what it finds comes a few seconds later."""
    await service.examine(office, unit, actor)
    return Done(outcome="performed")


@router.get("/doors/{door}/proofs")
async def list_proofs(door: Key, session: ReadingDep, actor: Reads) -> list[ProofOut]:
    """Return the proofs of a door, the newest first."""
    row = await service.door_of(session, door, actor)
    return [proof_out(each) for each in await ProofRepository(session).proofs([row.id])]


@router.post("/doors/{door}/proof", status_code=202)
async def move_proof(door: Key, given: ProofMove, office: OfficeDep, actor: Writes) -> Done:
    """Begin, answer or stop the proof of a door."""
    await service.move(office, door, given.act, given.word, actor)
    return Done(outcome="performed")


@router.get("/proofs/{proof}")
async def show_proof(proof: Key, session: ReadingDep, actor: Reads) -> ProofOut:
    """Return one proof, with its signed report."""
    return proof_out(await service.proof_of(session, proof, actor))
