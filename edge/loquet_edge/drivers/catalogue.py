"""Which driver a configuration names; each is imported only when it is named."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from loquet_edge.config import InputConfig, OutputConfig, UnitConfig
    from loquet_edge.drivers.ports import InputLine, Lines, OutputLine


def open_lines(config: UnitConfig) -> Lines:
    """Return the lines of the unit's board; raise LineError or BoardGone with what to do."""
    if config.simulated:
        from loquet_edge.drivers.simulated import SimulatedLines

        return SimulatedLines(config.board_socket)
    from loquet_edge.drivers.lines import GpioLines

    return GpioLines()


def request_input(lines: Lines, config: InputConfig) -> InputLine:
    """Return an input as the configuration says it is wired."""
    return lines.input(
        config.name,
        config.line,
        active_high=config.active_high,
        pull=config.pull,
        debounce_seconds=config.debounce,
    )


def request_output(lines: Lines, config: OutputConfig, initial: bool = False) -> OutputLine:
    """Return an output whose first level ever is ``initial``."""
    return lines.output(
        config.name, config.line, active_high=config.active_high, initial_active=initial
    )
