"""What the bill of materials adds up to: ``hardware/bom.csv`` as lists to buy by, and as power."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = ("one_door_rc522", "two_doors_osdp_in_out", "twelve_desks")
EFFICIENCY = 0.85
"""Of a 12 V to 5 V converter in the middle of its range."""
USABLE = 0.7
"""Of a lead battery's printed capacity: what is left of it after some years, at a light load."""
BATTERY_HOURS = 4.0
SUPPLY_AMPS, BATTERY_AMP_HOURS, CONVERTER_AMPS = 5.0, 7.0, 3.0
"""Of the parts that the bill names."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the bill; currents in amperes, prices in euros."""

    id: str
    part: str
    purpose: str
    search: str
    quantity: dict[str, int]
    low: float
    high: float
    volts: float
    most: float
    rest: float
    note: str

    def watts(self, example: str, amps: float) -> float:
        """Return what the supply of 12 V gives for this line."""
        share = 1.0 if self.volts in (0.0, 12.0) else EFFICIENCY
        # The unit makes 3.3 V out of its 5 V with a linear or switching regulator: count 5 V.
        volts = 5.0 if self.volts == 3.3 else self.volts
        return self.quantity[example] * volts * amps / share


@dataclass(frozen=True, slots=True)
class Budget:
    """The current of one example: on its 12 V, on its 5 V; the battery for ``BATTERY_HOURS``."""

    most: float
    rest: float
    converter: float
    amp_hours: float
    hours: float
    """For which the battery that the bill names lasts."""


def items() -> list[Item]:
    """Return every line of the bill."""
    with (ROOT / "hardware" / "bom.csv").open(encoding="utf-8", newline="") as file:
        return [_item(row) for row in csv.DictReader(file)]


def _item(row: dict[str, str]) -> Item:
    def number(key: str) -> float:
        return float(row[key] or 0)

    return Item(
        row["id"], row["part"], row["what for"], row["words to search by"],
        {each: int(row[each]) for each in EXAMPLES}, number("price low EUR"),
        number("price high EUR"), number("volts"), number("most mA") / 1000,
        number("mA at rest") / 1000, row["note"],
    )  # fmt: skip


def budget(example: str) -> Budget:
    """Return what an example needs."""
    found = items()
    most = sum(each.watts(example, each.most) for each in found) / 12
    rest = sum(each.watts(example, each.rest) for each in found) / 12
    batteries = next(each for each in found if each.id == "battery_12v").quantity[example]
    converter = sum(
        each.quantity[example] * each.most for each in found if each.volts in (3.3, 5.0)
    )
    usable = batteries * BATTERY_AMP_HOURS * USABLE
    return Budget(most, rest, converter, rest * BATTERY_HOURS / USABLE, usable / rest)


def power_table() -> str:
    """Return the table of ``hardware/power.md``."""
    lines = [
        "| example | most, at 12 V | at rest, at 12 V | most, at 5 V | battery for"
        f" {BATTERY_HOURS:g} h | the battery of the bill lasts |",
        "|---|---|---|---|---|---|",
    ]
    for example in EXAMPLES:
        need = budget(example)
        lines.append(
            f"| `{example}` | {need.most:.1f} A | {need.rest:.1f} A | {need.converter:.1f} A"
            f" | {math.ceil(need.amp_hours)} Ah | {need.hours:.1f} h |"
        )
    return "\n".join(lines)


def currents_table() -> str:
    """Return the planning figures, line by line."""
    lines = ["| part | at | most | at rest |", "|---|---|---|---|"]
    for each in items():
        if each.volts:
            lines.append(
                f"| {each.part} | {each.volts:g} V | {each.most * 1000:.0f} mA"
                f" | {each.rest * 1000:.0f} mA |"
            )
    return "\n".join(lines)


def shopping(example: str) -> str:
    """Return the shopping list of an example, with what it costs at least and at most."""
    lines = ["| quantity | part | what for | words to search by | EUR each | note |",
             "|---|---|---|---|---|---|"]  # fmt: skip
    low = high = 0.0
    for each in _bought(example):
        count = each.quantity[example]
        low, high = low + count * each.low, high + count * each.high
        lines.append(
            f"| {count} | {each.part} | {each.purpose} | {each.search}"
            f" | {each.low:g} to {each.high:g} | {each.note} |"
        )
    return "\n".join([*lines, "", f"Together between {low:.0f} and {high:.0f} EUR."])


def _bought(example: str) -> Iterator[Item]:
    return (each for each in items() if each.quantity[example])
