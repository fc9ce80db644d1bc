"""Lines of a real board: gpiozero over lgpio, and over nothing else.

Three things that gpiozero and lgpio do by themselves would break a promise of this product, and
are undone here:

* gpiozero asks for every pin as an input, then as an output at level 0, and only then sets the
  initial value: an active-low relay would be energised for a moment at each start. `_FirstLevel`
  asks once, for the output, with its first level in the request.
* one exception in a callback ends lgpio's only callback thread, and with it every later event of
  every line; each subscriber is therefore called under guard.
* without lgpio, gpiozero falls back to other pin libraries in silence; the factory is named here,
  and what is missing is an error.

gpiozero is imported here only, and only when a line is asked for.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from loquet_edge.drivers.ports import InputLine, LineError, LineSubscriber, OutputLine, Pull

log = logging.getLogger(__name__)

LAPTOP = 'for a laptop use board = "simulated"'
_MEMORY = "/dev/shm"
DIM_HERTZ, DIM_PERCENT = 100, 10
"""How a light is dimmed: lgpio's own thread switches it this often, for this share of the time."""


class GpioLines:
    """All lines of one process on one gpiochip; fills `ports.Lines`."""

    def __init__(self, chip: int = 0, *, factory: Any = None) -> None:
        """Open the chip, or take a gpiozero pin factory; raises `LineError`."""
        self._factory = open_factory(chip) if factory is None else factory
        # gpiozero gives a pin back as soon as nobody holds its device: hold them all.
        self._devices: list[Any] = []

    def output(
        self, name: str, offset: int, *, active_high: bool, initial_active: bool
    ) -> OutputLine:
        """Request an output whose first level ever is `initial_active`; raises `LineError`."""
        from gpiozero import DigitalOutputDevice

        with explained(name, offset):
            device = DigitalOutputDevice(
                offset,
                active_high=active_high,
                initial_value=initial_active,
                pin_factory=self._factory,
            )
        self._devices.append(device)
        return GpioOutputLine(name, device)

    def input(
        self,
        name: str,
        offset: int,
        *,
        active_high: bool,
        pull: Pull = "none",
        debounce_seconds: float = 0.0,
    ) -> InputLine:
        """Request an input; an edge is told when the level has been stable that long."""
        from gpiozero import DigitalInputDevice

        with explained(name, offset):
            device = DigitalInputDevice(
                offset,
                pull_up={"up": True, "down": False, "none": None}[pull],
                active_state=active_high if pull == "none" else None,
                bounce_time=debounce_seconds or None,
                pin_factory=self._factory,
            )
        self._devices.append(device)
        return GpioInputLine(name, device, inverted=_reads_inverted(pull, active_high))

    @property
    def handle(self) -> int:
        """lgpio's handle of the chip, for what gpiozero has no device for."""
        handle: int = self._factory._handle
        return handle

    def close(self) -> None:
        """Give back every line and the chip."""
        for device in self._devices:
            device.close()
        self._factory.close()


class GpioOutputLine:
    """An output on a real pin."""

    def __init__(self, name: str, device: Any) -> None:
        self.name = name
        self._device = device

    def drive(self, active: bool) -> None:
        """Set the level; raises `LineError` when the chip refuses."""
        with explained(self.name, None):
            self._device.value = int(active)

    def drive_dim(self) -> None:
        """Be active for a tenth of the time, too fast to be seen; mock pins are then just active.

        Raises `LineError` when the chip refuses.
        """
        dim = getattr(self._device.pin, "dim", None)
        if dim is None:
            self.drive(True)
            return
        with explained(self.name, None):
            dim(DIM_PERCENT if self._device.active_high else 100 - DIM_PERCENT)

    def close(self) -> None:
        self._device.close()


