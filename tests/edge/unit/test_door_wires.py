"""Doors as they are wired: every lock, fail mode and polarity; inputs, lights, and how many."""

from itertools import product
from pathlib import Path

import pytest

from loquet_edge.config import UnitConfig, load
from loquet_edge.config_lines import energised_at_reset, used_lines
from loquet_edge.errors import ConfigurationError
from loquet_edge.feedback.voice import Night, Voice, Volume
from loquet_edge.lockguard.leases import begin
from loquet_edge.lockguard.process import guarded
from loquet_edge.pinout import pinout

LOCKS, FAILS, LEVELS = ("strike", "motor_bolt", "maglock"), ("secure", "safe"), ("high", "low")
UNIT = '[unit]\nsite = "s"\nid = "u"\nboard = "gpiochip0"\nmodel = "pi4"\n'
DOOR = '[[doors]]\nid = "{0}"\nlock = "strike"\nlock_line = {1}\n'


def read(folder: Path, text: str) -> UnitConfig:
    file = folder / "unit.toml"
    file.write_text(text, "utf-8")
    return load(file)


def door(folder: Path, *more: str) -> UnitConfig:
    return read(folder, UNIT + DOOR.format("front", 17) + "\n".join(more))


@pytest.mark.parametrize(
    ("lock", "fail", "active"),
    [each for each in product(LOCKS, FAILS, LEVELS) if each[:2] != ("maglock", "secure")],
)
def test_the_first_level_is_locked_and_released_moves_the_right_way(
    tmp_path: Path, lock: str, fail: str, active: str
) -> None:
    """Read as an electrician does: which level puts current on, and what current does."""
    line = 17 if active == "high" else 4
    text = UNIT + DOOR.replace("strike", lock).format("front", line)
    unit = read(tmp_path, f'{text}fail = "{fail}"\nlock_active = "{active}"\nexit_line = 23\n')
    (config,) = unit.doors
    current_when_released = fail == "secure"
    level_when_released = (active == "high") == current_when_released
    assert config.lock_output.active_high is level_when_released
    assert config.energised_high is (active == "high")
    assert energised_at_reset(unit) == []
    guard = begin(guarded(unit), fire=False, latched=False, exits=(False,), now=0.0)
    assert not guard.released(0)
    assert guard.released_at_end(0) is (fail == "safe")


def test_a_maglock_cannot_hold_without_power(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match='holds by its current alone: write "safe"'):
        read(tmp_path, UNIT + DOOR.replace("strike", "maglock").format("a", 17) + 'fail="secure"')


@pytest.mark.parametrize(("closed", "high"), [("low", True), ("high", False)])
@pytest.mark.parametrize("kind", ["contact", "tamper"])
def test_a_contact_that_is_closed_while_all_is_well_reads_as_open_when_cut(
    tmp_path: Path, kind: str, closed: str, high: bool
) -> None:
    (config,) = door(tmp_path, f"{kind}_line = 22", f'{kind}_closed = "{closed}"').doors
    wire = {"contact": config.contact, "tamper": config.tamper}[kind]
    assert wire is not None and wire.active_high is high
    assert wire.pull == ("up" if high else "down")  # what a cut wire reads as: active


@pytest.mark.parametrize(("active", "pull"), [("low", "up"), ("high", "down")])
def test_a_button_that_is_cut_reads_as_not_pressed(tmp_path: Path, active: str, pull: str) -> None:
    (config,) = door(
        tmp_path, "doorbell_line = 22", f'doorbell_active = "{active}"', "exit_line = 23",
        f'exit_active = "{active}"', 'exit = "button"',
    ).doors  # fmt: skip
    for wire in (config.doorbell, config.exit_input):
        assert wire is not None
        assert (wire.active_high, wire.pull) == (active == "high", pull)


