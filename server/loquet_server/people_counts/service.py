"""Somebody counts by eye, and is believed: the estimate begins anew from there."""

from loquet_server.areas.counting import recount
from loquet_server.errors import Invalid
from loquet_server.ledger import record
from loquet_server.models import Action, Area, PeopleCorrection
from loquet_server.office import Office, Transaction
from loquet_server.people_counts.repository import PeopleCountRepository
from loquet_server.people_counts.schemas import CorrectionIn
from loquet_server.who import Actor


async def correct(
    office: Office, transaction: Transaction, actor: Actor, area: Area, given: CorrectionIn
) -> PeopleCorrection:
    """Return the correction, kept and told; raise Invalid where nobody is counted."""
    if not area.exit_sensing:
        raise Invalid(
            f"nobody is counted in {area.name!r}: its exits are not sensed, so nobody would know"
            " how long the number holds; set it to sensed first",
            field="people",
        )
    repository, now = PeopleCountRepository(transaction.session), office.now_ms()
    (before,) = await repository.counted(now, area=area.id)
    row = PeopleCorrection(
        site=area.site, area=area.id, at=now, people=given.people,
        estimated=before.headcount.present or 0, actor=actor.name[:200], reason=given.reason,
    )  # fmt: skip
    repository.add(row)
    record(
        transaction.session, Action.PEOPLE_CORRECTED, area.id, now, actor=actor.name,
        site=area.site, reason=given.reason,
        detail={"before": row.estimated, "after": row.people},
    )  # fmt: skip
    await recount(office, transaction, [area.id])
    transaction.after.tell(office, area.site, "area", area.id, now)
    return row