class GpioInputLine:
    """An input on a real pin."""

    def __init__(self, name: str, device: Any, *, inverted: bool) -> None:
        self.name = name
        self._device = device
        self._inverted = inverted
        self._subscribers: list[LineSubscriber] = []
        self._lock = threading.Lock()

    @property
    def active(self) -> bool:
        """The level now, before any debouncing."""
        return bool(self._device.value) != self._inverted

    def subscribe(self, callback: LineSubscriber) -> None:
        """Call `callback(active, monotonic_seconds)` at every later change."""
        with self._lock:
            self._subscribers.append(callback)
            if len(self._subscribers) == 1:
                self._device.when_activated = lambda: self._changed(True)
                self._device.when_deactivated = lambda: self._changed(False)

    def close(self) -> None:
        self._device.close()

    def _changed(self, device_active: bool) -> None:
        # lgpio's own stamp may be of another clock (its debouncer uses the wall clock).
        now = time.monotonic()
        for callback in tuple(self._subscribers):
            try:
                callback(device_active != self._inverted, now)
            except Exception:
                # Outermost loop of a line: what leaves here would end lgpio's only
                # callback thread and silence every exit button of the unit.
                log.exception("a subscriber of line %s raised; the line goes on", self.name)


def open_factory(chip: int) -> Any:
    """gpiozero's lgpio factory on `/dev/gpiochip{chip}`; raises `LineError` with what to do."""
    device = Path(f"/dev/gpiochip{chip}")
    if not device.exists():
        raise LineError(errno.ENOENT, f"{device} not found: are you on a Raspberry Pi? {LAPTOP}")
    if not os.access(device, os.R_OK | os.W_OK):
        raise LineError(
            errno.EACCES, f"no right to use {device}: 'sudo loquet-edge ...' has it. {LAPTOP}"
        )
    try:
        with _writable_folder():
            factory_type = _factory_type()
    except ImportError as error:
        raise LineError(
            errno.ENOPKG,
            f"{error.name or error} is not installed: pip install 'loquet[pi]' (on Raspberry Pi "
            f"OS trixie: apt install python3-lgpio python3-gpiozero); {LAPTOP}",
        ) from error
    with explained(str(device), None):
        return factory_type(chip=chip)


def _factory_type() -> Any:
    """LGPIOFactory with pins that are outputs from their first request on."""
    import lgpio
    from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin
    from gpiozero.pins.local import LocalPiPin

    class _FirstLevel(LGPIOPin):  # type: ignore[misc]
        """A pin that is not touched before its use is known."""

        def __init__(self, factory: Any, info: Any) -> None:
            LocalPiPin.__init__(self, factory, info)
            self._pwm = self._bounce = self._callback = None
            self._edges = lgpio.BOTH_EDGES
            self._dimmed = False

        def output_with_state(self, state: bool) -> None:
            lgpio.gpio_claim_output(self.factory._handle, self._number, int(bool(state)))

        def _set_state(self, value: bool) -> None:
            # gpiozero would ask the kernel for the pin's function before each write.
            if self._dimmed:
                lgpio.tx_pwm(self.factory._handle, self._number, 0, 0)
                self._dimmed = False
            lgpio.gpio_write(self.factory._handle, self._number, int(bool(value)))

        def dim(self, percent: int) -> None:
            """Be high for that share of each hundredth of a second."""
            lgpio.tx_pwm(self.factory._handle, self._number, DIM_HERTZ, percent)
            self._dimmed = True

    class _FirstLevelFactory(LGPIOFactory):  # type: ignore[misc]
        def __init__(self, chip: int) -> None:
            super().__init__(chip=chip)
            self.pin_class = _FirstLevel

    return _FirstLevelFactory


@contextlib.contextmanager
def _writable_folder() -> Iterator[None]:
    """lgpio makes a pipe in the working folder when imported; give it one that goes away."""
    before = Path.cwd()
    # In memory: exits must work with a full or read-only disk, and `tempfile` would give up.
    memory = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="lgpio-", dir=memory) as folder:
        os.chdir(folder)
        try:
            yield
        finally:
            os.chdir(before)


@contextlib.contextmanager
def explained(name: str, offset: int | None) -> Iterator[None]:
    """Turn what gpiozero and lgpio raise into a `LineError` that names the line."""
    import gpiozero

    known: tuple[type[BaseException], ...] = (gpiozero.GPIOZeroError, OSError)
    with contextlib.suppress(ImportError):
        import lgpio

        known = (*known, lgpio.error)
    try:
        yield
    except known as error:
        where = f"line {name}" if offset is None else f"line {name} (GPIO{offset})"
        raise LineError(
            errno.EIO, f"{where}: {error}; is another process using it? `gpioinfo` tells which"
        ) from error


def _reads_inverted(pull: Pull, active_high: bool) -> bool:
    """gpiozero takes a pulled-up input as active low, a pulled-down one as active high."""
    return pull != "none" and active_high == (pull == "up")
