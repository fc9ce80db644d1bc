"""What the server suggests, what the documents show and what systemd allows fit together."""

import configparser
from pathlib import Path

import pytest

from loquet_edge.config import UnitConfig, load
from loquet_server.admission.suggestion import WiredDoor, unit_toml

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "hardware" / "examples" / "one_door_rc522" / "unit.toml"
SYSTEMD = ROOT / "firmware_config" / "systemd"


def service(name: str) -> dict[str, list[str]]:
    """The [Service] section; a key may be there more than once."""
    found: dict[str, list[str]] = {}
    text = (SYSTEMD / f"loquet-{name}.service").read_text("utf-8")
    for line in text.partition("[Service]")[2].partition("[Install]")[0].splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture(params=["suggested", "example"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> UnitConfig:
    text = unit_toml("my-space", "unit-1", [WiredDoor("front"), WiredDoor("back")])
    if request.param == "example":
        text = EXAMPLE.read_text("utf-8")
    file = tmp_path / "unit.toml"
    file.write_text(text, "utf-8")
    return load(file)


@pytest.mark.parametrize("name", ["lockguard", "door", "link"])
def test_a_service_may_write_where_the_unit_keeps_its_files(unit: UnitConfig, name: str) -> None:
    section = service(name)
    allowed = [Path(each) for each in section["ReadWritePaths"][0].split()]
    for place in (unit.data, unit.run, unit.identity.parent):
        assert any(place.is_relative_to(each) for each in allowed), place
    assert section["User"] == ["loquet"] and section["ProtectSystem"] == ["strict"]


def test_link_cannot_see_the_guards_socket_nor_the_lines(unit: UnitConfig) -> None:
    section = service("link")
    hidden = [each.removeprefix("-") for each in section["InaccessiblePaths"]]
    assert str(unit.guard_socket.parent) in hidden
    assert not unit.door_socket.is_relative_to(hidden[0])
    assert section["PrivateDevices"] == ["yes"]
    folders = (SYSTEMD.parent / "tmpfiles" / "loquet.conf").read_text("utf-8")
    for folder in (unit.run, unit.guard_socket.parent):
        assert f"d {folder} " in folders


def test_the_door_may_open_what_a_driver_opens() -> None:
    rules = (SYSTEMD.parent / "udev" / "99-loquet.rules").read_text("utf-8")
    allowed = [each.split()[0] for each in service("door")["DeviceAllow"]]
    for name in ("ttyUSB", "ttyACM", "ttyAMA", "ttyS"):
        assert f"char-{name}" in allowed and name in rules
    assert "/dev/gpiochip0" in allowed and "/dev/spidev0.0" in allowed


def test_a_service_file_is_one_that_systemd_reads() -> None:
    for file in SYSTEMD.glob("*.service"):
        parser = configparser.RawConfigParser(strict=False)
        parser.read(file)
        timed = file.with_suffix(".timer").exists()
        assert parser.sections() == ["Unit", "Service", *([] if timed else ["Install"])]
