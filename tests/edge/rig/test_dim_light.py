"""A light at night, on the simulated chip under the real lgpio."""

from itertools import pairwise

from tests.rig.rig import Rig

GREEN = 5
SCRIPT = f"""
import sys, time
from loquet_edge.drivers.lines import GpioLines
lines = GpioLines()
green = lines.output("green", {GREEN}, active_high=True, initial_active=False)
green.drive_dim()
print("dim", flush=True)
sys.stdin.readline()
green.drive(True)
print("bright", flush=True)
sys.stdin.readline()
lines.close()
"""


def shares(history: list[dict[str, int]]) -> list[float]:
    """Return, for each round of low and high, for which share it was high."""
    rising = [each["monotonic_ns"] for each in history if each["level"] == 1]
    falling = [each["monotonic_ns"] for each in history if each["level"] == 0]
    found = []
    for begin, after in pairwise(rising):
        ends = [each for each in falling if begin < each < after]
        found += [(ends[0] - begin) / (after - begin)] if ends else []
    return found


def test_a_dim_light_is_on_for_a_small_share_of_the_time_and_then_wholly(rig: Rig) -> None:
    process = rig.python(SCRIPT)
    assert process.stdout is not None and process.stdin is not None
    assert process.stdout.readline().strip() == "dim"
    rig.wait_for(lambda: len(shares(rig.control.line_history(GREEN))) >= 10, "ten rounds")
    found = sorted(shares(rig.control.line_history(GREEN)))
    assert found[0] < 0.5  # a busy machine stretches the others
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.stdout.readline().strip() == "bright"
    before = rig.control.line_history(GREEN)
    assert before[-1]["level"] == 1
    process.stdin.write("\n")
    process.stdin.flush()
    assert process.wait(20) == 0
