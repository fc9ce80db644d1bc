"""Everything that watches a desk or counts people, from its wire to the journal, in real processes.

Lines through gpiozero and lgpio, the desk's reader through spidev, the radar through pyserial.
"""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from loquet_edge.protocols.ld2410 import Target
from loquet_edge.simulation.ld2410 import SimulatedRadar
from tests.edge.rig.rig_unit import EXAMPLE, READER, RigUnit, card, cards
from tests.rig.rig import a_rig

STEP = 0.05
SEAT, PIR, PRESENCE, OUTER, INNER = 16, 20, 21, 26, 27
DESKS = f"""
[[desks]]
id = "seat"
area = "open"
seat_line = {SEAT}
seat_hold = 0.2

[[desks]]
id = "pir"
area = "open"
pir_line = {PIR}
hold = 0.2

[[desks]]
id = "presence"
area = "open"
presence_line = {PRESENCE}
presence_hold = 0.2

[[desks]]
id = "radar"
area = "open"
presence_device = "/dev/radar"
presence_hold = 0.2
presence_silent = 2

[[desks]]
id = "badge"
area = "open"

[[readers]]
id = "badge-reader"
device = 1
desk = "badge"

[[counters]]
id = "beams"
door = "front"
outer_line = {OUTER}
inner_line = {INNER}
"""


@dataclass(slots=True)
class Room:
    """One unit with all of them, and the radar on its serial line."""

    unit: RigUnit
    radar: SimulatedRadar

    def said(self, desk: str) -> list[str]:
        """The facts of a desk, but that nothing is known of it before its sensor was quiet."""
        return [
            each.kind.removeprefix("desk_")
            for each in self.unit.entries()
            if each.body.get("desk") == desk and each.kind != "desk_unknown"
        ]

    def wait(self, desk: str, *told: str) -> None:
        self.unit.wait(lambda: self.said(desk) == list(told), f"{desk}: {told}")


@pytest.fixture(scope="module")
def room() -> Iterator[Room]:
    with a_rig(readers=(f"{READER}=0.0", "desk=0.1")) as rig:
        for line, level in ((SEAT, 1), (PIR, 0), (PRESENCE, 0), (OUTER, 0), (INNER, 0)):
            rig.control.set_input(line, level)
        radar = SimulatedRadar(rig.folder / "radar")
        radar.start()
        text = EXAMPLE + DESKS.replace("/dev/radar", str(radar.device))
        unit = RigUnit(rig, text)
        unit.give_policy(cards(1))
        with contextlib.closing(unit), contextlib.closing(radar):
            unit.start()
            yield Room(unit, radar)


@pytest.mark.parametrize(
    ("desk", "line", "active"), [("seat", SEAT, 0), ("pir", PIR, 1), ("presence", PRESENCE, 1)]
)
def test_a_desks_sensor_is_heard_on_its_own_line(
    room: Room, desk: str, line: int, active: int
) -> None:
    room.wait(desk, "freed")
    room.unit.rig.control.set_input(line, active)
    room.wait(desk, "freed", "occupied")
    room.unit.rig.control.set_input(line, 1 - active)
    room.wait(desk, "freed", "occupied", "freed")


def test_a_radar_is_heard_and_its_silence_too(room: Room) -> None:
    room.wait("radar", "freed")
    room.radar.model.target = Target.STILL
    room.wait("radar", "freed", "occupied")
    room.radar.unplug()
    unknown = ("desk_unknown", "silent")
    room.unit.wait(
        lambda: unknown in [(each.kind, each.body.get("evidence")) for each in room.unit.entries()
                            if each.body.get("desk") == "radar"],
        "nobody knows",
    )  # fmt: skip
    room.radar.model.target = Target.NOBODY
    room.radar.plug()
    room.wait("radar", "freed", "occupied", "freed")


def test_a_badge_at_a_desk_checks_in(room: Room) -> None:
    room.wait("badge", "freed")
    room.unit.rig.control.present_card("desk", card(0))
    room.wait("badge", "freed", "badged", "occupied")


def test_two_beams_tell_who_comes_from_who_goes(room: Room) -> None:
    steps = ((OUTER, 1), (INNER, 1), (OUTER, 0), (INNER, 0))
    for line, level in steps:
        room.unit.rig.control.set_input(line, level)
        stands(room.unit, line)
    for line, level in ((INNER, 1), (OUTER, 1), (INNER, 0), (OUTER, 0)):
        room.unit.rig.control.set_input(line, level)
        stands(room.unit, line)
    room.unit.wait(lambda: crossings(room.unit) == [True, False], "one came, one went")


def stands(unit: RigUnit, line: int) -> None:
    """Let a level stand for as long as a person takes for a step: longer than a bounce."""
    unit.wait(lambda: time.monotonic() > unit.records(line)[-1][0] + STEP, "a step")


def crossings(unit: RigUnit) -> list[bool]:
    return [each.body["inward"] for each in unit.entries() if each.kind == "beam_crossed"]
