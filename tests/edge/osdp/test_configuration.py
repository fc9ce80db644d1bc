"""OSDP readers in ``unit.toml``, and what is said where the package is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from loquet_edge.config import UnitConfig, load
from loquet_edge.config_readers import OsdpWiring
from loquet_edge.drivers.osdp_library import open_serial
from loquet_edge.drivers.rc522_ports import ReaderPortError
from loquet_edge.errors import ConfigurationError

DEVICE = "/dev/serial/by-id/usb-rs485"
UNIT = """
[unit]
site = "site"
id = "u"

[[doors]]
id = "front"
lock = "strike"
lock_line = 17
"""


def unit(tmp_path: Path, *readers: str) -> UnitConfig:
    """Load a unit with these OSDP readers, each as the keys that follow its name."""
    text = UNIT
    for at, keys in enumerate(readers):
        text += (
            f'[[readers]]\nid = "r{at}"\ndoor = "front"\naccess_point = "p{at}"\n'
            f'driver = "osdp"\n{keys}\n'
        )
    file = tmp_path / "unit.toml"
    file.write_text(text, "utf-8")
    return load(file)


def test_several_readers_share_a_line(tmp_path: Path) -> None:
    line = f'device = "{DEVICE}"\nbaud = 38400\n'
    found = unit(tmp_path, line + "address = 1", line + 'address = 2\norder = "lsb"')
    first, second = (each.wiring for each in found.readers)
    assert first == OsdpWiring(Path(DEVICE), 38400, 1, tmp_path / "osdp" / "r0.key")
    assert isinstance(second, OsdpWiring)
    assert second.last_first


@pytest.mark.parametrize(
    ("first", "second", "what"),
    [
        ("address = 1", "address = 1", "address 1 is already taken"),
        ("address = 1", "address = 2\nbaud = 19200", "19200 does not go with 9600"),
        ("address = 1", "address = 127", "whole number from 0 to 126"),
        ("address = 1", "address = 2\nbaud = 9000", "9000 is none of"),
        ("address = 1", 'address = 2\norder = "middle"', "is not one of msb, lsb"),
        ("address = 1", 'address = 2\nkey = "00"', "unknown key"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path: Path, first: str, second: str, what: str) -> None:
    line = f'device = "{DEVICE}"\n'
    with pytest.raises(ConfigurationError, match=what):
        unit(tmp_path, line + first, line + second)


def test_a_port_that_is_not_there_says_how_to_find_it(tmp_path: Path) -> None:
    with pytest.raises(ReaderPortError, match="ls /dev/serial/by-id/"):
        open_serial(tmp_path / "no-adapter", 9600)


@pytest.mark.parametrize(
    ("other", "advice"),
    [
        (False, "pip install 'loquet[osdp]'"),
        (True, "another one with the same import name as libosdp: pip uninstall osdp"),
    ],
)
def test_a_missing_library_is_told_from_its_namesake(
    tmp_path: Path, other: bool, advice: str
) -> None:
    """Python without its site-packages; the package `osdp` by another author is only a folder."""
    if other:
        (tmp_path / "osdp").mkdir()
        (tmp_path / "osdp" / "__init__.py").touch()
    edge = str(Path(sys.modules[OsdpWiring.__module__].__file__ or "").parents[1])
    contract = str(Path(edge).parent / "contract")
    program = (
        f"import sys; sys.path[:0] = [{edge!r}, {contract!r}, {str(tmp_path)!r}]\n"
        "from loquet_edge.drivers.osdp_library import load_library\n"
        "try:\n    load_library()\nexcept ImportError as error:\n    print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], capture_output=True, text=True, timeout=30
    )
    assert advice in done.stdout, done.stderr
