"""Unmodified lgpio, gpiozero and spidev, in processes of their own, on the simulated devices."""

from __future__ import annotations

import signal
import subprocess
import time

import pytest

from tests.rig.rig import Rig

LINE, OTHER = 17, 22


def said(process: subprocess.Popen[str]) -> str:
    """The next line that a process prints."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


def tell(process: subprocess.Popen[str], word: str = "go") -> None:
    """Let a process that waits for a line go on."""
    assert process.stdin is not None
    process.stdin.write(word + "\n")
    process.stdin.flush()


def test_lgpio_knows_the_chip_and_its_lines(rig: Rig) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        "print(lgpio.gpio_get_chip_info(chip)[1:])\n"
        "print(lgpio.gpio_get_line_info(chip, 17)[3])\n"
    )
    assert said(process) == "[58, 'gpiochip0', 'pinctrl-bcm2711']"
    assert said(process) == "GPIO17"
    assert process.wait(10) == 0


@pytest.mark.parametrize("level", [0, 1])
def test_lgpio_drives_a_line_from_its_first_level_on(rig: Rig, level: int) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_output(chip, {LINE}, {level})\n"
        f"lgpio.gpio_write(chip, {LINE}, {1 - level})\n"
        f"print(lgpio.gpio_read(chip, {LINE}))\n"
        "input()\n"
    )
    assert said(process) == str(1 - level)
    assert rig.output_levels(LINE) == [level, 1 - level]
    assert rig.control.read_line(LINE)["owner"] == "lg"


@pytest.mark.parametrize("level", [0, 1])
def test_lgpio_active_low_is_the_other_level_on_the_wire(rig: Rig, level: int) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_output(chip, {LINE}, {level}, lgpio.SET_ACTIVE_LOW)\n"
        f"print(lgpio.gpio_read(chip, {LINE}))\n"
        "input()\n"
    )
    assert said(process) == str(level)
    assert rig.level(LINE) == 1 - level


@pytest.mark.parametrize(("flag", "level"), [("UP", 1), ("DOWN", 0)])
def test_lgpio_pulls_an_open_line(rig: Rig, flag: str, level: int) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_input(chip, {OTHER}, lgpio.SET_PULL_{flag})\n"
        f"print(lgpio.gpio_read(chip, {OTHER}))\n"
    )
    assert said(process) == str(level)


def test_lgpio_writes_a_group_in_one_request(rig: Rig) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.group_claim_output(chip, [{LINE}, {OTHER}], [1, 0])\n"
        f"lgpio.group_write(chip, {LINE}, 0b10)\n"
        f"print(lgpio.group_read(chip, {LINE})[1])\n"
        "input()\n"
    )
    assert said(process) == "2"
    assert (rig.output_levels(LINE), rig.output_levels(OTHER)) == ([1, 0], [0, 1])


def test_lgpio_hears_edges_with_the_boards_own_time(rig: Rig) -> None:
    process = rig.python(
        "import lgpio, sys\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_alert(chip, {OTHER}, lgpio.BOTH_EDGES, lgpio.SET_PULL_UP)\n"
        f"lgpio.callback(chip, {OTHER}, lgpio.BOTH_EDGES,\n"
        "    lambda chip, line, level, tick: print(line, level, tick, flush=True))\n"
        "print('ready')\n"
        "input()\n"
    )
    assert said(process) == "ready"
    for level in (0, 1, 0):
        rig.control.set_input(OTHER, level)
        line, heard, tick = said(process).split()
        assert (int(line), int(heard)) == (OTHER, level)
        assert int(tick) == rig.control.line_history(OTHER)[-1]["monotonic_ns"]


@pytest.mark.parametrize(("edge", "heard"), [("RISING", "1"), ("FALLING", "0")])
def test_lgpio_hears_only_the_edge_it_asked_for(rig: Rig, edge: str, heard: str) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_alert(chip, {OTHER}, lgpio.{edge}_EDGE, lgpio.SET_PULL_UP)\n"
        f"lgpio.callback(chip, {OTHER}, lgpio.{edge}_EDGE,\n"
        "    lambda chip, line, level, tick: print(level, flush=True))\n"
        "print('ready')\n"
        "input()\n"
    )
    assert said(process) == "ready"
    for level in (0, 1, 0, 1):
        rig.control.set_input(OTHER, level)
    assert [said(process), said(process)] == [heard, heard]


def test_a_line_of_another_process_is_busy(rig: Rig) -> None:
    claim = (
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        "try:\n"
        f"    print(lgpio.gpio_claim_output(chip, {LINE}, 1))\n"
        "except lgpio.error as error:\n"
        "    print(error)\n"
        "input()\n"
    )
    first = rig.python(claim)
    assert said(first) == "0"
    assert "busy" in said(rig.python(claim)).lower()


def test_gpiozero_finds_a_pi_4(rig: Rig) -> None:
    process = rig.python(
        "from gpiozero.pins.lgpio import LGPIOFactory\n"
        "print(LGPIOFactory(chip=0).board_info.model)\n"
    )
    assert said(process) == "4B"


def test_gpiozero_debounces_what_the_world_bounces(rig: Rig) -> None:
    process = rig.python(
        "from gpiozero import DigitalInputDevice\n"
        "from gpiozero.pins.lgpio import LGPIOFactory\n"
        "import time\n"
        f"line = DigitalInputDevice({OTHER}, pull_up=True, bounce_time=0.05,\n"
        "    pin_factory=LGPIOFactory(chip=0))\n"
        "line.when_activated = lambda: print('active', time.monotonic(), flush=True)\n"
        "line.when_deactivated = lambda: print('inactive', time.monotonic(), flush=True)\n"
        "print('ready')\n"
        "input()\n"
    )
    assert said(process) == "ready"
    for level in (0, 1, 0, 1, 0):
        rig.control.set_input(OTHER, level)
    last_edge = time.monotonic()
    word, at = said(process).split()
    assert word == "active"
    assert float(at) >= last_edge + 0.045
    rig.control.set_input(OTHER, 1)
    assert said(process).split()[0] == "inactive"


def test_spidev_reads_the_readers_version(rig: Rig) -> None:
    process = rig.python(
        "import spidev\n"
        "bus = spidev.SpiDev()\n"
        "bus.open(0, 0)\n"
        "bus.mode, bus.max_speed_hz = 0, 1_000_000\n"
        "for word in ('there', 'unplugged', 'back'):\n"
        "    print(bus.xfer2([0x80 | 0x37 << 1, 0])[1], bus.max_speed_hz)\n"
        "    input()\n"
    )
    assert said(process) == f"{0x92} 1000000"
    rig.control.unplug("front")
    tell(process)
    assert said(process) == "255 1000000"
    rig.control.plug("front")
    tell(process)
    assert said(process) == f"{0x92} 1000000"


def test_spidev_write_and_read_are_transactions_of_their_own(rig: Rig) -> None:
    process = rig.python(
        "import spidev\n"
        "bus = spidev.SpiDev()\n"
        "bus.open(0, 0)\n"
        "bus.writebytes([0x2A << 1, 0x8D])\n"  # TModeReg keeps what it is given
        "print(bus.xfer2([0x80 | 0x2A << 1, 0])[1], bus.readbytes(2))\n"
        "print(bus.xfer([0x80 | 0x2A << 1, 0]))\n"
    )
    assert said(process) == "141 [0, 0]"
    assert process.wait(10) == 0


def test_an_empty_chip_select_answers_zeros(rig: Rig) -> None:
    process = rig.python(
        "import spidev\n"
        "bus = spidev.SpiDev()\n"
        "bus.open(0, 1)\n"
        "print(bus.xfer2([0x80 | 0x37 << 1, 0]))\n"
    )
    assert said(process) == "[0, 0]"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_dead_process_gives_its_lines_back(either_rig: Rig, number: signal.Signals) -> None:
    process = either_rig.python(
        "import lgpio, signal\n"
        "signal.signal(signal.SIGINT, signal.SIG_DFL)\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_output(chip, {LINE}, 1)\n"
        "print('driven')\n"
        "input()\n"
    )
    assert said(process) == "driven"
    process.send_signal(number)
    assert process.wait(10) == -number
    either_rig.wait_for(
        lambda: either_rig.control.read_line(LINE)["owner"] is None, "the line given back"
    )
    strict = either_rig.control.snapshot()["strict_gpiod"]
    assert either_rig.level(LINE) == (0 if strict else 1)


def test_a_stopped_process_keeps_its_line_and_its_level(rig: Rig) -> None:
    process = rig.python(
        "import lgpio\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_output(chip, {LINE}, 1)\n"
        "print('driven')\n"
        "input()\n"
        f"lgpio.gpio_write(chip, {LINE}, 0)\n"
        "print('driven')\n"
        "input()\n"
    )
    assert said(process) == "driven"
    process.send_signal(signal.SIGSTOP)
    tell(process)
    line = rig.control.read_line(LINE)
    assert (line["level"], line["owner"]) == (1, "lg")
    process.send_signal(signal.SIGCONT)
    assert said(process) == "driven"
    assert rig.level(LINE) == 0


def test_children_of_a_process_take_nothing_from_it(rig: Rig) -> None:
    process = rig.python(
        "import lgpio, os, subprocess\n"
        "chip = lgpio.gpiochip_open(0)\n"
        f"lgpio.gpio_claim_output(chip, {LINE}, 0)\n"
        "subprocess.run(['true'], check=True)\n"
        f"lgpio.gpio_write(chip, {LINE}, 1)\n"
        "print('driven')\n"
        "input()\n"
    )
    assert said(process) == "driven"
    assert rig.output_levels(LINE) == [0, 1]


def test_many_threads_share_the_devices(rig: Rig) -> None:
    process = rig.python(
        "import lgpio, spidev, threading\n"
        "chip = lgpio.gpiochip_open(0)\n"
        "bus = spidev.SpiDev()\n"
        "bus.open(0, 0)\n"
        "wrong = []\n"
        "def drive(line):\n"
        "    lgpio.gpio_claim_output(chip, line, 0)\n"
        "    for level in [1, 0] * 100:\n"
        "        lgpio.gpio_write(chip, line, level)\n"
        "        if lgpio.gpio_read(chip, line) != level: wrong.append(line)\n"
        "        if bus.xfer2([0x80 | 0x37 << 1, 0])[1] != 0x92: wrong.append('bus')\n"
        "threads = [threading.Thread(target=drive, args=(n,)) for n in (5, 6, 13, 17)]\n"
        "for thread in threads: thread.start()\n"
        "for thread in threads: thread.join()\n"
        "print('wrong', wrong)\n"
        "input()\n"
    )
    assert said(process) == "wrong []"
    assert rig.output_levels(LINE) == [0, *[1, 0] * 100]


def test_without_a_board_there_are_no_devices(rig: Rig) -> None:
    rig.server.stop()
    process = rig.python(
        "import spidev\n"
        "try:\n"
        "    spidev.SpiDev().open(0, 0)\n"
        "except OSError as error:\n"
        "    print(type(error).__name__)\n"
    )
    assert said(process) == "FileNotFoundError"
