"""``unit.toml`` is strict: what is wrong is said with file, table, key, and what to do."""

from pathlib import Path

import pytest

from loquet_edge.config import UnitConfig, load
from loquet_edge.config_lines import energised_at_reset, reader_lines
from loquet_edge.errors import ConfigurationError
from tests.edge.unit.a_unit import UNIT_TOML


def read(folder: Path, text: str) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(text, "utf-8")
    return load(file)


def test_what_is_not_said_takes_its_default(tmp_path: Path) -> None:
    unit = read(tmp_path, UNIT_TOML)
    (door,) = unit.doors
    assert (door.extended_release, door.maximum, door.pre_alarm, door.alarm) == (15, 30, 20, 30)
    assert unit.data == tmp_path / "data"
    assert unit.fire is not None and unit.fire.doors == ("front",)


def test_polarity_is_translated_so_that_active_means_released(tmp_path: Path) -> None:
    for fail, active, high in (
        ("secure", "high", True), ("secure", "low", False),
        ("safe", "high", False), ("safe", "low", True),
    ):  # fmt: skip
        text = UNIT_TOML.replace(
            "lock_line = 17", f'lock_line = 17\nfail = "{fail}"\nlock_active = "{active}"'
        )
        assert read(tmp_path, text).doors[0].lock_output.active_high is high


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("contact_line", "contact_lien", ("[doors.front] contact_lien", "'contact_line'")),
        ("[fire]", "[fier]", ("the file", "'fire'")),
        ('lock = "strike"', 'lock = "strik"', ("[doors.front] lock", "'strike'")),
        ("lock_line = 17", "lock_line = 99", ("[doors.front] lock_line", "whole number from 0")),
        ("lock_line = 17", 'lock_line = "17"', ("[doors.front] lock_line", "whole number")),
        ("lock_line = 17", "lock_line = true", ("[doors.front] lock_line", "whole number")),
        ("lock_line = 17", "lock_line = 22", ("contact_line", "[doors.front] lock_line")),
        ('door = "front"', 'door = "frnt"', ("[readers.front-in] door", "'front'")),
        ('id = "front"\nboard', 'id = "Front"\nboard', ("[unit] id", "a-z")),
        ("exit_line = 23\n", "", ("[doors.front] exit_line", "needs the line")),
        ("release = 2.0", "release = 40.0", ("[doors.front] release", "maximum")),
        ("release = 2.0", "release = -1", ("[doors.front] release", "greater than 0")),
        ("rearm_line = 6\n", "", ("[fire] rearm_line", "missing")),
        ('site = "site"', "", ("[unit] site", "missing")),
        ("seat_line = 12", "", ("[desks.d1] seat_line", "pir_line")),
        ("[[desks]]", "[desks]", ("desks", "[[desks]]")),
        ('board = "simulated"', 'board = "gpiochip0"\n[[readers]]\nid="x"\ndriver="simulated"\n'
         'door="front"\naccess_point="in"', ("[readers.x] driver", "simulated")),
        ('simulated"\n', 'gpiochip0"\n[[doors]]\nid="b"\nlock="strike"\nlock_line=30\n',
         ("[doors.b] lock_line", "header")),
        ("[unit]", "[unit", ("the file", "not TOML")),
    ],
)  # fmt: skip
def test_an_error_says_what_where_and_what_to_do(
    tmp_path: Path, before: str, after: str, expected: tuple[str, str]
) -> None:
    assert before in UNIT_TOML
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, UNIT_TOML.replace(before, after, 1))
    said = str(caught.value)
    assert str(tmp_path / "unit.toml") in said
    for part in expected:
        assert part in said


def test_the_readers_bus_is_reserved(tmp_path: Path) -> None:
    text = UNIT_TOML.replace("lock_line = 17", "lock_line = 10").replace(
        'access_point = "in"', 'access_point = "in"\ndriver = "rc522"'
    )
    with pytest.raises(ConfigurationError, match="SPI0 MOSI"):
        read(tmp_path, text)


MORE = """
[[readers]]
id = "second"
driver = "rc522"
door = "front"
access_point = "out"
"""


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("rearm_line = 6", "rearm_line = 25", ("[fire] rearm_line", "25", "mfrc522")),
        ("lock_line = 17", "lock_line = 8", ("[doors.front] lock_line", "SPI0 CE0")),
        ("bus = 0", "bus = 1", ("lock_line", "17", "SPI1 CE1")),
        ("device = 1", "device = 0", ("[readers.second] device", "front-in", "chip select")),
        ("rearm_line = 6", "rearm_line = 6\ndoors = []", ("[fire] doors", "release no door")),
    ],
)
def test_lines_and_places_that_the_readers_need_are_not_given_twice(
    tmp_path: Path, before: str, after: str, expected: tuple[str, ...]
) -> None:
    text = UNIT_TOML.replace('door = "front"', 'door = "front"\ndriver = "rc522"', 1)
    text += MORE + 'port = "mfrc522"\nbus = 0\ndevice = 1\n'
    read(tmp_path, text)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, text.replace(before, after))
    for part in expected:
        assert part in str(caught.value)


def test_a_bus_takes_the_chip_selects_up_to_its_last_reader(tmp_path: Path) -> None:
    one = read(tmp_path, UNIT_TOML + MORE + "bus = 1\n")
    assert sorted(reader_lines(one)) == [18, 19, 20, 21]
    three = read(tmp_path, (UNIT_TOML + MORE + "bus = 1\ndevice = 2\n").replace("= 17", "= 27"))
    assert sorted(reader_lines(three)) == [16, 17, 18, 19, 20, 21]


def test_a_door_twice_is_refused(tmp_path: Path) -> None:
    more = '\n[[doors]]\nid = "front"\nlock = "strike"\nlock_line = 27\n'
    with pytest.raises(ConfigurationError, match="twice"):
        read(tmp_path, UNIT_TOML + more)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nothing\.toml"):
        load(tmp_path / "nothing.toml")


@pytest.mark.parametrize(
    ("line", "active", "refused"),
    [(17, "high", False), (17, "low", True), (4, "high", True), (4, "low", False)],
)
def test_lines_that_reset_would_energise_are_found(
    tmp_path: Path, line: int, active: str, refused: bool
) -> None:
    text = UNIT_TOML.replace("lock_line = 17", f'lock_line = {line}\nlock_active = "{active}"')
    assert bool(energised_at_reset(read(tmp_path, text))) is refused
