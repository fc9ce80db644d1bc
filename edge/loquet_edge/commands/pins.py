"""``loquet-edge pins``: which line goes to which pin of the header."""

from collections.abc import Iterator

from loquet_edge.config import UnitConfig
from loquet_edge.config_lines import (
    HEADER_PINS,
    energised_at_reset,
    reader_lines,
    reset_pull_high,
    used_lines,
)


def table(config: UnitConfig) -> Iterator[str]:
    """Give the table as lines, ordered by line."""
    yield f"{'line':>4}  {'pin':>3}  {'direction':<9}  {'active':<6}  {'at reset':<8}  role"
    rows = [
        (used.line, "output" if used.output else "input", "high" if used.active_high else "low",
         used.role)
        for used in used_lines(config)
    ]  # fmt: skip
    rows += [(line, "reader", "", role) for line, role in reader_lines(config).items()]
    for line, direction, active, role in sorted(rows):
        pull = "pull-up" if reset_pull_high(line) else "pull-down"
        pin = HEADER_PINS.get(line, "-")
        yield f"{line:>4}  {pin:>3}  {direction:<9}  {active:<6}  {pull:<9} {role}"


def refusals(config: UnitConfig) -> list[str]:
    """Return what must not be wired so: lock lines that reset would energise."""
    return energised_at_reset(config)
