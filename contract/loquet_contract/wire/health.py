"""How a unit fares: the names of the whole numbers in ``UnitState.health``.

What a unit cannot read it leaves out, so that a page never shows a zero for "unknown".
"""

from enum import StrEnum


class Health(StrEnum):
    """Closed; readers ignore names that they do not know."""

    TEMPERATURE = "temperature_c"
    UNDER_VOLTAGE = "under_voltage"
    """1: the supply is too low now, or was since the computer started."""
    UNDER_VOLTAGE_NOW = "under_voltage_now"
    THROTTLED = "throttled_now"
    """1: the processor is held back now, for heat or supply."""
    DISK_FREE = "disk_free_mb"
    """Of the file system with the journal; MiB, as are all sizes here."""
    DISK_TOTAL = "disk_total_mb"
    MEMORY_FREE = "memory_free_mb"
    """What programs may still have, as the kernel estimates it."""
    MEMORY_TOTAL = "memory_total_mb"
    LOAD = "load_percent"
    """Of all processors together, over the last minute."""
    UPTIME = "uptime_s"
    LINK_UPTIME = "link_uptime_s"
    """Since the unit's link began."""
    WIFI = "wifi_dbm"
    """Only while the computer is on Wi-Fi."""
    CERTIFICATE_ENDS = "certificate_ends"
    """UTC seconds."""
