"""What the computer says of itself, read from files as its kernel writes them."""

from pathlib import Path

import pytest

from loquet_contract.wire.health import Health
from loquet_edge.health import LOOK_SECONDS, Looks, Places, health, model

FILES = {
    "sys/class/thermal/thermal_zone0/temp": "61234\n",
    "sys/devices/platform/soc/soc:firmware/get_throttled": "10004\n",
    "proc/uptime": "5025.31 9000.00\n",
    "proc/meminfo": "MemTotal:  442872 kB\nMemFree:  1 kB\nMemAvailable: 204800 kB\n",
    "proc/loadavg": "0.50 0.40 0.30 1/100 4242\n",
    "proc/net/wireless": (
        "Inter-| sta-|   Quality        |   Discarded packets\n"
        " face | tus | link level noise |  nwid  crypt\n"
        " wlan0: 0000   52.  -58.  -256        0      0\n"
    ),
    "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Places(tmp_path)


def test_all_that_a_pi_tells_is_read(places: Places) -> None:
    found = health(places.root, places)
    assert found[Health.TEMPERATURE] == 61
    assert (found[Health.UNDER_VOLTAGE], found[Health.UNDER_VOLTAGE_NOW]) == (1, 0)
    assert found[Health.THROTTLED] == 1
    assert (found[Health.MEMORY_FREE], found[Health.MEMORY_TOTAL]) == (200, 432)
    assert (found[Health.UPTIME], found[Health.WIFI]) == (5025, -58)
    assert 0 <= found[Health.LOAD] <= 50
    assert 0 < found[Health.DISK_FREE] <= found[Health.DISK_TOTAL]
    assert model(places) == "Raspberry Pi Zero 2 W Rev 1.0"


def test_what_cannot_be_read_is_left_out_and_never_a_zero(tmp_path: Path) -> None:
    nothing = Places(tmp_path)
    assert set(health(tmp_path, nothing)) == {Health.DISK_FREE, Health.DISK_TOTAL}
    assert model(nothing) is None
    assert health(tmp_path / "gone", nothing) == {}


@pytest.mark.parametrize("name", sorted(FILES))
def test_nonsense_in_a_file_is_no_error(places: Places, name: str) -> None:
    whole = health(places.root, places)
    (places.root / name).write_text("what?\n")
    assert health(places.root, places).keys() <= whole.keys()


def test_a_cable_has_no_wifi_signal(places: Places) -> None:
    (places.root / "proc/net/wireless").write_text("heads\nheads\n")
    assert Health.WIFI not in health(places.root, places)


def test_one_look_counts_for_a_while(places: Places) -> None:
    now = [100.0]
    looks = Looks(places.root, places, lambda: now[0], lambda: 1_790_000_000_999)
    assert looks()[Health.TEMPERATURE] == 61
    assert looks()[Health.CERTIFICATE_ENDS] == 1_790_000_000
    (places.root / "sys/class/thermal/thermal_zone0/temp").write_text("80000\n")
    now[0] += LOOK_SECONDS - 1
    assert looks()[Health.TEMPERATURE] == 61
    now[0] += 1
    assert looks()[Health.TEMPERATURE] == 80
    assert looks()[Health.LINK_UPTIME] == LOOK_SECONDS
