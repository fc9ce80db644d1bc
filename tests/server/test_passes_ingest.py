"""Passes that doors took, in the ledger: once each, whoever tells of it and however late."""

import asyncio

import pytest

from loquet_contract.access.presence import Balance
from loquet_contract.access.reasons import Remark
from loquet_contract.ids import (
    AccessPointId,
    AccountId,
    CredentialDigest,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.events import AccessGranted
from loquet_server.accounts import service as accounts
from loquet_server.models import Incident, PassAccount, Passage
from tests.server.house import START, House
from tests.server.passes import DAY, PERIOD, PassHouse


@pytest.fixture
async def passes(house: House) -> PassHouse:
    """A house whose members pay by passes."""
    found = PassHouse(house)
    await found.furnish()
    return found


async def left(passes: PassHouse, name: str, utc: int = START // 1000 + 60) -> int:
    async with passes.house.database.reading() as session:
        found = await accounts.left_at(session, name, utc)
    assert found is not None
    return found.left


async def test_the_first_entry_takes_a_pass_and_coming_back_is_free(passes: PassHouse) -> None:
    await passes.buy("carnet", 10)
    passes.takes(passes.hall, "carnet")
    passes.takes(passes.hall, "carnet", at=START + 1000)  # before it had noted the first
    published = await passes.hear(passes.hall)
    (use,) = await passes.uses("carnet")
    assert (use.holder, use.day, use.half, use.conflict) == ("h1", "2025-10-09", None, None)
    assert await left(passes, "carnet") == 9
    (moving,) = passes.told(published)
    assert moving.balances == {AccountId("carnet"): Balance(9)}
    assert moving.paid == {AccountId("carnet"): {HolderId("h1"): PERIOD}}
    assert passes.told(published, "other") == [moving]


async def test_a_grant_that_nobody_used_takes_nothing(passes: PassHouse) -> None:
    await passes.buy("carnet", 10)
    passes.takes(passes.hall, "carnet", uses=False)
    assert passes.told(await passes.hear(passes.hall)) == []
    assert await passes.uses("carnet") == []
    (row,) = await passes.house.all(Passage)
    assert (row.account, row.period, row.billed) == ("carnet", PERIOD, False)


async def test_what_a_door_remarked_is_kept(passes: PassHouse) -> None:
    granted = AccessGranted(
        DoorId("front"), AccessPointId("in"), GrantId("g"), HolderId("h1"),
        CredentialDigest("c" * 64), RuleId("r"), 1, billed=True,
        remarks=(Remark.IN_GRACE, Remark.BILLED),
    )  # fmt: skip
    passes.hall.write(granted)
    await passes.hear(passes.hall)
    (row,) = await passes.house.all(Passage)
    assert (row.remarks, row.billed, row.account) == (["in_grace", "billed"], True, None)


async def test_what_becomes_of_a_grant_may_be_told_later(passes: PassHouse) -> None:
    await passes.buy("carnet", 1)
    passes.takes(passes.hall, "carnet")
    await passes.house.take(passes.hall.message(1, 1))
    assert await passes.uses("carnet") == []
    await passes.hear(passes.hall, 2)
    assert await left(passes, "carnet") == 0


async def test_the_same_batch_told_twice_counts_once(passes: PassHouse) -> None:
    await passes.buy("carnet", 3)
    passes.takes(passes.hall, "carnet")
    await passes.hear(passes.hall)
    assert passes.told(await passes.hear(passes.hall)) == []
    assert await left(passes, "carnet") == 2


async def test_two_doors_offline_accept_the_same_pass(passes: PassHouse) -> None:
    await passes.buy("carnet", 1)
    passes.takes(passes.hall, "carnet", at=START + 5000)
    passes.takes(passes.far, "carnet", at=START)
    await passes.hear(passes.hall)
    await passes.hear(passes.far)
    (use,) = await passes.uses("carnet")
    assert (use.conflict, use.at, use.unit) == ("twice", START, "other")
    assert await left(passes, "carnet") == 0


async def test_two_doors_offline_accept_the_last_pass_of_a_shared_account(
    passes: PassHouse,
) -> None:
    """Whoever came first has it, though their door is heard of last."""
    await passes.buy("shared", 1)
    passes.takes(passes.hall, "shared", holder="h2", at=START + 9000)
    passes.takes(passes.far, "shared", holder="h3", at=START)
    await passes.hear(passes.hall)
    assert [each.conflict for each in await passes.uses("shared")] == [None]
    published = await passes.hear(passes.far)
    first, second = await passes.uses("shared")
    assert (first.holder, first.conflict) == ("h3", None)
    assert (second.holder, second.conflict) == ("h2", "overdrawn")
    assert await left(passes, "shared") == -1
    (moving,) = passes.told(published)
    assert moving.balances[AccountId("shared")] == Balance(-1)


async def test_a_plan_that_bills_marks_the_second_for_billing(passes: PassHouse) -> None:
    await passes.buy("bill", 1)
    for day in range(3):
        at = START + day * DAY * 1000
        passes.takes(passes.hall, "bill", period=PERIOD + day * DAY, at=at, billed=day == 2)
    passes.house.now += 3 * DAY
    await passes.hear(passes.hall)
    assert [each.billed for each in await passes.uses("bill")] == [False, True, True]
    assert [each.conflict for each in await passes.uses("bill")] == [None, None, None]
    assert await left(passes, "bill", START // 1000 + 3 * DAY) == 0


async def test_an_allowance_comes_anew_with_its_month(passes: PassHouse) -> None:
    november = 1_761_962_400  # Saturday, 1 November 2025, 03:00 in Paris
    passes.takes(passes.hall, "days")
    passes.takes(passes.hall, "days", period=PERIOD + DAY, at=START + DAY * 1000)
    passes.takes(passes.hall, "days", period=november, at=november * 1000 + 5000)
    passes.house.now = november + 60
    published = await passes.hear(passes.hall)
    assert await left(passes, "days", november - 1) == 0
    assert await left(passes, "days", november + 60) == 1
    (moving,) = passes.told(published)
    assert moving.balances[AccountId("days")] == Balance(1, november)


async def test_halves_of_a_day_are_told_apart(passes: PassHouse) -> None:
    await passes.buy("halves", 4)
    afternoon = PERIOD + 10 * 3600  # 13:00
    passes.takes(passes.hall, "halves")
    passes.takes(passes.hall, "halves", period=afternoon, at=afternoon * 1000 + 60_000)
    await passes.hear(passes.hall)
    assert [(each.day, each.half) for each in await passes.uses("halves")] == [
        ("2025-10-09", "am"),
        ("2025-10-09", "pm"),
    ]


async def test_an_evening_counts_for_the_day_before_the_cut_off(passes: PassHouse) -> None:
    await passes.buy("carnet", 2)
    at = (PERIOD + DAY - 60) * 1000  # Friday, 02:59
    passes.takes(passes.hall, "carnet", at=at)
    passes.takes(passes.hall, "carnet", period=PERIOD + DAY, at=at + 120_000)
    await passes.hear(passes.hall)
    assert [each.day for each in await passes.uses("carnet")] == ["2025-10-09", "2025-10-10"]


@pytest.mark.parametrize(
    ("account", "holder", "period"),
    [
        ("nowhere", "h1", PERIOD),
        ("carnet", "nobody", PERIOD),
        ("carnet", "stranger", PERIOD),
        ("carnet", "h1", PERIOD + 40 * DAY),
        ("carnet", "h1", -1),
    ],
)
async def test_a_pass_that_cannot_be_is_an_incident_and_counts_for_nothing(
    passes: PassHouse, account: str, holder: str, period: int
) -> None:
    passes.takes(passes.hall, account, holder=holder, period=period)
    await passes.hear(passes.hall)
    assert await passes.uses(account) == []
    assert await passes.house.kinds() == ["foreign_fact"]
    (row,) = await passes.house.all(Incident)
    assert account in row.detail


async def test_an_account_of_another_site_is_not_touched(passes: PassHouse) -> None:
    async with passes.house.database.with_transaction() as session:
        session.add(PassAccount(id="theirs", site="zailleurs", plan="carnet"))
    passes.takes(passes.hall, "theirs")
    await passes.hear(passes.hall)
    assert await passes.uses("theirs") == []


async def test_a_hundred_uses_of_one_shared_account_at_once(passes: PassHouse) -> None:
    """From two units at the same time, for the same people: one pass for each day of each."""
    await passes.buy("shared", 60)
    for number in range(50):
        day, holder = number // 2, f"h{2 + number % 2}"
        for journal in (passes.hall, passes.far):
            passes.takes(
                journal, "shared", holder=holder, period=PERIOD + day * DAY,
                at=START + day * DAY * 1000 + number,
            )  # fmt: skip
    passes.house.now += 30 * DAY
    batches = [
        journal.message(first, first + 9)
        for first in range(1, 101, 10)
        for journal in (passes.hall, passes.far)
    ]
    for at in range(0, len(batches), 2):
        await asyncio.gather(*(passes.house.take(each) for each in batches[at : at + 2]))
    uses = await passes.uses("shared")
    assert len(uses) == 50
    assert {each.conflict for each in uses} == {"twice"}
    assert await left(passes, "shared", int(passes.house.now)) == 10
