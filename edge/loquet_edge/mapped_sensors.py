"""Which of the space's own sensors stands at which desk, by the server's signed plan.

The link is believed in what such a sensor says, since it can only change a desk; it is not
believed in which desk that is. A sensor that the plan does not name is nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from loquet_contract.ids import DeskId, SensorId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.events import Event
from loquet_contract.wire.sensors import (
    MAX_SENSORS,
    Hearing,
    SensorMapping,
    SensorPlan,
    Watches,
)
from loquet_contract.wire.signing import Purpose, Verifier
from loquet_edge.desk.state import SensorConfig, patient_pir, presence, seat_switch
from loquet_edge.desks import DeskHall, Fitting

KINDS: Mapping[Watches, Callable[[], SensorConfig]] = {
    Watches.SEAT: seat_switch, Watches.PRESENCE: presence, Watches.PIR: patient_pir,
}  # fmt: skip


class MappedSensors:
    """The plan in force, and the desks that it fits out. Monotonic seconds."""

    def __init__(self, verifier: Verifier, site: SiteId, unit: UnitId) -> None:
        self._verifier, self._site, self._unit = verifier, site, unit
        self._version = 0
        self._sensors: dict[SensorId, SensorMapping] = {}

    def take(self, document: str, hall: DeskHall, now: float) -> list[Event]:
        """Let a plan count; raise WrongSignature or MalformedMessage, changing nothing."""
        plan = decode_text(SensorPlan, self._verifier.payload(Purpose.SENSORS, document))
        if (plan.site, plan.unit) != (self._site, self._unit):
            raise MalformedMessage("signed for another unit")
        if len(plan.sensors) > MAX_SENSORS:
            raise MalformedMessage(f"more than {MAX_SENSORS} sensors")
        if plan.version <= self._version:
            return []
        self._version = plan.version
        sensors = {each.sensor: each for each in plan.sensors}
        if sensors == self._sensors:
            return []
        self._sensors = sensors
        return hall.fit(_fittings(sensors), now)

    def hear(self, sensor: SensorId, hearing: Hearing, hall: DeskHall, now: float) -> list[Event]:
        """Let a desk hear what one of its sensors says."""
        known = self._sensors.get(sensor)
        if known is None:
            return []
        if known.watches is Watches.DOOR:
            if hearing is Hearing.LOST:
                return hall.room_door_moved(known.desk, True, now)  # nobody knows: it may be open
            return hall.room_door_moved(known.desk, hearing is Hearing.ACTIVE, now)
        if hearing is Hearing.LOST:
            return hall.lose(known.desk, _name(known), now)
        return hall.sense(known.desk, _name(known), hearing is Hearing.ACTIVE, now)


def _name(mapping: SensorMapping) -> str:
    return f"mqtt:{mapping.sensor}"  # no wired sensor has a colon in its name


def _fittings(sensors: dict[SensorId, SensorMapping]) -> dict[DeskId, Fitting]:
    found: dict[DeskId, Fitting] = {}
    for each in sensors.values():
        known = found.get(each.desk, Fitting(each.area, ()))
        if each.watches is Watches.DOOR:
            found[each.desk] = Fitting(each.area, known.sensors, True)
        else:
            found[each.desk] = Fitting(each.area, (*known.sensors, _config(each)), known.door)
    return found


def _config(mapping: SensorMapping) -> SensorConfig:
    usual = KINDS[mapping.watches]()
    hold = float(mapping.hold) if mapping.hold else usual.hold
    longest = usual.longest_hold
    return SensorConfig(
        usual.kind, hold, usual.stuck_after, None if not mapping.silent_after else
        float(mapping.silent_after), None if longest is None else max(hold, longest),
        usual.confirm, _name(mapping),
    )  # fmt: skip
