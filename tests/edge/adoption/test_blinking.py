"""The digits of a code, as blinks that a person counts."""

import threading
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loquet_edge.adoption.blinking import LONG, SHORT, Lamp, pattern


@given(st.text("123456", min_size=4, max_size=4))
def test_each_digit_is_so_many_short_lights(blinks: str) -> None:
    steps = pattern(blinks)
    assert steps[0] == (True, LONG)
    assert sum(1 for lit, seconds in steps if lit and seconds == SHORT) == sum(map(int, blinks))
    pauses = [seconds for lit, seconds in steps if not lit]
    assert pauses.count(max(pauses)) == 1 + len(blinks)
    assert sum(seconds for _, seconds in steps) < 25


def test_the_boards_light_blinks_and_is_given_back(tmp_path: Path) -> None:
    led = tmp_path / "ACT"
    led.mkdir()
    (led / "trigger").write_text("none [mmc0] timer")
    (led / "brightness").write_text("0")
    lamp = Lamp(tmp_path)
    lamp.show("1111")
    lit = threading.Event()

    def look() -> None:
        while (led / "brightness").read_text() != "1":
            pass
        lit.set()

    threading.Thread(target=look, daemon=True).start()
    assert lit.wait(20)
    assert (led / "trigger").read_text() == "none"
    lamp.close()
    assert (led / "trigger").read_text() == "mmc0"


def test_a_computer_without_that_light_goes_without(tmp_path: Path) -> None:
    lamp = Lamp(tmp_path)
    lamp.show("1234")
    lamp.close()
    assert list(tmp_path.iterdir()) == []
