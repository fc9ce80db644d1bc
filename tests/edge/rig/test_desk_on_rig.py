"""A desk's seat switch and motion detector through gpiozero and lgpio, on simulated devices."""

import contextlib
from collections.abc import Iterator

import pytest

from tests.edge.rig.rig_unit import EXAMPLE, READER, RigUnit, cards
from tests.rig.rig import a_rig

SEAT, PIR = 16, 20
DESKS = f"""
[[desks]]
id = "d1"
area = "open"
seat_line = {SEAT}
seat_hold = 0.2

[[desks]]
id = "d2"
area = "open"
pir_line = {PIR}
hold = 0.2
"""


@pytest.fixture
def unit() -> Iterator[RigUnit]:
    with a_rig(readers=(f"{READER}=0.0",)) as rig:
        rig.control.set_input(SEAT, 1)
        rig.control.set_input(PIR, 0)
        found = RigUnit(rig, EXAMPLE + DESKS)
        found.give_policy(cards(1))
        with contextlib.closing(found):
            found.start()
            yield found


def said(unit: RigUnit, desk: str) -> list[str]:
    """The facts of a desk, but that nothing is known of it before its sensor was quiet."""
    return [
        f"{each.kind} {desk}"
        for each in unit.entries()
        if each.body.get("desk") == desk and each.kind != "desk_unknown"
    ]


@pytest.mark.parametrize(("line", "active", "desk"), [(SEAT, 0, "d1"), (PIR, 1, "d2")])
def test_a_desks_sensor_is_heard_on_its_own_line(
    unit: RigUnit, line: int, active: int, desk: str
) -> None:
    told = [f"{kind} {desk}" for kind in ("desk_freed", "desk_occupied", "desk_freed")]
    unit.wait(lambda: said(unit, desk) == told[:1], "the desk is free")
    unit.rig.control.set_input(line, active)
    unit.wait(lambda: said(unit, desk) == told[:2], "the desk is taken")
    unit.rig.control.set_input(line, 1 - active)
    unit.wait(lambda: said(unit, desk) == told, "the desk is free again")
