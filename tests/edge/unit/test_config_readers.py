"""Readers in ``unit.toml``: each driver's own keys, the lines that it takes, what is refused."""

import os
import pty
from pathlib import Path

import pytest

from loquet_edge.commands.pins import table
from loquet_edge.commands.reach import serial_finding
from loquet_edge.config import UnitConfig, load
from loquet_edge.config_lines import reader_lines, used_lines
from loquet_edge.config_readers import (
    WIEGAND_FORMATS,
    Rc522Wiring,
    SerialWiring,
    WiegandWiring,
    reader_output,
)
from loquet_edge.errors import ConfigurationError
from tests.edge.unit.a_unit import UNIT_TOML

BOARD = UNIT_TOML.replace('board = "simulated"', 'board = "gpiochip0"')
SERIAL = 'driver = "rdm6300"\ndevice = "/dev/serial0"'
WIEGAND = 'driver = "wiegand"\nd0_line = 20\nd1_line = 21'


def read(folder: Path, keys: str, text: str = BOARD) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(text.replace('access_point = "in"', f'access_point = "in"\n{keys}'), "utf-8")
    return load(file)


def test_a_board_has_an_rc522_where_nothing_is_said(tmp_path: Path) -> None:
    assert read(tmp_path, "").readers[0].wiring == Rc522Wiring("spidev", 0, 0, 0.025)


@pytest.mark.parametrize("driver", ["rdm6300", "id12"])
def test_a_serial_reader_is_a_path_and_takes_the_lines_of_the_header(
    tmp_path: Path, driver: str
) -> None:
    unit = read(tmp_path, SERIAL.replace("rdm6300", driver))
    assert unit.readers[0].wiring == SerialWiring(Path("/dev/serial0"), 9600)
    assert reader_lines(unit) == {14: "serial0 TXD", 15: "serial0 RXD"}
    usb = read(tmp_path, f'driver = "{driver}"\ndevice = "/dev/serial/by-id/usb-1"\nbaud = 19200')
    assert usb.readers[0].wiring == SerialWiring(Path("/dev/serial/by-id/usb-1"), 19200)
    assert reader_lines(usb) == {}


def test_a_wiegand_reader_says_its_lines_and_what_it_may_hear(tmp_path: Path) -> None:
    unit = read(tmp_path, WIEGAND)
    assert unit.readers[0].wiring == WiegandWiring(20, 21, WIEGAND_FORMATS, "up", "none", 0.025)
    keys = (
        '\nformats = ["w34"]\npull = "none"\nkeypad = "8bit"\ngap = 0.05'
        '\nled_line = 19\nbuzzer_line = 16\nbuzzer_active = "high"'
    )
    reader = read(tmp_path, WIEGAND + keys).readers[0]
    assert isinstance(reader.wiring, WiegandWiring)
    assert reader.wiring.formats == ("w34",)
    led, buzzer = reader_output(reader, "led"), reader_output(reader, "buzzer")
    assert led is not None and buzzer is not None
    assert (led.line, led.active_high, buzzer.line, buzzer.active_high) == (19, False, 16, True)


def test_the_lines_of_a_wiegand_reader_are_in_the_table_of_pins(tmp_path: Path) -> None:
    unit = read(tmp_path, f"{WIEGAND}\nled_line = 19")
    mine = [
        (each.key, each.line, each.output) for each in used_lines(unit) if "reader" in each.table
    ]
    assert mine == [("d0_line", 20, False), ("d1_line", 21, False), ("led_line", 19, True)]
    words = "\n".join(table(unit))
    assert "d0:front-in" in words and "d1:front-in" in words and "led:front-in" in words


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ('driver = "rdm6301"', ("[readers.front-in] driver", "did you mean 'rdm6300'?")),
        ('driver = "rdm6300"', ("device", "is missing")),
        ('driver = "id12"\ndevice = "ttyUSB0"', ("device", "the whole path", "by-id")),
        (f"{SERIAL}\nbaud = 9601", ("baud", "9601 is none of", "9600")),
        (f"{SERIAL}\nbus = 1", ("bus", "unknown key")),
        ('driver = "wiegand"\nd0_line = 20', ("d1_line", "is missing")),
        (f'{WIEGAND}\nformats = ["h1301"]', ("formats", "did you mean 'h10301'?")),
        (f"{WIEGAND}\nformats = []", ("formats", "leave the key out")),
        (f"{WIEGAND}\ngap = 1", ("gap", "0.005 to 0.25")),
        (f'{WIEGAND}\nkeypad = "8 bit"', ("keypad", "did you mean '8bit'?")),
        (WIEGAND.replace("20", "21"), ("d1_line", "21 is already taken")),
        (WIEGAND.replace("20", "17"), ("d0_line", "17 is already taken", "lock_line")),
    ],
)
def test_what_is_wrong_is_said_with_what_to_do(
    tmp_path: Path, keys: str, expected: tuple[str, ...]
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, keys)
    for part in expected:
        assert part in str(caught.value)


def test_two_readers_do_not_share_a_serial_port(tmp_path: Path) -> None:
    other = f'\n[[readers]]\nid = "other"\ndoor = "front"\naccess_point = "out"\n{SERIAL}\n'
    with pytest.raises(
        ConfigurationError, match=r"\[readers.other\] device: /dev/serial0 is alrea"
    ):
        read(tmp_path, SERIAL, BOARD + other)


def test_wiegand_needs_real_lines_and_a_serial_reader_does_not(tmp_path: Path) -> None:
    assert isinstance(read(tmp_path, SERIAL, UNIT_TOML).readers[0].wiring, SerialWiring)
    with pytest.raises(ConfigurationError, match="gpiochip0"):
        read(tmp_path, WIEGAND, UNIT_TOML)


def test_a_serial_port_is_tried_before_the_unit_runs(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    try:
        there = SerialWiring(Path(os.ttyname(slave)))
        assert serial_finding(there, running=False)[0] is True
        assert serial_finding(there, running=True)[0] is None
    finally:
        os.close(master)
        os.close(slave)
    well, words = serial_finding(SerialWiring(tmp_path / "none"), running=False)
    assert well is False and "is it plugged in?" in words
