"""Which driver a configuration names; each is imported only when it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from loquet_edge.config_readers import Rc522Wiring, SerialWiring, WiegandWiring

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig
    from loquet_edge.config_readers import WiredReader
    from loquet_edge.config_wires import InputConfig, OutputConfig
    from loquet_edge.drivers.ports import InputLine, Lines, Meet, OutputLine, Reader, RegisterPort


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


def request_outputs(lines: Lines, *configs: OutputConfig | None) -> OutputLine | None:
    """Return one output for all of these that are wired; None if none is."""
    from loquet_edge.drivers.together import Together

    found = [request_output(lines, each) for each in configs if each is not None]
    return found[0] if len(found) == 1 else Together(found) if found else None


def make_reader(
    config: WiredReader, unit: UnitConfig, lines: Lines | None = None, meet: Meet | None = None
) -> Reader:
    """Return the reader that the configuration names; raise OSError with what to do.

    ``lines``: those of the process, for a reader that is wired to lines of the board. ``meet``:
    for a reader that can have a card prove itself.
    """
    wiring = config.wiring
    if isinstance(wiring, Rc522Wiring):
        from loquet_edge.drivers.rc522 import Rc522Reader, Rc522Settings

        settings = Rc522Settings(poll=wiring.poll)
        return Rc522Reader(config.id, open_port(wiring), settings=settings, meet=meet)
    if isinstance(wiring, SerialWiring):
        from loquet_edge.drivers.serial_reader import SerialReader

        return SerialReader(config.id, wiring.device, wiring.baud)
    if isinstance(wiring, WiegandWiring):
        return _wiegand(config.id, wiring, lines)
    from loquet_edge.drivers.simulated import SimulatedReader

    return SimulatedReader(config.id, unit.board_socket, meet)


def _wiegand(name: str, wiring: WiegandWiring, lines: Lines | None) -> Reader:
    from loquet_edge.drivers.lines import GpioLines
    from loquet_edge.drivers.pulses import GpioPulseLine
    from loquet_edge.drivers.wiegand import WiegandReader, WiegandSettings
    from loquet_edge.protocols.wiegand_formats import FORMATS

    board = lines if isinstance(lines, GpioLines) else GpioLines()
    settings = WiegandSettings(
        tuple(FORMATS[each] for each in wiring.formats), wiring.keypad, wiring.gap
    )

    def listen(which: int, fell: Callable[[int], None]) -> GpioPulseLine:
        line = (wiring.d0, wiring.d1)[which]
        return GpioPulseLine(board, f"D{which} of reader {name}", line, wiring.pull, fell)

    return WiegandReader(name, listen, settings)


def open_port(wiring: Rc522Wiring) -> RegisterPort:
    """Return the way to an RC522's registers; it is opened when it is first used."""
    from loquet_edge.drivers.rc522_ports import DeferredPort, Mfrc522PackagePort, SpidevPort

    make = SpidevPort if wiring.port == "spidev" else Mfrc522PackagePort
    return DeferredPort(lambda: make(wiring.bus, wiring.device))
