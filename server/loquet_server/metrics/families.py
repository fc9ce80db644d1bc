"""The metrics by name; what a dashboard may ask for is in ``NAMES``."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from loquet_contract.wire.health import Health
from loquet_server.metrics.repository import AreaFigures, UnitFigures

_PLACE: Final = ("site", "area")
_UNIT: Final = ("site", "unit")
_HEALTH: Final = (
    (Health.TEMPERATURE, "loquet_unit_temperature_celsius", "How hot the unit's chip is.", 1),
    (Health.UNDER_VOLTAGE_NOW, "loquet_unit_under_voltage", "1 while its supply is too low.", 1),
    (Health.DISK_FREE, "loquet_unit_disk_free_bytes", "Room left on the unit's card.", 2**20),
    (Health.MEMORY_FREE, "loquet_unit_memory_free_bytes", "Memory left to programs.", 2**20),
    (Health.WIFI, "loquet_unit_wifi_dbm", "How strong the unit's Wi-Fi is.", 1),
    (
        Health.CERTIFICATE_ENDS, "loquet_unit_certificate_end_timestamp_seconds",
        "When the unit's certificate ends.", 1,
    ),
)  # fmt: skip
"""What connected units say of their computers; a figure that they cannot read is left out."""


@dataclass(frozen=True, slots=True)
class Figures:
    """All that is told at one moment. ``ingest_lag`` None: ingest runs in another process."""

    units: tuple[UnitFigures, ...]
    areas: tuple[AreaFigures, ...]
    incidents: dict[str, int]
    deliveries: dict[str, int]
    entries: int
    refused: int
    database_bytes: int
    broker: bool
    ingest_lag: float | None = None
    ingest_session: bool = False
    homeassistant: bool | None = None
    """Whether there is a session at its broker; None where it is off, or not here."""


def families(found: Figures) -> Iterator[Metric]:
    """Yield every metric but the durations, which are counted as they happen."""
    yield from _server(found)
    yield from _units(found.units)
    yield from _areas(found.areas)
    yield _labelled(
        "loquet_incidents_open", "Incidents that nobody has ended, by kind.", ("kind",),
        (((kind,), count) for kind, count in found.incidents.items()),
    )  # fmt: skip
    yield _labelled(
        "loquet_hook_deliveries", "Messages to other programs that wait or were given up.",
        ("state",), (((state,), count) for state, count in found.deliveries.items()),
    )  # fmt: skip


def _server(found: Figures) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "loquet_entries", "Facts of units that were taken in, ever.", value=found.entries
    )
    yield CounterMetricFamily(
        "loquet_refused_messages", "Messages of units that were refused, ever.", value=found.refused
    )
    yield _gauge("loquet_database_bytes", "Size of the database.", found.database_bytes)
    yield _gauge("loquet_broker_session", "1 while this process has its broker.", found.broker)
    if found.ingest_lag is not None:
        yield _gauge(
            "loquet_ingest_lag_seconds", "How long the oldest message waits.", found.ingest_lag
        )
        yield _gauge(
            "loquet_ingest_session", "1 while ingest has its broker.", found.ingest_session
        )
    if found.homeassistant is not None:
        yield _gauge(
            "loquet_homeassistant_session", "1 while Home Assistant's broker is reached.",
            found.homeassistant,
        )  # fmt: skip


def _units(units: Iterable[UnitFigures]) -> Iterator[Metric]:
    known = list(units)
    yield _gauge("loquet_units", "Units that were added and not revoked.", len(known))
    yield _gauge(
        "loquet_units_online", "Units that are connected.", sum(each.online for each in known)
    )
    for name, text, value in (
        ("loquet_unit_online", "1 while the unit is connected.", "online"),
        ("loquet_unit_backlog_entries", "Facts that the unit has still to send.", "backlog"),
        (
            "loquet_unit_policy_lag_seconds",
            "Age of the oldest policy that the unit does not enforce yet.",
            "policy_age",
        ),
    ):
        rows = (((each.site, each.unit), getattr(each, value)) for each in known)
        yield _labelled(name, text, _UNIT, rows)
    seen = [each for each in known if each.online]
    clocks = (((each.site, each.unit), each.clock_trusted) for each in seen)
    yield _labelled(
        "loquet_unit_clock_trusted", "1 while the unit knows that its clock is right.", _UNIT,
        clocks,
    )  # fmt: skip
    for health, name, text, factor in _HEALTH:
        said = [(each, each.health.get(health)) for each in seen]
        yield _labelled(
            name, text, _UNIT,
            (((each.site, each.unit), value * factor) for each, value in said if value is not None),
        )  # fmt: skip


def _areas(areas: Iterable[AreaFigures]) -> Iterator[Metric]:
    known = list(areas)
    yield _labelled(
        "loquet_area_desks", "Desks of an area, by state.", (*_PLACE, "state"),
        (
            ((each.site, each.area, state), count)
            for each in known
            for state, count in each.desks.items()
        ),
    )  # fmt: skip
    yield _labelled(
        "loquet_area_people", "People in an area whose exits are sensed: best estimate and range.",
        (*_PLACE, "estimate"),
        (
            ((each.site, each.area, name), count)
            for each in known
            for name, count in each.people.items()
            if count is not None
        ),
    )  # fmt: skip
    for name, text, value in (
        ("loquet_area_seen_today", "People seen today where exits are not sensed.", "seen_today"),
        ("loquet_area_capacity", "People that an area may hold.", "capacity"),
    ):
        rows = (((each.site, each.area), getattr(each, value)) for each in known)
        yield _labelled(name, text, _PLACE, ((at, n) for at, n in rows if n is not None))


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _labelled(
    name: str,
    text: str,
    labels: Iterable[str],
    rows: Iterable[tuple[tuple[str, ...], float]],
) -> Metric:
    family = GaugeMetricFamily(name, text, labels=tuple(labels))
    for at, value in rows:
        family.add_metric(at, float(value))
    return family
