"""Write what installers proved, how doors are wired, and what units found of themselves."""

from typing import Any

from sqlalchemy.orm import Session

from loquet_contract.wire.codec import MalformedMessage, decode_text, parse, to_plain
from loquet_contract.wire.events_proof import DoorProofMoved, DoorProven, ProofReport
from loquet_server.ingest.troubles import Trouble
from loquet_server.ingest.world import Fact, World
from loquet_server.models import DoorProof, DoorWiring, UnitExam

MOST_FINDINGS = 100


def write(session: Session, world: World) -> None:
    """Write all that was told of proofs and wires; an odd report is an incident, and not kept."""
    for fact, event in world.proofs:
        if isinstance(event, DoorProofMoved):
            _moved(session, fact, event)
        else:
            _proven(session, world, fact, event)
    for door, (fact, wires) in world.wired.items():
        session.merge(DoorWiring(door=door, unit=fact.unit, wires=wires[:64], since=fact.utc))
    for unit, (fact, exam) in world.exams.items():
        findings = [to_plain(each) for each in exam.findings[:MOST_FINDINGS]]
        session.merge(
            UnitExam(unit=unit, command=exam.command, findings=findings, examined_at=fact.utc)
        )


def _row(session: Session, fact: Fact, proof: str, door: str) -> DoorProof | None:
    """Return the row of a proof, made if it is new; None if it is somebody else's."""
    row = session.get(DoorProof, proof)
    if row is None:
        row = DoorProof(
            id=proof, site=fact.site, unit=fact.unit, door=door, acts=[], words=[],
            began_at=fact.utc,
        )  # fmt: skip
        session.add(row)
        session.flush()
    return row if (row.unit, row.door) == (fact.unit, door) else None


def _moved(session: Session, fact: Fact, event: DoorProofMoved) -> None:
    row = _row(session, fact, event.proof[:64], event.door)
    if row is None or row.report:
        return
    row.installer, row.moved_at = event.installer[:80], fact.utc
    row.acts = [to_plain(each) for each in event.acts]
    row.waits_for = None if event.waits_for is None else event.waits_for.value
    row.subject, row.failure = event.subject[:80], event.failure[:40]
    row.left, row.words = event.left, list(event.words)
    row.ended_at = fact.utc if event.waits_for is None else None


def _proven(session: Session, world: World, fact: Fact, event: DoorProven) -> None:
    try:
        report = _report(event.report)
        if (report.site, report.unit, report.door, report.proof) != (
            fact.site, fact.unit, event.door, event.proof,
        ):  # fmt: skip
            raise MalformedMessage("it is about another door or proof")
    except MalformedMessage as error:
        detail = f"{event.kind} {fact.sequence}: {error}"
        world.trouble(fact, Trouble.FACT_UNREADABLE, detail)
        return
    row = _row(session, fact, event.proof[:64], event.door)
    if row is None:
        return
    row.installer, row.acts = report.installer[:80], [to_plain(each) for each in report.acts]
    row.began_at, row.ended_at, row.moved_at = report.began, report.ended, fact.utc
    row.waits_for, row.words, row.failure, row.left = None, [], "", 0
    row.whole, row.wires, row.report = report.whole, report.wires[:64], event.report


def _report(document: str) -> ProofReport:
    """Return what a signed report says; who signed it, a page asks when it shows it."""
    plain: Any = parse(document)
    if not isinstance(plain, dict) or not isinstance(plain.get("payload"), str):
        raise MalformedMessage("not a signed document")
    return decode_text(ProofReport, plain["payload"])
