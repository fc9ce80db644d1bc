"""Proofs and looks over the API."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from loquet_server.models import DoorProof, UnitExam

Word = Annotated[str, StringConstraints(strip_whitespace=True, max_length=80)]


class ActOut(BaseModel):
    """One act of a proof."""

    act: str
    subject: str
    verdict: str
    took_ms: int
    detail: str = ""


class ProofOut(BaseModel):
    """A proof of a door; times in UTC milliseconds. ``report``: signed by the unit."""

    id: str
    door: str
    unit: str
    installer: str
    began_at: int
    moved_at: int
    ended_at: int | None
    whole: bool
    waits_for: str | None
    subject: str
    left: int
    failure: str
    words: list[str]
    acts: list[ActOut]
    wires: str
    report: str


class FindingOut(BaseModel):
    """One thing that a unit looked at."""

    code: str
    subject: str
    verdict: str
    measured: str


class ExamOut(BaseModel):
    """What a unit found of itself, and when (UTC milliseconds)."""

    unit: str
    examined_at: int
    findings: list[FindingOut]


class ProofMove(BaseModel):
    """What an installer says: ``begin`` with a name, ``stop``, or an act with its answer."""

    act: Word
    word: Word = ""


def proof_out(row: DoorProof) -> ProofOut:
    """Return a proof as it is shown."""
    return ProofOut.model_validate(row, from_attributes=True)


def exam_out(row: UnitExam) -> ExamOut:
    """Return what a unit found as it is shown."""
    return ExamOut.model_validate(row, from_attributes=True)
