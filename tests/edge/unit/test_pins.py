"""``pins`` and the pinout: what stands on the header, and what must not hang there."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from loquet_edge.boot_lines import taken_at_boot
from loquet_edge.cli import main
from loquet_edge.config_lines import HEADER_PINS, reader_lines
from loquet_edge.errors import ConfigurationError
from loquet_edge.pinout import board_here, pinout
from tests.edge.unit.test_door_wires import DOOR, UNIT, door, read

ROOT = Path(__file__).parents[3]
GROUND, FIVE_VOLTS, THREE_VOLTS = {6, 9, 14, 20, 25, 30, 34, 39}, {2, 4}, {1, 17}
READER = '[[readers]]\nid = "r"\ndoor = "front"\naccess_point = "p"\n'


def pins(file: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["pins", "--config", str(file), *more])


def test_the_header_has_forty_pins_and_each_is_one_thing() -> None:
    lines = set(HEADER_PINS.values())
    assert len(lines) == len(HEADER_PINS) == 28
    assert sorted(lines | GROUND | FIVE_VOLTS | THREE_VOLTS) == list(range(1, 41))
    assert sorted(HEADER_PINS) == list(range(28))


def test_the_pinout_beside_the_wiring_is_the_one_that_the_code_reads() -> None:
    shown = ROOT / "hardware/pinout.toml"
    assert shown.read_text() == (ROOT / "edge/loquet_edge/pinout.toml").read_text()


def test_reset_pulls_are_those_of_the_data_sheet() -> None:
    """BCM2835 ARM Peripherals, table 6-31: GPIO 0 to 8 are pulled up, 9 to 27 down."""
    assert {pin.line for pin in pinout().pins.values() if pin.reset_high} == set(range(9))


@pytest.mark.parametrize("key", ["pi3", "zero2w", "pi4", "pi5"])
def test_a_boards_buses_lie_on_its_header(key: str) -> None:
    board = pinout().boards[key]
    for lines in board.spi.values():
        assert len(set(lines)) == len(lines) and set(lines) <= set(HEADER_PINS)
    for transmit, receive in board.uart.values():
        assert receive == transmit + 1
    assert board.spi_lines(0, 2) == {
        9: "SPI0 MISO", 10: "SPI0 MOSI", 11: "SPI0 SCLK", 8: "SPI0 CE0", 7: "SPI0 CE1",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Raspberry Pi 3 Model B Plus Rev 1.3\0", "pi3"),
        ("Raspberry Pi 4 Model B Rev 1.5\0", "pi4"),
        ("Raspberry Pi 5 Model B Rev 1.0\0", "pi5"),
        ("Raspberry Pi Zero 2 W Rev 1.0\0", "zero2w"),
    ],
)
def test_the_kernel_says_on_which_board_this_runs(tmp_path: Path, said: str, key: str) -> None:
    file = tmp_path / "model"
    file.write_text(said)
    board = board_here(file)
    assert board is not None and board.key == key


def test_another_machine_is_no_board(tmp_path: Path) -> None:
    (tmp_path / "model").write_text("Some Laptop\0")
    assert board_here(tmp_path / "model") is None
    assert board_here(tmp_path / "nothing") is None


def test_models_have_buses_of_their_own(tmp_path: Path) -> None:
    text = UNIT + DOOR.format("front", 17) + READER
    assert sorted(reader_lines(read(tmp_path, text + "bus = 3"))) == [0, 1, 2, 3]
    five = text.replace("pi4", "pi5")
    assert sorted(reader_lines(read(tmp_path, five + "bus = 3"))) == [4, 5, 6, 7]
    with pytest.raises(ConfigurationError, match="Raspberry Pi 5 has no SPI 6; it has 0, 1, 2"):
        read(tmp_path, five + "bus = 6")


@pytest.mark.parametrize(
    ("said", "key", "lines"),
    [
        ("dtparam=spi=on", "pi4", {7, 8, 9, 10, 11}),
        ("dtparam=i2c_arm=on", "pi3", {2, 3}),
        ("enable_uart=1", "zero2w", {14, 15}),
        ("enable_uart=1", "pi5", set()),
        ("dtparam=uart0=on", "pi5", {14, 15}),
        ("dtoverlay=uart0-pi5", "pi5", {14, 15}),
        ("dtoverlay=uart3", "pi4", {4, 5}),
        ("dtoverlay=uart3-pi5", "pi5", {8, 9}),
        ("dtoverlay=spi1-3cs", "pi4", {16, 17, 18, 19, 20, 21}),
        ("dtoverlay=spi1-1cs", "pi4", {18, 19, 20, 21}),
        ("dtoverlay=w1-gpio", "pi4", {4}),
        ("dtoverlay=w1-gpio,gpiopin=22", "pi4", {22}),
        ("dtoverlay=gpio-fan,gpiopin=18,temp=60000", "pi4", {18}),
        ("dtoverlay=i2c-rtc,ds3231", "pi4", {2, 3}),
        ("#dtparam=spi=on", "pi4", set()),
        ("dtparam=spi=off", "pi4", set()),
        ("[pi5]\ndtparam=spi=on\n[all]", "pi4", set()),
        ("[pi5]\ndtparam=spi=on\n[all]\ndtparam=i2c_arm=on", "pi5", {2, 3, 7, 8, 9, 10, 11}),
        ("[none]\ndtparam=spi=on", "pi4", set()),
        ("gpu_mem=16\nnonsense\n=\ndtoverlay=", "pi4", set()),
    ],
)
def test_what_the_system_takes_at_boot_is_known(said: str, key: str, lines: set[int]) -> None:
    assert set(taken_at_boot(said, pinout().boards[key])) == lines


def test_four_doors_stand_on_the_terminal_each_by_itself(tmp_path: Path) -> None:
    text = UNIT + "".join(DOOR.format(f"door{at}", 17 + at) for at in range(4))
    read(
        tmp_path, text.replace('lock = "strike"\nlock_line = 18', 'lock = "maglock"\nlock_line=18')
    )
    found = pins(tmp_path / "unit.toml")
    assert found.exit_code == 0, found.output
    lines = found.output.splitlines()
    assert lines[0] == "Raspberry Pi 4, pinctrl-bcm2711"
    assert "  17   11  output     high    pull-down lock:door0" in lines
    assert "  18   12  output     low     pull-down lock:door1" in lines
    assert any("maglock, fail-safe: released without power" in line for line in lines)
    assert found.output.count("[doors.door") == 4
    assert max(map(len, lines)) <= 100


def test_a_line_that_the_system_takes_is_refused_with_what_takes_it(tmp_path: Path) -> None:
    door(tmp_path, "contact_line = 3")
    boot = tmp_path / "config.txt"
    boot.write_text("dtparam=i2c_arm=on\n")
    assert pins(tmp_path / "unit.toml").exit_code == 0
    found = pins(tmp_path / "unit.toml", "--boot", str(boot))
    assert found.exit_code == 2
    assert "refused: [doors.front] contact_line = 3: the operating system takes" in found.output
    assert "dtparam=i2c_arm=on" in found.output


@pytest.mark.parametrize(("line", "active"), [(4, "high"), (17, "low")])
def test_a_lock_that_reset_would_energise_is_refused(
    tmp_path: Path, line: int, active: str
) -> None:
    read(tmp_path, UNIT + DOOR.format("front", line) + f'lock_active = "{active}"')
    found = pins(tmp_path / "unit.toml")
    assert found.exit_code == 2
    assert f"refused: [doors.front] lock_line = {line}" in found.output
