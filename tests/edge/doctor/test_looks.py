"""The doctor's looks, over trees of files such as computers have them."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from loquet_contract.wire.codec import decode
from loquet_contract.wire.events_proof import Examined, ExamVerdict
from loquet_edge.cli import main
from loquet_edge.commissioning import record, wiring
from loquet_edge.commissioning.record import Record, confirmed
from loquet_edge.config import UnitConfig, load
from loquet_edge.doctor import board, doors, health
from loquet_edge.doctor.findings import Finding, is_well, line, plain
from loquet_edge.doctor.system import System
from tests.edge.unit.a_unit import DOOR, UNIT_TOML, Unit, a_unit

REAL = """
[unit]
site = "site"
id = "front"
clock = "kernel"
[[doors]]
id = "front"
lock = "strike"
lock_line = 17
[[readers]]
id = "in"
driver = "rc522"
door = "front"
access_point = "in"
"""


class Tree:
    """Files of a computer, and what its programs print."""

    def __init__(self, root: Path) -> None:
        self.root, self.printed = root, dict[str, str]()

    def write(self, name: str, text: str) -> None:
        path = self.root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")

    @property
    def system(self) -> System:
        return System(self.root, lambda *words: self.printed.get(words[0]))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "root")


@pytest.fixture
def real(tmp_path: Path) -> UnitConfig:
    file = tmp_path / "unit.toml"
    file.write_text(REAL, "utf-8")
    return load(file)


def verdicts(found: Iterable[Finding]) -> list[tuple[str, str]]:
    return [(each.code, each.verdict.value) for each in found]


@pytest.mark.parametrize(
    ("text", "verdict", "measured"),
    [("48312\n", "ok", "48 °C"), ("70000", "warn", "70 °C"), ("81999", "bad", "81 °C"),
     ("-4000", "ok", "-4 °C"), ("", "unknown", "nothing tells it here")],
)  # fmt: skip
def test_temperature(tree: Tree, text: str, verdict: str, measured: str) -> None:
    tree.write("/sys/class/thermal/thermal_zone0/temp", text)
    found = health.temperature(tree.system)
    assert (found.verdict, found.measured) == (verdict, measured)


@pytest.mark.parametrize(
    ("bits", "alarm", "verdict"),
    [("0", None, "ok"), ("50005", None, "bad"), ("50000", None, "warn"), (None, "1\n", "bad"),
     (None, "0\n", "ok"), ("0", "1", "bad"), (None, None, "unknown")],
)  # fmt: skip
def test_voltage_from_the_firmware_and_from_hwmon(
    tree: Tree, bits: str | None, alarm: str | None, verdict: str
) -> None:
    if bits is not None:
        tree.write("/sys/devices/platform/soc/soc:firmware/get_throttled", bits)
    if alarm is not None:
        tree.write("/sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    assert health.voltage(tree.system).verdict == verdict


def test_voltage_is_asked_of_vcgencmd_where_no_file_tells(tree: Tree) -> None:
    tree.printed["vcgencmd"] = "throttled=0x50000\n"
    assert health.voltage(tree.system).verdict is ExamVerdict.WARN


def test_wear_is_told_by_an_emmc_and_by_nothing_else(tree: Tree) -> None:
    assert list(health.wear(tree.system)) == []
    tree.write("/sys/block/mmcblk0/device/life_time", "0x02 0x0a\n")
    tree.write("/sys/block/mmcblk1/device/life_time", "0x01 0x01\n")
    tree.write("/sys/block/mmcblk2/device/life_time", "strange\n")
    assert [(each.subject, each.verdict.value) for each in health.wear(tree.system)] == [
        ("mmcblk0", "warn"), ("mmcblk1", "ok"),
    ]  # fmt: skip


def test_disk_says_how_much_is_free_and_whether_it_can_be_written(real: UnitConfig) -> None:
    found = {each.code: each for each in health.disk(real)}
    assert set(found) == {"disk", "writable"}
    assert re.fullmatch(r"\d+ MB free", found["disk"].measured)


def test_clock_and_rtc(tree: Tree, real: UnitConfig) -> None:
    assert verdicts(health.clock(real, tree.system, synchronised=False)) == [
        ("clock", "warn"), ("rtc", "warn"),
    ]  # fmt: skip
    tree.write("/sys/class/rtc/rtc0/name", "rtc-ds1307 1-0068")
    found = list(health.clock(real, tree.system, synchronised=True))
    assert verdicts(found) == [("clock", "ok"), ("rtc", "ok")]
    assert found[1].measured == "rtc-ds1307 1-0068"


def test_watchdog_must_be_there_and_be_fed(tree: Tree, real: UnitConfig) -> None:
    def verdict() -> list[str]:
        return [each.verdict.value for each in health.watchdog(real, tree.system)]

    assert verdict() == ["warn"]
    tree.write("/dev/watchdog", "")
    assert verdict() == ["warn"]
    tree.write("/etc/systemd/system.conf", "#RuntimeWatchdogSec=15s\n")
    assert verdict() == ["warn"]
    tree.write("/etc/systemd/system.conf.d/loquet.conf", "[Manager]\nRuntimeWatchdogSec=15s\n")
    assert verdict() == ["ok"]


@pytest.mark.parametrize(
    ("config", "device", "verdict", "advice"),
    [
        ("dtparam=spi=on\n", True, "ok", ""),
        ("dtparam=i2c_arm=on,spi=on\n", True, "ok", ""),
        ("#dtparam=spi=on\n", False, "bad", "write dtparam=spi=on"),
        ("dtparam=spi=off # later\n", True, "warn", ""),
        ("dtparam=spi=on\n", False, "bad", "sudo reboot"),
    ],
)
def test_a_bus_is_enabled_and_its_device_there(
    tree: Tree, real: UnitConfig, config: str, device: bool, verdict: str, advice: str
) -> None:
    tree.write("/boot/firmware/config.txt", config)
    if device:
        tree.write("/dev/spidev0.0", "")
    (found,) = board.buses(real, tree.system)
    assert (found.verdict, found.subject) == (verdict, "in")
    assert advice in found.advice


def test_strict_gpiod_is_asked_for_in_whichever_config_there_is(
    tree: Tree, real: UnitConfig
) -> None:
    assert list(board.strict_gpiod(real, tree.system)) == []
    tree.write("/boot/config.txt", "dtparam=spi=on\n")
    assert verdicts(board.strict_gpiod(real, tree.system)) == [("strict_gpiod", "warn")]
    tree.write("/boot/firmware/config.txt", "[all]\ndtparam=strict_gpiod\n")
    assert verdicts(board.strict_gpiod(real, tree.system)) == [("strict_gpiod", "ok")]


GPIOINFO_1 = """gpiochip0 - 54 lines:
\tline   8:    "SPI_CE0_N"  "spi0 CS0"  output   active-low [used]
\tline  17:     "GPIO17"   "lirc"   input  active-high [used]
\tline  18:     "GPIO18"     unused   input  active-high
gpiochip1 - 8 lines:
\tline   5:      "other"   "led0"  output  active-high [used]
"""
GPIOINFO_2 = """gpiochip0 - 54 lines:
\tline   8:\t"SPI_CE0_N"\toutput active-low consumer="spi0 CS0"
\tline  17:\t"GPIO17"\tinput consumer=lirc
\tline  18:\t"GPIO18"\tinput
"""


@pytest.mark.parametrize("text", [GPIOINFO_1, GPIOINFO_2], ids=["libgpiod 1", "libgpiod 2"])
def test_a_line_that_another_program_holds_is_named(
    tree: Tree, real: UnitConfig, text: str
) -> None:
    assert board.holders(text)[17] == "lirc"
    tree.printed["gpioinfo"] = text
    (found,) = board.lines_free(real, tree.system, running=False)
    assert (found.verdict.value, found.measured) == ("bad", "GPIO17 is held by lirc")
    assert list(board.lines_free(real, tree.system, running=True)) == []
    tree.printed["gpioinfo"] = text.replace("17:", "27:")
    assert verdicts(board.lines_free(real, tree.system, running=False)) == [("lines", "ok")]


def test_a_door_is_never_well_before_its_lock_is_confirmed(real: UnitConfig) -> None:
    door = real.doors[0]
    assert verdicts(doors.proofs(real)) == [("proof", "bad")]
    known = dataclasses.replace(
        confirmed(door, "2026-03-02T10:00:00+00:00"),
        wires=wiring.digest(real, door), installer="Paul", whole=True,
    )  # fmt: skip
    record.save(real.data, Record({door.id: known}))
    (found,) = doors.proofs(real)
    assert (found.verdict.value, found.measured) == ("ok", "2026-03-02, Paul")
    record.save(real.data, Record({door.id: dataclasses.replace(known, wires="other")}))
    assert [each.measured for each in doors.proofs(real)] == ["its wires changed since"]


def test_what_is_not_wired_is_said_and_is_not_wrong(real: UnitConfig) -> None:
    found = list(doors.not_wired(real))
    assert {each.subject for each in found} >= {"contact:front", "exit:front", "fire"}
    assert is_well(found)


def test_a_finding_is_a_line_with_advice_only_where_it_helps_and_colour_only_on_a_screen() -> None:
    bad = Finding("voltage", ExamVerdict.BAD, "too low now", "", "take another supply")
    assert line(bad, colour=False) == (
        "WRONG  voltage                 too low now\n"
        "                               take another supply"
    )
    assert "\x1b[1;31m" in line(bad, colour=True)
    good = dataclasses.replace(bad, verdict=ExamVerdict.OK)
    assert "another" not in line(good, colour=False)


def test_what_is_printed_for_a_program_is_what_goes_on_the_wire() -> None:
    found = plain([Finding("voltage", ExamVerdict.BAD, "x" * 900, "", "advice")])
    assert not found["well"]
    examined = decode(Examined, json.loads(json.dumps(found))["findings"][0])
    assert (examined.code, examined.verdict, len(examined.measured)) == ("voltage", "bad", 200)


@pytest.fixture
def unit() -> Iterator[Unit]:
    with a_unit(UNIT_TOML) as found:
        yield found


def doctor(unit: Unit, *words: str) -> tuple[int, dict[str, object], str]:
    words = ("doctor", "--json", "--no-reach", *words, "--config", str(unit.file))
    found = CliRunner().invoke(main, words)
    return found.exit_code, json.loads(found.stdout or "{}"), found.stderr


def test_the_doctor_asks_the_running_unit_and_reads_the_lines_where_none_runs(unit: Unit) -> None:
    def levels() -> dict[str, str]:
        _, found, _ = doctor(unit)
        rows: list[dict[str, str]] = found["findings"]  # type: ignore[assignment]
        return {each["subject"]: each["measured"] for each in rows if each["code"] == "input"}

    guard, door = unit.start_two()
    unit.board.set_active("contact:front", True)
    unit.wait(lambda: levels().get("contact:front") == "active", "the running unit's contact")
    for process in (door, guard):
        process.kill()
        process.wait()
    unit.board.set_active("contact:front", False)
    assert levels()["contact:front"] == "idle"
    assert levels()["seat:d1"] in ("active", "idle")


def test_a_release_is_asked_for_seen_by_the_contact_and_refused_without_a_unit(unit: Unit) -> None:
    status, found, _ = doctor(unit, "--pulse", DOOR, "--yes")
    assert status == 2
    assert found["findings"][-1]["code"] == "pulse"  # type: ignore[index]
    unit.start_two()
    refused = CliRunner().invoke(
        main, ["doctor", "--pulse", DOOR, "--config", str(unit.file)], input="n\n"
    )
    assert refused.exit_code == 1
    unit.board.set_active("contact:front", False)
    opened = doors.pulse(
        unit.config,
        unit.config.doors[0],
        lambda _text: unit.board.set_active("contact:front", True),
    )
    assert (opened.verdict, opened.measured.startswith("opened after")) == (ExamVerdict.OK, True)
    assert unit.wait_kind("door_released").body["cause"] == "command"


def test_a_reader_that_is_not_wiegand_is_told_apart(unit: Unit) -> None:
    found = CliRunner().invoke(
        main, ["doctor", "--wiegand", "front-in", "--config", str(unit.file)]
    )
    assert found.exit_code == 2
    assert "there is no Wiegand reader 'front-in'" in found.output
