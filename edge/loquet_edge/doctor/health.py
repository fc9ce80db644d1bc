"""Looks at the computer: heat, supply, disk, time and watchdog.

Sources: Raspberry Pi documentation, "Frequency management and thermal control" (80 and 85 degrees)
and "vcgencmd" (bits of get_throttled); JEDEC 84-B51 (life time of eMMC); systemd-system.conf(5).
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from loquet_contract.wire.events_proof import ExamVerdict
from loquet_edge.config import UnitConfig
from loquet_edge.doctor.findings import Finding
from loquet_edge.doctor.system import System

HOT, TOO_HOT = 70, 80
"""Degrees Celsius; at 80 the chip begins to slow down."""
LITTLE_MB, TOO_LITTLE_MB = 500, 100
WORN = 9
"""Of eMMC's scale: 0x09 is 80 to 90 % of its life, 0x0b beyond it."""
_OK, _BAD, _WARN = ExamVerdict.OK, ExamVerdict.BAD, ExamVerdict.WARN
_UNKNOWN = ExamVerdict.UNKNOWN


def temperature(system: System) -> Finding:
    """How hot the chip is."""
    text = system.text("/sys/class/thermal/thermal_zone0/temp") or ""
    if not text.lstrip("-").isdigit():
        return Finding("temperature", _UNKNOWN, "nothing tells it here")
    degrees = int(text) // 1000
    verdict = _BAD if degrees >= TOO_HOT else _WARN if degrees >= HOT else _OK
    return Finding(
        "temperature", verdict, f"{degrees} °C", "", "give the case air; a closed steel box is hot"
    )


def voltage(system: System) -> Finding:
    """Whether the supply was ever too low since the computer started."""
    bits = _throttled(system)
    alarm = next(iter(system.found("/sys/class/hwmon", "hwmon*/in0_lcrit_alarm")), None)
    low_now = alarm is not None and alarm.read_text("ascii").strip() == "1"
    if bits is None and alarm is None:
        return Finding("voltage", _UNKNOWN, "nothing tells it here")
    advice = "take the supply made for this Pi, and a short thick cable"
    if low_now or (bits or 0) & 0x1:
        return Finding("voltage", _BAD, "too low now", "", advice)
    if (bits or 0) & 0x10000:
        return Finding("voltage", _WARN, "was too low since the start", "", advice)
    return Finding("voltage", _OK, "never too low since the start")


def _throttled(system: System) -> int | None:
    text = system.text("/sys/devices/platform/soc/soc:firmware/get_throttled")
    if text is None:
        text = (system.program("vcgencmd", "get_throttled") or "").strip().rpartition("=")[2]
    try:
        return int(text, 16)
    except ValueError:
        return None


def disk(config: UnitConfig) -> Iterator[Finding]:
    """How much room there is, and whether the disk can be written at all."""
    folder = _there(config.data)
    free = shutil.disk_usage(folder).free // 2**20
    verdict = _BAD if free < TOO_LITTLE_MB else _WARN if free < LITTLE_MB else _OK
    yield Finding("disk", verdict, f"{free} MB free", "", "make room: the journal needs some")
    read_only = bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    yield Finding(
        "writable", _BAD if read_only else _OK, f"{folder} is read-only" if read_only else "", "",
        "the card is damaged, or mounted read-only: look at dmesg",
    )  # fmt: skip


def _there(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def wear(system: System) -> Iterator[Finding]:
    """How much of its life an eMMC has behind it; SD cards do not tell."""
    for file in system.found("/sys/block", "mmcblk*/device/life_time"):
        try:
            worst = max(int(each, 16) for each in file.read_text("ascii").split())
        except ValueError:
            continue
        verdict = _WARN if worst >= WORN else _OK
        name = file.parent.parent.name
        yield Finding("wear", verdict, f"{worst * 10} % of its life", name, "replace it soon")


def clock(config: UnitConfig, system: System, *, synchronised: bool) -> Iterator[Finding]:
    """Whether the time is right, and whether it would be after a power cut."""
    if config.clock != "trusted":
        measured = "synchronised" if synchronised else "not synchronised: its doors follow their"
        measured += "" if synchronised else " untrusted_clock rule"
        advice = "let it reach a time server (UDP 123), or add a clock module"
        yield Finding("clock", _OK if synchronised else _WARN, measured, "", advice)
    else:
        yield Finding("clock", _OK, "trusted by configuration")
    if config.simulated:
        return
    names = [each.name for each in system.found("/sys/class/rtc", "rtc*")]
    advice = "add a DS3231 module, or the battery of a Pi 5: a power cut loses the time otherwise"
    if names:
        name = system.text(f"/sys/class/rtc/{names[0]}/name") or names[0]
        yield Finding("rtc", _OK, name)
    else:
        yield Finding("rtc", _WARN, "none", "", advice)


def watchdog(config: UnitConfig, system: System) -> Iterator[Finding]:
    """Whether a computer that hangs starts again by itself."""
    if config.simulated:
        return
    if not system.path("/dev/watchdog").exists():
        yield Finding(
            "watchdog", _WARN, "/dev/watchdog is not there", "",
            "write dtparam=watchdog=on in config.txt and reboot",
        )  # fmt: skip
        return
    files = [
        *system.found("/etc/systemd/system.conf.d", "*.conf"),
        system.path("/etc/systemd/system.conf"),
    ]
    for file in files:
        if file.is_file():
            found = re.search(r"^RuntimeWatchdogSec=(\S+)", file.read_text("utf-8"), re.MULTILINE)
            if found and found[1] not in ("0", "off"):
                yield Finding("watchdog", _OK, f"systemd feeds it, {found[1]}")
                return
    yield Finding(
        "watchdog", _WARN, "nobody feeds it", "",
        "set RuntimeWatchdogSec=15s in /etc/systemd/system.conf.d/loquet.conf",
    )  # fmt: skip
