"""Units as pages show them."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from babel import Locale
from babel.dates import format_timedelta
from babel.numbers import format_decimal

from loquet_contract.wire.health import Health
from loquet_server.models import AccessPoint, Desk, Door, Entry
from loquet_server.units import words
from loquet_server.units.schemas import UnitOut
from loquet_server.web.i18n import N_, Translations

SHOW: Final = {
    "all": N_("all units"),
    "care": N_("what needs care"),
    "offline": N_("not connected"),
    "archived": N_("gone for good"),
}
STANDING: Final = (
    ("bad", N_("needs care"), "chip-bad"),
    ("watch", N_("to watch"), "chip-warn"),
    ("well", N_("well"), "chip-good"),
)
ALL_BUSY: Final = 100
"""Percent: every processor has work, and none waits for one."""
Readers = Mapping[tuple[str, str], str]
"""What readers are called, by unit and by the name that the unit has for them."""
MARKS: Final = ("▲", "◆", "●")
"""A shape for each, so that no colour is needed."""


@dataclass(frozen=True, slots=True)
class SignLine:
    """One sign in words, with what to do."""

    text: str
    advice: str
    chip: str


@dataclass(frozen=True, slots=True)
class FleetLine:
    """One unit of a list."""

    unit: UnitOut
    site: str
    doors: list[Door]
    signs: list[SignLine]
    standing: str
    chip: str
    mark: str
    temperature: str
    disk: str
    readers: str
    reader_states: list[tuple[str, str, bool]]
    """What each reader is called, its own id, and whether it answers."""


@dataclass(frozen=True, slots=True)
class StoryLine:
    """Something that happened to a unit."""

    at: int
    text: str
    detail: str
    trusted: bool


def readers(
    units: Sequence[UnitOut], ways: Sequence[tuple[AccessPoint, Door]], desks: Sequence[Desk],
    texts: Translations,
) -> Readers:  # fmt: skip
    """Return what readers are called: by the door or the desk that they hang at."""
    at_desk, names = texts.gettext(N_("desk %(name)s")), {each.id: each.name for each in desks}
    leaving = texts.gettext(N_("%(door)s, on the way out"))
    found = {
        (unit.id, reader): at_desk % {"name": names[desk]}
        for unit in units
        for reader, desk in (unit.desk_readers or {}).items()
        if desk in names
    }
    return found | {
        (door.unit or "", way.reader): leaving % {"door": door.name} if way.exit else door.name
        for way, door in ways
        if way.reader
    }


def lines(
    units: Sequence[UnitOut], doors: Sequence[Door], sites: dict[str, str], called: Readers,
    texts: Translations,
) -> list[FleetLine]:  # fmt: skip
    """Return units as a list shows them: trouble first, then by name."""
    found = [_line(each, doors, sites, called, texts) for each in units]
    return sorted(found, key=lambda line: (line.unit.rank, line.site, line.unit.name.casefold()))


def _line(
    unit: UnitOut, doors: Sequence[Door], sites: dict[str, str], called: Readers,
    texts: Translations,
) -> FleetLine:  # fmt: skip
    gone, out = unit.archived_at is not None, unit.revoked_at is not None
    _, standing, chip = STANDING[unit.rank]
    health = unit.health or {}
    degrees = health.get(Health.TEMPERATURE)
    return FleetLine(
        unit,
        sites.get(unit.site, unit.site),
        [door for door in doors if door.unit == unit.id],
        [] if gone or out else [
            SignLine(
                words.sign(each.sign, called.get((unit.id, each.value or ""), each.value), texts),
                texts.gettext(words.ADVICE[each.sign]),
                "chip-bad" if each.grave else "chip-warn",
            )
            for each in unit.signs
        ],
        texts.gettext(N_("gone") if gone else N_("shut out") if out else standing),
        "" if gone else chip,
        "" if gone else MARKS[unit.rank],
        "" if degrees is None else f"{degrees} °C",
        room(health, Health.DISK_FREE, Health.DISK_TOTAL, texts),
        _readers(unit.readers or {}, texts),
        [
            (called.get((unit.id, name), name), name, state == "well")
            for name, state in (unit.readers or {}).items()
        ],
    )  # fmt: skip


def wanted(line: FleetLine, show: str, search: str) -> bool:
    """True if a list that shows and searches this has the unit."""
    if (show == "archived") != (line.unit.archived_at is not None):
        return False
    if show == "care" and line.unit.rank == 2:
        return False
    if show == "offline" and line.unit.online:
        return False
    said = (line.unit.name, line.unit.id, line.site, line.unit.address, line.unit.model,
            *(door.name for door in line.doors))  # fmt: skip
    return search.casefold() in " ".join(each or "" for each in said).casefold()


def counted(found: Sequence[FleetLine], texts: Translations) -> str:
    """Return how many units there are and how they fare, as one sentence."""
    count = Counter(line.unit.rank for line in found)
    whole = texts.ngettext("%(num)s unit", "%(num)s units", len(found)) % {"num": len(found)}
    bad, watch = (
        texts.ngettext("%(num)s needs care", "%(num)s need care", count[0]) % {"num": count[0]},
        texts.ngettext("%(num)s to watch", "%(num)s to watch", count[1]) % {"num": count[1]},
    )
    return ", ".join([whole, *([bad] if count[0] else []), *([watch] if count[1] else [])])


def figures(unit: UnitOut, texts: Translations) -> list[tuple[str, str]]:
    """Return what a unit says of its computer, in words; what it does not know is left out."""
    health, locale = unit.health or {}, texts.locale
    supply = N_("too low now") if health.get(Health.UNDER_VOLTAGE_NOW) else N_(
        "was too low since the start"
    ) if health.get(Health.UNDER_VOLTAGE) else N_("never too low since the start")  # fmt: skip
    rows: list[tuple[str, str | None]] = [
        (N_("Temperature"), _figure(health, Health.TEMPERATURE, "%s °C")),
        (N_("Supply voltage"), texts.gettext(supply) if Health.UNDER_VOLTAGE in health else None),
        (N_("Free on the card"), room(health, Health.DISK_FREE, Health.DISK_TOTAL, texts)),
        (N_("Free memory"), room(health, Health.MEMORY_FREE, Health.MEMORY_TOTAL, texts)),
        (N_("Load of the processor"), _load(health, texts)),
        (N_("Wi-Fi signal"), _figure(health, Health.WIFI, "%s dBm")),
        (N_("Computer on for"), _lasted(health.get(Health.UPTIME), locale)),
        (N_("Link on for"), _lasted(health.get(Health.LINK_UPTIME), locale)),
    ]
    return [(texts.gettext(name), value) for name, value in rows if value]


def room(health: dict[str, Any], free: Health, total: Health, texts: Translations) -> str:
    """Return how much is free of how much, such as 3,2 / 14,9 Go; empty where nobody knows."""
    sizes = [_size(each, texts.locale) for each in (health.get(free), health.get(total))]
    if not sizes[0]:
        return ""
    return texts.gettext(N_("%(size)s GB")) % {"size": " / ".join(each for each in sizes if each)}


def story(entries: Sequence[Entry], texts: Translations) -> list[StoryLine]:
    """Return what happened to a unit, in words."""
    found = []
    for entry in entries:
        try:
            body = json.loads(entry.body)
        except ValueError:
            body = {}
        process = words.part(str(body.get("process", "")), texts)
        detail = str(body.get("detail", ""))
        why = words.cause(detail or str(body.get("cause", "")), texts)
        said = [each for each in (process, why, str(body.get("software", ""))) if each]
        found.append(
            StoryLine(
                entry.utc, texts.gettext(words.STORY[entry.kind]), ", ".join(said), entry.trusted
            )
        )
    return found


def _figure(health: dict[str, Any], name: Health, pattern: str) -> str | None:
    value = health.get(name)
    return None if value is None else pattern % value


def _load(health: dict[str, Any], texts: Translations) -> str | None:
    """Return how busy the processors are; what waits for them is no part of a hundred."""
    percent = health.get(Health.LOAD)
    if percent is None or percent <= ALL_BUSY:
        return None if percent is None else f"{percent} %"
    times = format_decimal(round(percent / ALL_BUSY, 1), locale=texts.locale)
    said = texts.gettext(N_("overloaded: %(times)s times what it can do at once"))
    return said % {"times": times}


def _size(megabytes: int | None, locale: Locale) -> str:
    if megabytes is None:
        return ""
    return str(format_decimal(round(megabytes / 1024, 1), locale=locale))


def _lasted(seconds: int | None, locale: Locale) -> str | None:
    return None if seconds is None else str(format_timedelta(seconds, locale=locale))


def _readers(readers: dict[str, Any], texts: Translations) -> str:
    if not readers:
        return ""
    well = sum(state == "well" for state in readers.values())
    if well == len(readers):
        return texts.ngettext("%(num)s answers", "%(num)s answer", well) % {"num": well}
    return texts.gettext("%(well)s of %(all)s answer") % {"well": well, "all": len(readers)}
