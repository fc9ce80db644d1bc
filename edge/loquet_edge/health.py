"""How the unit fares, in small whole numbers; what cannot be read is left out."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path

_TEMPERATURE = Path("/sys/class/thermal/thermal_zone0/temp")
_THROTTLED = Path("/sys/devices/platform/soc/soc:firmware/get_throttled")
_UPTIME = Path("/proc/uptime")


LOOK_SECONDS = 10.0
"""How long one look lasts; a busy door must not read files for each status."""


class Looks:
    """The unit's health, looked at now and then."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._found: dict[str, int] = {}
        self._next = 0.0

    def __call__(self) -> dict[str, int]:
        """Return the latest look, at most ``LOOK_SECONDS`` old."""
        now = time.monotonic()
        if now >= self._next:
            self._next, self._found = now + LOOK_SECONDS, health(self._data)
        return self._found


def health(data: Path) -> dict[str, int]:
    """Return ``temperature_c``, ``disk_free_mb``, ``under_voltage`` (0, 1), ``uptime_s``."""
    looks: dict[str, Callable[[], int]] = {
        "temperature_c": lambda: int(_TEMPERATURE.read_text("ascii")) // 1000,
        "disk_free_mb": lambda: shutil.disk_usage(data).free // 2**20,
        "under_voltage": _under_voltage,
        "uptime_s": lambda: int(float(_UPTIME.read_text("ascii").split()[0])),
    }
    found: dict[str, int] = {}
    for name, look in looks.items():
        try:
            found[name] = look()
        except (OSError, ValueError):
            continue
    return found


def _under_voltage() -> int:
    """Raspberry Pi firmware: bit 0 is under-voltage now, bit 16 since boot."""
    return int(int(_THROTTLED.read_text("ascii"), 16) & 0x10001 != 0)
