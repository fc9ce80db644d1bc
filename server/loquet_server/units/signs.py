"""What is wrong with a unit, or may soon be: pure rules over what it said last.

``signs`` is what a page shows now. ``lasting`` is what becomes an incident: only what a person
should be fetched for, and what has held for a while where a moment means nothing. Each ends a
little later than it began (hysteresis), so that a figure at its limit does not ring every minute.
Sources: Raspberry Pi documentation, "Frequency management and thermal control" (80 degrees).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from loquet_contract.wire.health import Health

WARM, HOT, COOL_AGAIN = 70, 80, 75
"""Degrees Celsius."""
LITTLE_MB, TOO_LITTLE_MB, ROOM_AGAIN_MB = 500, 100, 200
LITTLE_MEMORY_MB = 40
MANY_ENTRIES = 200
"""So many wait to be sent: worth a word, not an alarm."""
WEAK_DBM = -75
MINUTE_MS: Final = 60_000
OFFLINE_MS: Final = 10 * MINUTE_MS
GROWING_MS: Final = 10 * MINUTE_MS
UNCERTAIN_MS: Final = 60 * MINUTE_MS
LATE_MS: Final = MINUTE_MS
"""A policy that is not enforced for so long is late; deltas take less than a second."""
DAY_S: Final = 86_400
SOON_DAYS, TOO_SOON_DAYS = 21, 7
"""Certificates renew by themselves long before."""


class Sign(StrEnum):
    """Closed; those that may become incidents are the incidents' kinds too."""

    NEVER_SEEN = "never_seen"
    OFFLINE = "unit_offline"
    HOT = "unit_hot"
    WARM = "unit_warm"
    SUPPLY_LOW = "unit_supply_low"
    SUPPLY_WAS_LOW = "unit_supply_was_low"
    DISK_LOW = "unit_disk_low"
    DISK_LITTLE = "unit_disk_little"
    MEMORY_LOW = "unit_memory_low"
    READER_LOST = "reader_lost"
    BACKLOG = "unit_backlog"
    BACKLOG_GROWS = "unit_backlog_grows"
    CLOCK = "unit_clock_uncertain"
    POLICY_LATE = "unit_policy_late"
    WIFI_WEAK = "unit_wifi_weak"
    CERTIFICATE = "unit_certificate_ends"


LASTING: Final = (
    Sign.OFFLINE, Sign.HOT, Sign.SUPPLY_LOW, Sign.DISK_LOW, Sign.BACKLOG_GROWS, Sign.CLOCK,
    Sign.CERTIFICATE,
)  # fmt: skip
GRAVE: Final = frozenset({Sign.OFFLINE, Sign.HOT, Sign.SUPPLY_LOW, Sign.DISK_LOW, Sign.READER_LOST})


@dataclass(frozen=True, slots=True)
class Standing:
    """A unit as it said last, or as its silence says; times in UTC milliseconds."""

    known: bool = True
    """It has said something, ever."""
    online: bool = True
    seen_at: int | None = None
    clock_trusted: bool = True
    backlog: int = 0
    readers: Mapping[str, str] = field(default_factory=dict)
    health: Mapping[str, int] = field(default_factory=dict)
    late_since: int | None = None
    """Since when there is a policy that it does not enforce."""


@dataclass(frozen=True, slots=True)
class Watched:
    """Since when a unit is as it is; None: it is not. UTC milliseconds."""

    offline_since: int | None = None
    clock_since: int | None = None
    backlog_mark: int = 0
    backlog_since: int | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """One sign, with the figure that shows it; None where there is none."""

    sign: Sign
    value: str | None = None

    @property
    def grave(self) -> bool:
        return self.sign in GRAVE


def signs(unit: Standing, now_ms: int) -> list[Found]:
    """Return what is to be seen now, the grave ones first."""
    if not unit.known:
        return [Found(Sign.NEVER_SEEN)]
    found: list[Found] = []
    if not unit.online:
        found.append(Found(Sign.OFFLINE))
    lost = sorted(name for name, state in unit.readers.items() if state != "well")
    found += [Found(Sign.READER_LOST, name) for name in lost]
    if unit.online:
        found += _figures(unit.health)
        if not unit.clock_trusted:
            found.append(Found(Sign.CLOCK))
        if unit.late_since is not None and now_ms - unit.late_since > LATE_MS:
            found.append(Found(Sign.POLICY_LATE))
    if unit.backlog >= MANY_ENTRIES:
        found.append(Found(Sign.BACKLOG, str(unit.backlog)))
    days = _days_left(unit.health, now_ms)
    if days is not None and days < SOON_DAYS:
        found.append(Found(Sign.CERTIFICATE, str(max(0, days))))
    return sorted(found, key=lambda each: not each.grave)


