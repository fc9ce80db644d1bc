"""A unit that is behind is told again: a broker may have lost what it was told."""

from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.topics import Channel
from loquet_server.models import Unit, UnitState
from loquet_server.policy.publisher import PolicyPublisher
from loquet_server.publication import Publication
from loquet_server.units.retelling import MOST_MS, PATIENCE_MS, Retelling
from tests.server.desk import make_office
from tests.server.house import UNIT, House

BOTH = sorted([str(Channel.POLICY), str(Channel.DESIRED)])


class Told:
    """A house whose unit has a policy and a desired state, and nobody who told it of them."""

    def __init__(self, house: House, folder: Path) -> None:
        self.house = house
        self.office, self.recorder = make_office(house, folder)
        self.retelling = Retelling(self.office)
        self.newest: str | None = None

    async def begin(self, **state: object) -> None:
        async with self.office.database.with_transaction() as session:
            await self.office.policies.advance(session, UNIT, self.office.now_ms())
            await self.office.policies.advance_desired(session, UNIT, self.office.now_ms())
        await self.say(**({"online": True} | state))

    async def say(self, **state: object) -> None:
        async with self.office.database.with_transaction() as session:
            await session.merge(UnitState(unit=UNIT, **state))

    async def after(self, ms: int) -> list[str]:
        """Return which channels of the unit are told after so many milliseconds."""
        self.recorder.published.clear()
        self.house.now += ms / 1000
        await self.retelling.look()
        assert all(retained for _, _, retained in self.recorder.published)
        topics = [topic for topic, _, _ in self.recorder.published]
        return sorted(topic.rsplit("/", 1)[1] for topic in topics if f"/{UNIT}/" in topic)


async def test_whoever_is_behind_is_told_again_ever_more_seldom(
    house: House, tmp_path: Path
) -> None:
    told = Told(house, tmp_path)
    await told.begin()
    assert await told.after(PATIENCE_MS - 1000) == [], "it may be on its way"
    assert await told.after(2000) == BOTH
    assert await told.after(PATIENCE_MS - 1) == []
    assert await told.after(1) == BOTH
    assert await told.after(2 * PATIENCE_MS - 1) == []
    assert await told.after(1) == BOTH
    for _ in range(12):
        await told.after(MOST_MS)
    assert await told.after(MOST_MS - 1) == []
    assert await told.after(1) == BOTH


async def test_whoever_has_it_or_is_away_is_left_alone(house: House, tmp_path: Path) -> None:
    told = Told(house, tmp_path)
    await told.begin(online=False)
    assert await told.after(60_000) == [], "who is away is told when it comes, by the broker"
    await told.say(online=True, policy_version=1, desired_version=1)
    assert await told.after(60_000) == []
    await told.say(online=True, policy_version=1, desired_version=0)
    assert await told.after(60_000) == BOTH, "a lockdown that was not heard"
    await told.say(online=True, policy_version=1, desired_version=1)
    assert await told.after(0) == []
    await told.say(online=True, policy_version=0, desired_version=1)
    assert await told.after(0) == BOTH, "behind anew: the pause begins anew too"


class ChangedMeanwhile(PolicyPublisher):
    """Lets a lockdown in between reading what stands and publishing it."""

    told: Told

    async def retained(self, session: AsyncSession, unit: str) -> list[Publication]:
        """Return what stood; the first time, it is old by then."""
        found = await super().retained(session, unit)
        if self.told.newest is None:
            async with self.told.office.database.with_transaction() as other:
                newer = await self.advance_desired(other, unit, self.told.office.now_ms())
            self.told.newest = newer[0].payload
            self.told.office.publish(newer)
        return found


async def test_what_comes_between_has_the_last_word(house: House, tmp_path: Path) -> None:
    told = Told(house, tmp_path)
    await told.begin()
    told.office.policies = between = ChangedMeanwhile(house.keys, 30)
    between.told = told
    await told.after(PATIENCE_MS + 1000)
    said = [each for topic, each, _ in told.recorder.published if topic.endswith("/desired")]
    assert said[-1] == told.newest, "else the broker keeps a state without the lockdown"


async def test_a_clock_that_is_set_back_silences_nobody(house: House, tmp_path: Path) -> None:
    told = Told(house, tmp_path)
    await told.begin()
    for _ in range(3):
        assert await told.after(MOST_MS) == BOTH
    assert await told.after(-2 * MOST_MS) == BOTH


async def test_a_revoked_unit_is_told_nothing(house: House, tmp_path: Path) -> None:
    told = Told(house, tmp_path)
    await told.begin()
    async with told.office.database.with_transaction() as session:
        unit = await session.get(Unit, UNIT)
        assert unit is not None
        unit.revoked_at = told.office.now_ms()
    assert await told.after(60_000) == []
