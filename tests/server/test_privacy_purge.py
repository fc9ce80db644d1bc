"""What has had its time is gone from every table and file, and the chains still verify."""

import asyncio
import random
from pathlib import Path

import pytest
from sqlalchemy import update

from loquet_server.models import (
    BadgeEnrolment,
    Entry,
    Holder,
    OperatorSession,
    Passage,
    PassUse,
    PrivacySetting,
    PurgeRun,
    Site,
    UnitState,
)
from loquet_server.models.base import Base
from loquet_server.privacy import journals, kinds
from loquet_server.privacy.purging import BATCH, Purge, settle
from tests.server import remains
from tests.server.desk import make_office
from tests.server.house import SITE, START, House
from tests.server.remains import NAME, PERSON, WORDS

DAY = 86_400


async def purged(house: House, folder: Path, *, dry: bool = False) -> Purge:
    """Run a purge at the house's time."""
    office, _ = make_office(house, folder)
    found = Purge(office, dry)
    await found.run()
    return found


async def change(house: House, model: type[Base], **values: object) -> None:
    """Change every row of a table."""
    async with house.database.with_transaction() as session:
        await session.execute(update(model).values(**values))


async def test_a_member_who_left_long_ago_is_gone_from_everywhere(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    await remains.settle_in(house)
    async with house.database.with_transaction() as session:
        await office.policies.advance_site(session, SITE, START)
        row = await session.get(Holder, PERSON)
        assert row is not None
        row.archived_at = START + DAY * 1000
    house.now += 1200 * DAY
    counted = await purged(house, tmp_path, dry=True)
    assert counted.counts["former_members"] == 1 and counted.counts["journal"] == 4
    assert (await house.get(Holder, PERSON)).name == NAME  # counting erases nothing
    found = await purged(house, tmp_path)
    assert found.complete and found.counts["passages"] == 3
    async with house.database.with_transaction() as session:
        for each in ("hall", "other"):  # they know that it is no more
            await session.merge(UnitState(unit=each, moving_version=99))
    await purged(house, tmp_path)
    assert await remains.remains(house.database, *WORDS, "boxed-number", "u" * 43) == {}
    (use,) = await house.all(PassUse)
    assert (use.holder, use.day, use.unit, use.at) == ("x000001", "2025-10-09", None, START)
    async with house.database.reading() as session:
        (proof,) = await journals.verify(session)
    assert (proof.entries, proof.erased, proof.broken) == (4, 4, None)
    if house.database.sqlite:
        files = b"".join(each.read_bytes() for each in tmp_path.glob("loquet.db*"))
        assert [word for word in WORDS if word.encode() in files] == []


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_accounting_evidence_ends_after_ten_years(house: House, tmp_path: Path) -> None:
    await remains.settle_in(house)
    await change(house, Holder, archived_at=START)
    house.now += 3800 * DAY
    await purged(house, tmp_path)
    tables = await remains.dump(house.database)
    assert tables["pass_uses"] == tables["memberships"] == tables["pass_accounts"] == ""


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_each_kind_has_its_own_time(house: House, tmp_path: Path) -> None:
    await remains.settle_in(house)
    house.now += 8 * DAY
    await purged(house, tmp_path)  # unknown badges alone: seven days
    left = await remains.remains(house.database, "boxed-number", "u" * 43, PERSON)
    assert all(words == [PERSON] for words in left.values()) and "entries" in left
    house.now += 21 * DAY
    await purged(house, tmp_path)
    assert len(await house.all(Passage)) == 3
    house.now += 2 * DAY
    await purged(house, tmp_path)
    assert await house.all(Passage) == []
    assert {each.body for each in await house.all(Entry)} == {"{}"}
    assert (await house.get(Holder, PERSON)).name == NAME  # who is still a member stays


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_was_set_counts_within_its_bounds(house: House, tmp_path: Path) -> None:
    async with house.database.with_transaction() as session:
        session.add(PrivacySetting(site=SITE, days={"passages": 5, "journal": 10_000}))
    await remains.settle_in(house)
    house.now += 6 * DAY
    await purged(house, tmp_path)
    assert await house.all(Passage) == []
    house.now += 85 * DAY
    await purged(house, tmp_path)
    assert {each.body for each in await house.all(Entry)} == {"{}"}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_of_two_spaces_each_keeps_its_own_time(house: House, tmp_path: Path) -> None:
    async with house.database.with_transaction() as session:
        session.add(Site(id="moulin", name="Le Moulin"))
        await session.flush()
        session.add(PrivacySetting(site="moulin", days={"passages": 90}))
        common = {"journal": "j", "unit": "u", "door": "d", "access_point": "a", "outcome": "taken",
                  "day": "2025-10-09", "at": START}  # fmt: skip
        session.add(Passage(sequence=1, site=SITE, **common))
        session.add(Passage(sequence=2, site="moulin", **common))
    house.now += 40 * DAY
    await purged(house, tmp_path)
    assert [each.site for each in await house.all(Passage)] == ["moulin"]


async def test_more_than_one_batch_is_taken_in_turns(house: House, tmp_path: Path) -> None:
    common = {"journal": "j", "site": SITE, "unit": "u", "door": "d", "access_point": "a",
              "day": "2025-10-09", "outcome": "taken", "at": START, "trusted": True,
              "assurance": 1, "assumed": False, "billed": False}  # fmt: skip
    rows = [{**common, "sequence": at} for at in range(2 * BATCH + 1)]
    async with house.database.with_transaction() as session:
        await session.execute(Passage.__table__.insert(), rows)  # type: ignore[attr-defined]
    house.now += 31 * DAY
    found = await purged(house, tmp_path)
    assert found.counts["passages"] == len(rows) and found.complete
    (run,) = await house.all(PurgeRun)
    assert run.counts == found.counts


async def test_a_late_word_of_somebody_erased_names_nobody(house: House, tmp_path: Path) -> None:
    await remains.pass_by(house)  # a unit that was offline tells of somebody who is no more
    await purged(house, tmp_path)
    assert await remains.remains(house.database, PERSON) == {}


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_short_lived_things_go(house: House, tmp_path: Path) -> None:
    async with house.database.with_transaction() as session:
        session.add(
            BadgeEnrolment(
                id="e1", site=SITE, access_point="in", holder="h1", asked_at=START,
                expires_at=START, number_sealed="boxed",
            )
        )  # fmt: skip
    house.now += 8 * DAY
    await purged(house, tmp_path)
    assert await house.all(BadgeEnrolment) == [] == await house.all(OperatorSession)


def test_bounds_hold_whatever_is_written() -> None:
    rng = random.Random(7)
    for _ in range(200):
        given = {each.name: rng.choice([None, "x", True, rng.randint(-9, 9999)])
                 for each in kinds.KINDS}  # fmt: skip
        days = kinds.days_of(given)
        assert all(each.least <= days[each.name] <= each.most for each in kinds.KINDS)
    assert kinds.BY_NAME["passages"].most == 90 == kinds.BY_NAME["journal"].most


async def test_whoever_reads_and_then_writes_is_not_held_up_by_the_emptying_of_the_log(
    house: House,
) -> None:
    async with house.database.reading() as session:
        assert await session.get(Site, SITE) is not None
        emptying = asyncio.create_task(settle(house.database))
        for number in range(20):
            async with asyncio.timeout(5), house.database.with_transaction() as writing:
                (await writing.get_one(Holder, "h1")).note = f"written {number}"
    await emptying
    assert (await house.get(Holder, "h1")).note == "written 19"