def _figures(health: Mapping[str, int]) -> list[Found]:
    found: list[Found] = []
    degrees = health.get(Health.TEMPERATURE)
    if degrees is not None and degrees >= WARM:
        found.append(Found(Sign.HOT if degrees >= HOT else Sign.WARM, f"{degrees} °C"))
    if health.get(Health.UNDER_VOLTAGE_NOW):
        found.append(Found(Sign.SUPPLY_LOW))
    elif health.get(Health.UNDER_VOLTAGE):
        found.append(Found(Sign.SUPPLY_WAS_LOW))
    free = health.get(Health.DISK_FREE)
    if free is not None and free < LITTLE_MB:
        found.append(Found(Sign.DISK_LOW if free < TOO_LITTLE_MB else Sign.DISK_LITTLE, f"{free}"))
    memory = health.get(Health.MEMORY_FREE)
    if memory is not None and memory < LITTLE_MEMORY_MB:
        found.append(Found(Sign.MEMORY_LOW, f"{memory}"))
    level = health.get(Health.WIFI)
    if level is not None and level < WEAK_DBM:
        found.append(Found(Sign.WIFI_WEAK, f"{level} dBm"))
    return found


def watched(unit: Standing, before: Watched, now_ms: int) -> Watched:
    """Return since when the unit is as it is, given what was known a moment ago."""
    if not unit.online:  # what it said last says nothing of now, but that it is away
        since = now_ms if before.offline_since is None else before.offline_since
        return Watched(since, before.clock_since, before.backlog_mark, before.backlog_since)
    clock = None if unit.clock_trusted else (before.clock_since or now_ms)
    if unit.backlog == 0:
        return Watched(None, clock)
    if before.backlog_since is None or unit.backlog < before.backlog_mark:
        return Watched(None, clock, unit.backlog, now_ms)
    return Watched(None, clock, before.backlog_mark, before.backlog_since)


def lasting(
    unit: Standing, since: Watched, open_now: Collection[str], now_ms: int
) -> dict[Sign, str]:
    """Return which incidents there should be, each with its figure; ``open_now``: those there are.

    Of a unit that is away, what it said last stays as it was: only its return can end it.
    """
    if not unit.known:
        return {}
    found: dict[Sign, str] = {}
    days = _days_left(unit.health, now_ms)
    if days is not None and days < TOO_SOON_DAYS:
        found[Sign.CERTIFICATE] = str(max(0, days))
    if not unit.online:
        if since.offline_since is not None and now_ms - since.offline_since >= OFFLINE_MS:
            found[Sign.OFFLINE] = ""
        stays = (Sign.HOT, Sign.SUPPLY_LOW, Sign.DISK_LOW, Sign.BACKLOG_GROWS, Sign.CLOCK)
        return found | {each: "" for each in stays if each in open_now}
    found |= _measured(unit.health, open_now)
    if since.clock_since is not None and now_ms - since.clock_since >= UNCERTAIN_MS:
        found[Sign.CLOCK] = ""
    if since.backlog_since is not None and now_ms - since.backlog_since >= GROWING_MS:
        found[Sign.BACKLOG_GROWS] = str(unit.backlog)
    return found


def _measured(health: Mapping[str, int], open_now: Collection[str]) -> dict[Sign, str]:
    found: dict[Sign, str] = {}
    degrees, free = health.get(Health.TEMPERATURE), health.get(Health.DISK_FREE)
    if degrees is not None and degrees >= (COOL_AGAIN if Sign.HOT in open_now else HOT):
        found[Sign.HOT] = f"{degrees} °C"
    if health.get(Health.UNDER_VOLTAGE_NOW):
        found[Sign.SUPPLY_LOW] = ""
    limit = ROOM_AGAIN_MB if Sign.DISK_LOW in open_now else TOO_LITTLE_MB
    if free is not None and free < limit:
        found[Sign.DISK_LOW] = f"{free} MB"
    return found


def _days_left(health: Mapping[str, int], now_ms: int) -> int | None:
    ends = health.get(Health.CERTIFICATE_ENDS)
    return None if ends is None else (ends - now_ms // 1000) // DAY_S
