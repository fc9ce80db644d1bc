"""What a reader in enrolment mode was shown reaches whoever asked, and nobody else."""

import pytest

from loquet_contract.ids import AccessPointId, CommandId, DoorId
from loquet_contract.wire.events import CredentialPresented
from loquet_server.ingest.world import LONGEST_BOX
from loquet_server.models import BadgeEnrolment, Passage, Site
from tests.server.house import SITE, START, House
from tests.server.test_badges import NEW, sealed_for, tapped


async def waiting(house: House, name: str = "e1", **changes: object) -> None:
    """Have a reader wait."""
    values: dict[str, object] = {
        "site": SITE, "access_point": "in", "asked_at": START, "expires_at": START + 120_000,
    }  # fmt: skip
    async with house.database.with_transaction() as session:
        session.add(BadgeEnrolment(id=name, **(values | changes)))


def fact(
    house: House, door: str = "front", point: str = "in", command: str = "e1", box: str = ""
) -> CredentialPresented:
    return CredentialPresented(
        DoorId(door), AccessPointId(point), CommandId(command), box or sealed_for(house, NEW)
    )


async def test_the_first_badge_counts_and_pages_are_told(house: House) -> None:
    await waiting(house)
    house.journal.write(fact(house), START + 5)
    house.journal.write(fact(house), START + 9)
    result = await house.take(house.journal.message())
    row = await house.get(BadgeEnrolment, "e1")
    assert (row.seen_at, row.digest) == (START + 5, None)
    told = [(each.noun, each.subject) for each in house.changes(result.publications)]
    assert ("enrolment", "e1") in told


@pytest.mark.parametrize(
    "odd",
    [
        {"door": "far"}, {"door": "nowhere"}, {"point": "quiet"}, {"command": "e2"},
        {"box": "x" * (LONGEST_BOX + 1)},
    ],
)  # fmt: skip
async def test_what_nobody_asked_for_changes_nothing(house: House, odd: dict[str, str]) -> None:
    await waiting(house)
    house.journal.write(fact(house, **odd))
    await house.take(house.journal.message())
    assert (await house.get(BadgeEnrolment, "e1")).seen_at is None


async def test_another_site_s_enrolment_is_left_alone(house: House) -> None:
    async with house.database.with_transaction() as session:
        session.add(Site(id="autre", name="Autre"))
    await waiting(house, site="autre")
    house.journal.write(fact(house))
    await house.take(house.journal.message())
    assert (await house.get(BadgeEnrolment, "e1")).seen_at is None


async def test_a_sealed_number_of_any_length_is_not_kept(house: House) -> None:
    await tapped(house, NEW)
    (row,) = await house.all(Passage)
    assert row.sealed is not None
    assert len(row.sealed) <= LONGEST_BOX
    assert NEW not in row.sealed
