"""Facts about who asked to come in: one passage per decision."""

from typing import Any

from loquet_contract.wire.events import AccessDenied, AccessGranted, AccessNotTaken, AccessTaken
from loquet_server.ingest.projections.registry import Table
from loquet_server.ingest.world import LONGEST_BOX, Fact, Outcome, World

PROJECTIONS = Table()
# A passage's columns, by their names in the database.
_NONE: dict[str, Any] = {
    "holder": None, "credential": None, "rule": None, "policy_version": None, "assurance": 1,
    "reason": None, "when_utc": None, "assumed": False, "grant_id": None, "account": None,
    "period": None, "billed": False, "remarks": None, "sealed": None,
}  # fmt: skip


@PROJECTIONS.of(AccessGranted)
def granted(world: World, fact: Fact, event: AccessGranted) -> None:
    if world.door(fact, event.door) is None:
        return
    row = _passage(world, fact, event)
    row.update(
        outcome="granted",
        holder=event.holder,
        credential=event.credential,
        rule=event.rule,
        policy_version=event.policy_version,
        assurance=int(event.assurance),
        grant_id=event.grant,
        account=event.account,
        period=event.period,
        billed=bool(event.billed),
        remarks=None if event.remarks is None else [each.value for each in event.remarks],
    )
    world.grants[fact.unit, event.grant] = row


@PROJECTIONS.of(AccessDenied)
def denied(world: World, fact: Fact, event: AccessDenied) -> None:
    if world.door(fact, event.door) is None:
        return
    _passage(world, fact, event).update(
        outcome="denied",
        holder=event.holder,
        credential=event.credential,
        policy_version=event.policy_version,
        reason=event.reason.value,
        when_utc=event.when,
        sealed=event.sealed if len(event.sealed or "") <= LONGEST_BOX else None,
    )


@PROJECTIONS.of(AccessTaken)
def taken(world: World, fact: Fact, event: AccessTaken) -> None:
    if world.door(fact, event.door) is not None:
        _became(world, fact, event.grant, Outcome(fact.unit, "taken", event.assumed))


@PROJECTIONS.of(AccessNotTaken)
def not_taken(world: World, fact: Fact, event: AccessNotTaken) -> None:
    if world.door(fact, event.door) is not None:
        _became(world, fact, event.grant, Outcome(fact.unit, "not_taken", False))


def _passage(world: World, fact: Fact, event: AccessGranted | AccessDenied) -> dict[str, Any]:
    area_from, area_to = world.access_points.get(event.access_point, (None, None))
    row = _NONE | {
        "journal": fact.journal,
        "sequence": fact.sequence,
        "site": fact.site,
        "unit": fact.unit,
        "door": event.door,
        "access_point": event.access_point,
        "area_from": area_from,
        "area_to": area_to,
        "at": fact.utc,
        "trusted": fact.trusted,
        "said_at": None if fact.trusted else world.said.get((fact.journal, fact.sequence)),
        "earliest": fact.earliest,
        "latest": fact.latest,
        "day": world.day(fact),
    }
    world.passages.append(row)
    world.changes[fact.site, "passage", event.door] = fact.utc
    return row


def _became(world: World, fact: Fact, grant: str, outcome: Outcome) -> None:
    """Note what became of a grant: of this group, or of the database (``flush`` finds it)."""
    row = world.grants.get((fact.unit, grant))
    if row is None:
        world.outcomes[grant] = outcome
        return
    if row["outcome"] == "granted":
        row["outcome"], row["assumed"] = outcome.outcome, outcome.assumed
        if outcome.outcome == "taken":
            world.cross(row["area_to"], row["day"], entries=1)
            world.cross(row["area_from"], row["day"], exits=1)
            world.take_pass(row)
