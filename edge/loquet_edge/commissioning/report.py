"""What is kept of a proof: the report for the server, and the record for the unit itself."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version

from loquet_contract.wire.events_proof import DoorProofMoved, ProofReport
from loquet_edge.commissioning import wiring
from loquet_edge.commissioning.procedure import Proof, words
from loquet_edge.commissioning.record import ProvenDoor, confirmed
from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig

MOST_NAME = 80
"""Characters of an installer's name."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Whose proof it is: the door, the installer, and when it began (UTC, milliseconds)."""

    config: UnitConfig
    door: DoorUnitConfig
    installer: str
    began: int
    proof: str


def new_sheet(config: UnitConfig, door: DoorUnitConfig, installer: str, began: int) -> Sheet:
    """Return the sheet of a proof that begins."""
    name = " ".join(installer.split())[:MOST_NAME]
    return Sheet(config, door, name, began, secrets.token_hex(8))


def report(sheet: Sheet, proof: Proof, ended: int) -> ProofReport:
    """Return the report of a proof that has ended at ``ended`` (UTC, milliseconds)."""
    config, door = sheet.config, sheet.door
    return ProofReport(
        site=config.site,
        unit=config.unit,
        door=door.id,
        proof=sheet.proof,
        installer=sheet.installer,
        began=sheet.began,
        ended=ended,
        software=version("loquet"),
        lock=door.lock,
        fail=door.fail.value,
        lock_line=door.lock_output.line,
        lock_active="high" if door.energised_high else "low",
        wires=wiring.digest(config, door),
        wiring=wiring.lines(config, door),
        acts=proof.results,
    )


def proven(sheet: Sheet, proof: Proof, ended: int) -> ProvenDoor | None:
    """Return what the unit's own record keeps; None while the lock is not confirmed."""
    if not proof.lock_confirmed:
        return None
    return replace(
        confirmed(sheet.door, datetime.fromtimestamp(ended / 1000, UTC).isoformat("T", "seconds")),
        wires=wiring.digest(sheet.config, sheet.door),
        installer=sheet.installer,
        whole=proof.whole,
    )


def moved(sheet: Sheet, proof: Proof) -> DoorProofMoved:
    """Return how a proof stands."""
    asked = proof.asked
    return DoorProofMoved(
        door=sheet.door.id,
        proof=sheet.proof,
        installer=sheet.installer,
        acts=proof.results,
        waits_for=None if asked is None else asked.act,
        subject="" if asked is None else asked.subject,
        left=max(0, len(proof.plan) - len(proof.results) - 1),
        failure="" if proof.failure is None else proof.failure.value,
        words=tuple(each.value for each in words(proof)),
    )
