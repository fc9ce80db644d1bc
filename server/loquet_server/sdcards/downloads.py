"""How much a unit loads at its first start, as it was measured once."""

import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache

from loquet_server.sdcards import firmware


@dataclass(frozen=True, slots=True)
class Downloads:
    """Megabytes of 10^6 bytes. ``measured``: the day; lists and packages grow slowly."""

    measured: date
    packages: float
    system: float

    @property
    def total(self) -> float:
        """Return all that is loaded, in megabytes."""
        return self.packages + self.system


@cache
def downloads() -> Downloads:
    """Return what ``firmware_config/downloads.toml`` says."""
    read = tomllib.loads(firmware.read("downloads.toml"))
    python = sum(each["bytes"] for each in read["python"])
    system = sum(each["bytes"] for each in read["system"])
    return Downloads(read["measured"], python / 1e6, system / 1e6)
