"""How often a PIN may be wrong, over any while and any restart."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.keypad.attempts import HOLDER, READER, Attempts

T0 = 1_000_000.0


def wrong(attempts: Attempts, times: int, now: float = T0, holder: str = "h") -> int:
    """Type wrong PINs for as long as one is looked at; return how many were."""
    looked_at = 0
    for _ in range(times):
        if attempts.left("r", holder, "pin", now):
            attempts.wrong("r", holder, "pin", now)
            looked_at += 1
    return looked_at


def test_a_few_at_once_and_then_one_each_while() -> None:
    attempts = Attempts()
    assert wrong(attempts, 50) == HOLDER.most
    assert wrong(attempts, 50, T0 + HOLDER.seconds - 1) == 0
    assert wrong(attempts, 50, T0 + HOLDER.seconds) == 1
    assert wrong(attempts, 50, T0 + 3 * HOLDER.seconds) == 2
    assert wrong(attempts, 50, T0 + 100 * HOLDER.seconds) == HOLDER.most


def test_a_right_pin_gives_the_holder_all_back_and_the_reader_none() -> None:
    attempts = Attempts()
    wrong(attempts, 5)
    assert attempts.right("h")
    assert not attempts.right("h"), "nothing left to give"
    assert wrong(attempts, 50) == HOLDER.most
    assert attempts.readers["r"].attempts == 10


def test_many_badges_share_the_attempts_of_a_reader() -> None:
    attempts = Attempts()
    found = [wrong(attempts, 50, holder=f"h{each}") for each in range(9)]
    assert sum(found) == READER.most
    assert not attempts.left("r", "honest", "pin", T0)
    assert attempts.left("other", "honest", "pin", T0)


def test_a_new_pin_has_all_attempts() -> None:
    attempts = Attempts()
    wrong(attempts, 50)
    assert not attempts.left("r", "h", "pin", T0)
    assert attempts.left("r", "h", "new", T0)
    assert not attempts.left("r", "h", "pin", T0), "looking changes nothing"


def test_a_clock_that_is_set_back_gives_nothing_and_takes_nothing() -> None:
    attempts = Attempts()
    wrong(attempts, 50, T0)
    assert wrong(attempts, 50, T0 - 10**8) == 0
    assert wrong(attempts, 50, T0 - 10**8 + HOLDER.seconds) == 1


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"holders": 3, "readers": {}}', '{"holders": {"h": [1]}, "readers": {}}',
     '{"holders": {"h": [null, 1, ""]}, "readers": {}}', '{"holders": {"h": 1}, "readers": {}}'],
)  # fmt: skip
def test_what_cannot_be_read_is_an_error_of_value(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Attempts.read(text)


STEPS = st.lists(
    st.tuples(st.sampled_from("abc"), st.booleans(), st.sampled_from([0, 1, 60, 301, 1801, 90_000]))
)


@given(STEPS)
def test_no_while_has_more_wrong_pins_than_allowed_and_restarts_change_nothing(
    steps: list[tuple[str, bool, int]],
) -> None:
    now, attempts, twin = T0, Attempts(), Attempts()
    looked_at: list[tuple[float, str]] = []
    for holder, is_wrong, pause in steps:
        now += pause
        twin = Attempts.read(twin.written())  # a restart between any two
        left = attempts.left("r", holder, "pin", now)
        assert left == twin.left("r", holder, "pin", now)
        if is_wrong and left:
            looked_at.append((now, holder))
            for each in (attempts, twin):
                each.wrong("r", holder, "pin", now)
    for first, (start, _) in enumerate(looked_at):
        for end, whose in looked_at[first:]:
            here = [h for at, h in looked_at if start <= at <= end]
            assert here.count(whose) <= HOLDER.most + (end - start) / HOLDER.seconds + 1e-6
            assert len(here) <= READER.most + (end - start) / READER.seconds + 1e-6


def test_what_is_kept_is_small_and_says_no_name() -> None:
    attempts = Attempts()
    wrong(attempts, 3)
    kept = json.loads(attempts.written())
    assert set(kept["holders"]) == {"h"}
    assert attempts.left("r", "h", "pin", T0 + 10 * HOLDER.seconds)
    assert json.loads(attempts.written())["holders"] == {}
