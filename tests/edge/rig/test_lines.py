"""Our lines over gpiozero: with its mock pins here, and with the real lgpio on the rig."""

from __future__ import annotations

import logging
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from loquet_edge.drivers.lines import GpioLines, open_factory
from loquet_edge.drivers.ports import LineError, Pull
from tests.rig.rig import Rig

STRIKE, EXIT = 17, 22


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    pins = MockFactory()
    yield pins
    pins.reset()


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("initial", [True, False])
def test_outputs_say_active_and_pins_get_levels(
    factory: MockFactory, active_high: bool, initial: bool
) -> None:
    lines = GpioLines(factory=factory)
    strike = lines.output("strike", STRIKE, active_high=active_high, initial_active=initial)
    pin = factory.pin(STRIKE)
    assert pin.state is (initial == active_high)
    strike.drive(not initial)
    assert pin.state is (initial != active_high)
    lines.close()


@pytest.mark.parametrize("pull", ["up", "down", "none"])
@pytest.mark.parametrize("active_high", [True, False])
def test_inputs_say_active_whatever_the_pull(
    factory: MockFactory, pull: Pull, active_high: bool
) -> None:
    lines = GpioLines(factory=factory)
    line = lines.input("exit", EXIT, active_high=active_high, pull=pull)
    pin, heard = factory.pin(EXIT), []
    levels = (pin.drive_low, pin.drive_high)
    levels[not active_high]()
    line.subscribe(lambda active, seconds: heard.append(active))
    for active in (True, False, True):
        levels[active == active_high]()
        assert line.active is active
    assert heard == [True, False, True]
    lines.close()


def test_a_subscriber_that_raises_is_reported_and_silences_nobody(
    factory: MockFactory, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(active: bool, seconds: float) -> None:
        raise RuntimeError("broken subscriber")

    lines = GpioLines(factory=factory)
    line, heard = lines.input("exit", EXIT, active_high=False, pull="up"), []
    line.subscribe(broken)
    line.subscribe(lambda active, seconds: heard.append(active))
    with caplog.at_level(logging.ERROR):
        factory.pin(EXIT).drive_low()
        factory.pin(EXIT).drive_high()
    assert heard == [True, False]
    assert caplog.text.count("line exit raised") == 2
    lines.close()


def test_a_line_asked_for_twice_is_an_error_that_names_it(factory: MockFactory) -> None:
    lines = GpioLines(factory=factory)
    lines.output("strike", STRIKE, active_high=True, initial_active=False)
    with pytest.raises(LineError, match=r"line buzzer \(GPIO17\)"):
        lines.output("buzzer", STRIKE, active_high=True, initial_active=False)
    lines.close()


def test_a_machine_without_gpio_is_told_what_to_do() -> None:
    with pytest.raises(LineError, match=r'are you on a Raspberry Pi\?.*board = "simulated"'):
        open_factory(97)


@pytest.mark.parametrize("active_high", [True, False])
@pytest.mark.parametrize("initial", [True, False])
def test_the_first_level_on_the_wire_is_the_declared_one(
    rig: Rig, active_high: bool, initial: bool
) -> None:
    process = rig.python(
        "from loquet_edge.drivers.lines import GpioLines\n"
        f"strike = GpioLines().output('strike', {STRIKE},\n"
        f"    active_high={active_high}, initial_active={initial})\n"
        "print('requested', flush=True)\n"
        "input()\n"
        f"strike.drive({not initial})\n"
        "print('driven', flush=True)\n"
        "input()\n"
    )
    assert said(process) == "requested"
    assert rig.output_levels(STRIKE) == [int(initial == active_high)]
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()
    assert said(process) == "driven"
    assert rig.output_levels(STRIKE) == [int(initial == active_high), int(initial != active_high)]


def test_plain_gpiozero_would_energise_an_active_low_relay_at_start(rig: Rig) -> None:
    """Why `_FirstLevel` exists; when this fails, gpiozero has learnt it and ours can go."""
    process = rig.python(
        "from gpiozero import DigitalOutputDevice\n"
        "from gpiozero.pins.lgpio import LGPIOFactory\n"
        f"strike = DigitalOutputDevice({STRIKE}, active_high=False, initial_value=False,\n"
        "    pin_factory=LGPIOFactory(chip=0))\n"
        "print('requested', flush=True)\n"
        "input()\n"
    )
    assert said(process) == "requested"
    assert rig.output_levels(STRIKE) == [0, 1]


BROKEN_EXIT = f"""
from loquet_edge.drivers.lines import GpioLines
import logging
logging.disable()
lines = GpioLines()
strike = lines.output("strike", {STRIKE}, active_high=True, initial_active=False)
button = lines.input("exit", {EXIT}, active_high=False, pull="up", debounce_seconds=0.005)
def broken(active, seconds):
    raise RuntimeError("broken subscriber")
button.subscribe(broken)
button.subscribe(lambda active, seconds: strike.drive(active))
print("ready", button.active, flush=True)
input()
"""


def test_a_raising_callback_does_not_silence_the_exit_button(rig: Rig) -> None:
    assert said(rig.python(BROKEN_EXIT)) == "ready False"
    for pressed in (True, False, True, False):
        rig.control.set_input(EXIT, int(not pressed))
        rig.wait_level(STRIKE, int(pressed))


def test_a_normally_closed_fire_loop_reads_fire_when_cut(rig: Rig) -> None:
    rig.control.set_input(EXIT, 0)
    process = rig.python(
        "from loquet_edge.drivers.lines import GpioLines\n"
        f"fire = GpioLines().input('fire', {EXIT}, active_high=True, pull='up')\n"
        "print(fire.active, flush=True)\n"
        "fire.subscribe(lambda active, seconds: print(active, flush=True))\n"
        "input()\n"
    )
    assert said(process) == "False"
    rig.control.set_input(EXIT, None)
    assert said(process) == "True"


def test_a_line_of_another_process_is_an_error_that_names_it(rig: Rig) -> None:
    take = (
        "from loquet_edge.drivers.lines import GpioLines\n"
        "try:\n"
        f"    GpioLines().output('strike', {STRIKE}, active_high=True, initial_active=False)\n"
        "    print('taken', flush=True)\n"
        "except OSError as error:\n"
        "    print(error, flush=True)\n"
        "input()\n"
    )
    assert said(rig.python(take)) == "taken"
    answer = said(rig.python(take))
    assert "line strike (GPIO17)" in answer
    assert "busy" in answer


def test_lgpio_leaves_nothing_in_the_working_folder(rig: Rig) -> None:
    process = rig.python(
        "from loquet_edge.drivers.lines import GpioLines\nGpioLines()\nprint('open', flush=True)\n"
    )
    assert said(process) == "open"
    assert [entry.name for entry in Path(rig.folder).iterdir()] == ["board.sock"]


def test_gpiozero_is_imported_only_when_a_line_is_asked_for(rig: Rig) -> None:
    process = rig.python(
        "import loquet_edge.drivers.lines, sys\n"
        "print(sorted({'gpiozero', 'lgpio', 'spidev'} & set(sys.modules)))\n"
    )
    assert said(process) == "[]"
