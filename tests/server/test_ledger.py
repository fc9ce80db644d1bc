"""How passes add up: against brute force, whatever order the facts come in."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from loquet_server.accounts.ledger import Conflict, Purchase, Use, left, settled

FOREVER = 2**60


def standing(
    opening: int, purchases: list[Purchase], uses: list[Use], *, bills: bool = False
) -> list[Use]:
    """Return all uses as they stand when every one of them is new."""
    keys = [each.key for each in uses]
    changed = {each.key: each for each in settled(
        opening, purchases, uses, bills=bills, fresh=keys)}  # fmt: skip
    return [changed.get(each.key, each) for each in uses]


def flags(uses: list[Use]) -> dict[int, tuple[bool, str | None]]:
    return {each.key: (each.billed, each.conflict) for each in uses}


def test_each_use_takes_a_pass_and_the_last_door_overdraws() -> None:
    uses = [Use(1, 10), Use(2, 20), Use(3, 30)]
    found = standing(0, [Purchase(0, 2)], uses)
    assert [each.conflict for each in found] == [None, None, "overdrawn"]
    assert left(0, [Purchase(0, 2)], found, FOREVER) == -1


def test_a_plan_that_bills_never_goes_below_zero() -> None:
    found = standing(1, [], [Use(1, 10), Use(2, 20)], bills=True)
    assert [each.billed for each in found] == [False, True]
    assert left(1, [], found, FOREVER) == 0


def test_whoever_came_first_has_the_pass_though_heard_of_last() -> None:
    first = standing(1, [], [Use(1, 200)])
    both = [*first, Use(2, 100)]
    changed = settled(1, [], both, bills=False, fresh=[2], since=100)
    assert changed == [Use(1, 200, conflict=Conflict.OVERDRAWN.value)]


def test_a_door_that_billed_while_a_pass_was_there_takes_the_pass() -> None:
    assert standing(1, [], [Use(1, 10, billed=True)]) == [Use(1, 10)]


def test_a_refund_gives_the_pass_to_whoever_was_overdrawn() -> None:
    one, two = standing(1, [], [Use(1, 10), Use(2, 20)])
    refunded = replace(one, refunded_at=50)
    assert settled(1, [], [refunded, two], bills=False, since=10) == [Use(2, 20)]


def test_what_was_to_be_billed_stays_so_after_a_refund() -> None:
    one, two = standing(1, [], [Use(1, 10), Use(2, 20)], bills=True)
    assert settled(1, [], [replace(one, refunded_at=50), two], bills=True, since=10) == []


def test_what_is_left_is_known_of_any_moment() -> None:
    purchases, uses = [Purchase(0, 3), Purchase(40, -1)], [Use(1, 10, refunded_at=30)]
    assert [left(0, purchases, uses, at) for at in (5, 10, 29, 30, 40)] == [3, 2, 2, 3, 2]


def test_what_was_before_is_counted_and_left_as_it_is() -> None:
    """Terms of today do not rewrite last month."""
    old = Use(1, 10, conflict=Conflict.OVERDRAWN.value)
    found = settled(0, [], [old, Use(2, 20)], bills=True, fresh=[2], since=20)
    assert found == [Use(2, 20, billed=True)]


# ---- any history ------------------------------------------------------------------------

PURCHASES = st.lists(st.builds(Purchase, st.integers(0, 50), st.integers(-2, 4)), max_size=4)
TIMES = st.lists(st.integers(0, 60), unique=True, max_size=12)


@st.composite
def histories(draw: st.DrawFn) -> tuple[int, list[Purchase], list[Use], list[int], bool]:
    """Return opening, purchases, uses, the order in which they are heard, whether it bills."""
    uses = [Use(key, at) for key, at in enumerate(draw(TIMES))]
    order = draw(st.permutations(range(len(uses))))
    return draw(st.integers(0, 4)), draw(PURCHASES), uses, list(order), draw(st.booleans())


def brute(opening: int, purchases: list[Purchase], uses: list[Use], bills: bool) -> dict[int, str]:
    """Return what each use is: walked second by second, with coins in a jar."""
    found: dict[int, str] = {}
    jar = opening
    for second in range(100):
        for purchase in purchases:
            jar += purchase.amount if purchase.at == second else 0
        for use in uses:
            if use.at == second:
                found[use.key] = "paid" if jar > 0 else "billed" if bills else "overdrawn"
                jar -= 0 if found[use.key] == "billed" else 1
    return found


@given(histories())
def test_any_order_of_hearing_gives_what_a_jar_of_coins_gives(
    history: tuple[int, list[Purchase], list[Use], list[int], bool],
) -> None:
    opening, purchases, uses, order, bills = history
    heard: dict[int, Use] = {}
    for key in order:
        heard[key] = uses[key]
        for each in settled(
            opening, purchases, list(heard.values()), bills=bills, fresh=[key], since=uses[key].at
        ):
            heard[each.key] = each
    wanted = brute(opening, purchases, uses, bills)
    said = {
        key: "billed" if use.billed else "overdrawn" if use.conflict else "paid"
        for key, use in heard.items()
    }
    assert said == wanted
    taken = sum(each != "billed" for each in wanted.values())
    gained = opening + sum(each.amount for each in purchases)
    assert left(opening, purchases, list(heard.values()), FOREVER) == gained - taken


@given(histories())
def test_counting_again_changes_nothing(
    history: tuple[int, list[Purchase], list[Use], list[int], bool],
) -> None:
    opening, purchases, uses, _, bills = history
    once = standing(opening, purchases, uses, bills=bills)
    assert settled(opening, purchases, once, bills=bills) == []
    assert flags(once) == flags(standing(opening, purchases, uses[::-1], bills=bills)[::-1])