@pytest.mark.parametrize(
    ("style", "lock", "wired", "releases"),
    [
        ("unseen", "strike", False, True), ("sensor", "strike", True, False),
        ("sensor", "maglock", True, True), ("button", "strike", True, True),
        ("reader", "strike", False, True),
    ],
)  # fmt: skip
def test_the_four_ways_of_leaving(
    tmp_path: Path, style: str, lock: str, wired: bool, releases: bool
) -> None:
    text = UNIT + DOOR.replace("strike", lock).format("front", 17) + f'exit = "{style}"\n'
    if style in ("sensor", "button"):
        with pytest.raises(ConfigurationError, match="needs the line that it is wired to"):
            read(tmp_path, text)
    (config,) = read(tmp_path, text + ("exit_line = 23\n" if wired else "")).doors
    assert config.exit_releases is releases


def test_lights_of_a_common_anode_are_lit_by_a_low_level(tmp_path: Path) -> None:
    (config,) = door(
        tmp_path, "led_granted_line = 5", "led_denied_line = 6", "led_blue_line = 12",
        'led_active = "low"', "buzzer_line = 13",
    ).doors  # fmt: skip
    lights = (config.led_granted, config.led_denied, config.led_blue)
    assert [each.active_high for each in lights if each is not None] == [False] * 3
    assert config.buzzer is not None and config.buzzer.active_high


def test_a_case_and_its_supply(tmp_path: Path) -> None:
    unit = read(tmp_path, UNIT + "[case]\ntamper_line = 22\nmains_line = 23\n")
    assert unit.case.tamper is not None and unit.case.mains is not None
    assert [line.role for line in used_lines(unit)] == ["tamper", "mains"]
    with pytest.raises(ConfigurationError, match="needs a tamper_line, a mains_line or both"):
        read(tmp_path, UNIT + "[case]\n")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("", Voice()),
        ('volume = "low"\nnight = "22:00-07:00"', Voice(Volume.LOW, Night(1320, 420))),
        ('night = "none"', Voice()),
    ],
)
def test_how_loud_a_door_speaks(tmp_path: Path, said: str, expected: Voice) -> None:
    assert door(tmp_path, said).doors[0].voice == expected


@pytest.mark.parametrize("wrong", ["22-7", "24:00-07:00", "22:00-22:00", "22:60-07:00"])
def test_a_night_that_is_none_is_refused(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"\[doors.front\] night"):
        door(tmp_path, f'night = "{wrong}"')


def test_a_reader_speaks_as_its_door_unless_it_says_otherwise(tmp_path: Path) -> None:
    reader = '[[readers]]\nid = "r{0}"\ndevice = {0}\ndoor = "front"\naccess_point = "p{0}"\n'
    text = reader.format(0) + reader.format(1) + 'volume = "off"\nexit = true\n'
    inside, out = door(tmp_path, 'volume = "low"', 'night = "21:00-08:00"', text).readers
    assert (inside.voice.volume, out.voice.volume) == (Volume.LOW, Volume.OFF)
    assert inside.voice.night == out.voice.night == Night(1260, 480)
    assert (inside.door, out.door, out.exit) == ("front", "front", True)


def doors(count: int) -> str:
    return UNIT + "".join(DOOR.format(f"d{at}", 17 + at) for at in range(count))


def readers(count: int) -> str:
    text = '[[readers]]\nid = "r{0}"\ndriver = "simulated"\ndoor = "d0"\naccess_point = "p{0}"\n'
    whole = doors(1).replace("gpiochip0", "simulated")
    return whole + "".join(text.format(at) for at in range(count))


def test_a_unit_has_up_to_four_doors_and_eight_readers(tmp_path: Path) -> None:
    assert len(read(tmp_path, doors(4)).doors) == 4
    assert len(read(tmp_path, readers(8)).readers) == 8
    with pytest.raises(ConfigurationError, match=r"5 doors are too many .* a second unit"):
        read(tmp_path, doors(5))
    with pytest.raises(ConfigurationError, match="9 readers are too many"):
        read(tmp_path, readers(9))


@pytest.mark.parametrize("line", [0, 1])
def test_the_lines_of_a_hat_are_left_alone(tmp_path: Path, line: int) -> None:
    assert pinout().pins[line].reserved
    with pytest.raises(ConfigurationError, match=rf"line {line} is reserved: .*EEPROM"):
        door(tmp_path, f"contact_line = {line}")
