"""When something happened at a unit that did not know the time: order, bounds, and days."""

from hypothesis import given
from hypothesis import strategies as st

from loquet_contract.ids import (
    AccessPointId,
    CredentialDigest,
    DoorId,
    GrantId,
    HolderId,
    RuleId,
)
from loquet_contract.wire.events import AccessGranted, AccessTaken, ClockTrusted, DoorClosed
from loquet_server.ingest.moments import bounded
from loquet_server.models import AreaDay, BootClock, Entry, Passage
from loquet_server.privacy import journals
from tests.server.house import START, House

FRONT = DoorId("front")
MINUTE, HOUR, DAY = 60_000, 3_600_000, 24 * 3_600_000
LATER = START + 10 * HOUR
"""The unit has had no power since ``START``, and does not know how long."""


def tap(house: House, monotonic: int, grant: str, holder: str = "h1", boot: str = "b2") -> None:
    """Write a member who comes in while the unit still believes that it is ``START``."""
    at, place = START + monotonic, {"boot": boot, "monotonic": monotonic, "trusted": False}
    house.journal.write(
        AccessGranted(
            FRONT, AccessPointId("in"), GrantId(grant), HolderId(holder), CredentialDigest("d"),
            RuleId("r1"), 1,
        ),
        at, **place,
    )  # fmt: skip
    house.journal.write(AccessTaken(FRONT, GrantId(grant)), at, **place)


def known(house: House, at: int) -> None:
    """Write an entry of a unit that knows the time, before the power went."""
    house.journal.write(DoorClosed(FRONT), at)


def synchronised(house: House, at: int, monotonic: int, boot: str = "b2") -> None:
    """Write the first entry since the unit knows the time again."""
    house.journal.write(ClockTrusted(at - START), at, boot=boot, monotonic=monotonic)


async def seen(house: House) -> dict[str, tuple[int, int]]:
    """Return people seen and entries by day."""
    rows = [row for row in await house.all(AreaDay) if row.area == "salle"]
    return {row.day: (row.seen, row.entries) for row in rows if row.entries or row.seen}


async def test_a_boot_that_learns_the_time_is_placed_exactly(house: House) -> None:
    known(house, START)
    tap(house, MINUTE, "g1")
    synchronised(house, LATER + 2 * MINUTE, 2 * MINUTE)
    house.now = (LATER + 3 * MINUTE) / 1000
    await house.take(house.journal.message())
    rows = sorted(await house.all(Entry), key=lambda row: row.sequence)
    assert [row.utc for row in rows[1:]] == [LATER + MINUTE] * 2 + [LATER + 2 * MINUTE]
    assert [row.said for row in rows] == [None, START + MINUTE, START + MINUTE, None]
    (passage,) = await house.all(Passage)
    assert (passage.at, passage.said_at, passage.latest) == (LATER + MINUTE, START + MINUTE, None)
    async with house.database.reading() as session:
        (proof,) = await journals.verify(session)
    assert (proof.entries, proof.broken) == (4, None)


async def test_until_then_it_lies_between_what_is_known_and_when_it_came(house: House) -> None:
    known(house, START)
    tap(house, MINUTE, "g1")
    tap(house, 5 * MINUTE, "g2", "h2")
    house.now = (START + 2 * HOUR) / 1000
    await house.take(house.journal.message())
    first, second = sorted(await house.all(Passage), key=lambda row: row.sequence)
    assert second.at - first.at == 4 * MINUTE
    assert (first.earliest, first.latest) == (START, START + 2 * HOUR - 4 * MINUTE)
    assert first.earliest <= first.at <= first.latest
    assert await seen(house) == {"2025-10-09": (2, 2)}


async def test_what_may_have_been_on_either_day_is_counted_on_none_until_it_is_known(
    house: House,
) -> None:
    known(house, START)
    tap(house, MINUTE, "g1")
    house.now = (START + DAY) / 1000
    await house.take(house.journal.message())
    assert [row.day for row in await house.all(Passage)] == [""]
    assert await seen(house) == {}
    tap(house, 2 * MINUTE, "g2")
    house.now += 60
    await house.take(house.journal.message(4))
    synchronised(house, START + DAY + 3 * MINUTE, 3 * MINUTE)
    await house.take(house.journal.message(6))
    assert {row.day for row in await house.all(Passage)} == {"2025-10-10"}
    assert await seen(house) == {"2025-10-10": (1, 2)}


async def test_a_wrong_guess_moves_to_its_day_and_is_counted_there_once(house: House) -> None:
    await house.take(*_three_taps_on_a_day_that_is_not_theirs(house))
    assert await seen(house) == {"2025-10-09": (2, 3)}
    synchronised(house, START - DAY + HOUR, HOUR)
    await house.take(house.journal.message(8))
    assert await seen(house) == {"2025-10-08": (2, 3)}
    assert all(row.latest is None for row in await house.all(Passage))


def _three_taps_on_a_day_that_is_not_theirs(house: House) -> list:  # type: ignore[type-arg]
    """The server's bounds were wrong (its own clock was): the unit's sure word counts more."""
    known(house, START)
    for at, (grant, holder) in enumerate((("g1", "h1"), ("g2", "h2"), ("g3", "h1")), 1):
        tap(house, at * MINUTE, grant, holder)
    house.now = (START + 10 * MINUTE) / 1000
    return [house.journal.message()]


async def test_a_boot_that_never_knew_the_time_ended_before_the_next_one(house: House) -> None:
    known(house, START)
    tap(house, MINUTE, "g1")
    house.now = (START + 30 * DAY) / 1000
    await house.take(house.journal.message())
    (passage,) = await house.all(Passage)
    assert passage.latest == START + 30 * DAY
    tap(house, MINUTE, "g2", boot="b3")
    await house.take(house.journal.message(4))
    synchronised(house, START + 3 * HOUR, 2 * MINUTE, boot="b3")
    await house.take(house.journal.message(6))
    first, second = sorted(await house.all(Passage), key=lambda row: row.sequence)
    assert (second.at, second.latest) == (START + 3 * HOUR - MINUTE, None)
    assert (first.earliest, first.latest) == (START, START + 3 * HOUR - MINUTE)
    assert await seen(house) == {"2025-10-09": (1, 2)}


async def test_a_clock_that_gets_lost_within_a_boot_goes_on_from_its_last_sure_word(
    house: House,
) -> None:
    house.journal.write(DoorClosed(FRONT), START, boot="b2", monotonic=1000)
    tap(house, 31_000, "g1")
    await house.take(house.journal.message())
    (passage,) = await house.all(Passage)
    assert (passage.at, passage.latest, passage.day) == (START + 30_000, None, "2025-10-09")


async def test_the_first_journal_of_a_unit_has_no_lower_bound(house: House) -> None:
    tap(house, MINUTE, "g1")
    await house.take(house.journal.message())
    (passage,) = await house.all(Passage)
    assert (passage.earliest, passage.latest, passage.day) == (None, START, "")
    (clock,) = await house.all(BootClock)
    assert (clock.low, clock.exact) == (None, False)


_ms = st.integers(0, 2**45)


@given(low=st.none() | _ms, high=_ms, guess=_ms, bound=_ms)
def test_a_bound_never_widens_and_the_guess_stays_within(
    low: int | None, high: int, guess: int, bound: int
) -> None:
    found = bounded(low, high, guess, bound)
    assert found.high <= max(high, low or 0)
    assert found.guess <= found.high
    assert low is None or low <= found.guess
