"""How the computer fares, in small whole numbers; what cannot be read is left out.

Read by ``link``, which waits for nobody; ``door`` reads none of it, since a file of a sick disk
may hang. Names: ``contract.wire.health``. Sources: Raspberry Pi documentation, "vcgencmd" (bits
of ``get_throttled``); proc(5) and Linux, Documentation/ABI/testing/procfs-wireless.
"""

import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.wire.health import Health

LOOK_SECONDS = 10.0
"""How long one look counts."""
SIMULATED = "simulated"
_UNDER_VOLTAGE_NOW, _THROTTLED_NOW, _UNDER_VOLTAGE_EVER = 0x1, 0x4, 0x10000


@dataclass(frozen=True, slots=True)
class Places:
    """Where the kernel tells it; below another root in tests."""

    root: Path = Path("/")

    def text(self, path: str) -> str:
        """Return what a file says, without what a device tree puts behind it."""
        return (self.root / path).read_text("utf-8", "replace").strip().strip("\0")


class Looks:
    """The computer's health, looked at now and then."""

    def __init__(
        self,
        data: Path,
        places: Places | None = None,
        clock: Callable[[], float] = time.monotonic,
        certificate_ends_ms: Callable[[], int | None] = lambda: None,
    ) -> None:
        self._data, self._places, self._clock = data, places or Places(), clock
        self._certificate_ends_ms = certificate_ends_ms
        self._began = clock()
        self._found: dict[str, int] = {}
        self._next = self._began

    def __call__(self) -> dict[str, int]:
        """Return the latest look, at most ``LOOK_SECONDS`` old."""
        now = self._clock()
        if now >= self._next:
            self._next = now + LOOK_SECONDS
            self._found = health(self._data, self._places)
            self._found[Health.LINK_UPTIME] = int(now - self._began)
            ends = self._certificate_ends_ms()
            if ends is not None:
                self._found[Health.CERTIFICATE_ENDS] = ends // 1000
        return self._found


def health(data: Path, places: Places) -> dict[str, int]:
    """Return what can be read, by the names of ``Health``."""
    looks: tuple[Callable[[], Mapping[Health, int]], ...] = (
        lambda: {
            Health.TEMPERATURE: int(places.text("sys/class/thermal/thermal_zone0/temp")) // 1000
        },
        lambda: _disk(data),
        lambda: _supply(places),
        lambda: _memory(places),
        lambda: {Health.UPTIME: int(float(places.text("proc/uptime").split()[0]))},
        lambda: {Health.LOAD: _load(places)},
        lambda: _wifi(places),
    )
    found: dict[str, int] = {}
    for look in looks:
        try:
            found.update((str(name), value) for name, value in look().items())
        except (OSError, ValueError, LookupError):
            continue
    return found


def model(places: Places | None = None) -> str | None:
    """Return what the firmware calls the computer, such as Raspberry Pi Zero 2 W, or None."""
    try:
        return (places or Places()).text("proc/device-tree/model")[:80] or None
    except OSError:
        return None


def _disk(data: Path) -> dict[Health, int]:
    usage = shutil.disk_usage(data)
    return {Health.DISK_FREE: usage.free // 2**20, Health.DISK_TOTAL: usage.total // 2**20}


def _supply(places: Places) -> dict[Health, int]:
    bits = int(places.text("sys/devices/platform/soc/soc:firmware/get_throttled"), 16)
    return {
        Health.UNDER_VOLTAGE: int(bits & (_UNDER_VOLTAGE_NOW | _UNDER_VOLTAGE_EVER) != 0),
        Health.UNDER_VOLTAGE_NOW: int(bits & _UNDER_VOLTAGE_NOW != 0),
        Health.THROTTLED: int(bits & _THROTTLED_NOW != 0),
    }


def _memory(places: Places) -> dict[Health, int]:
    lines = (line.split() for line in places.text("proc/meminfo").splitlines())
    kilobytes = {line[0]: int(line[1]) for line in lines if len(line) > 1}
    return {
        Health.MEMORY_FREE: kilobytes["MemAvailable:"] // 1024,
        Health.MEMORY_TOTAL: kilobytes["MemTotal:"] // 1024,
    }


def _load(places: Places) -> int:
    return int(100 * float(places.text("proc/loadavg").split()[0]) / (os.cpu_count() or 1))


def _wifi(places: Places) -> dict[Health, int]:
    """Two lines of heads, then one for each interface: its name, status, quality, level (dBm)."""
    levels = [
        int(float(line.split()[3])) for line in places.text("proc/net/wireless").splitlines()[2:]
    ]
    return {Health.WIFI: max(levels)} if levels and max(levels) < 0 else {}
