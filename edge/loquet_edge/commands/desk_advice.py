"""What an installer should know of the desks of a unit: nothing here is wrong, some is unwise."""

from collections.abc import Iterator

from loquet_edge.config import UnitConfig
from loquet_edge.config_desks import DeskConfig
from loquet_edge.desk.state import STRONG, SensorKind

SHORT_HOLD = 120.0
"""Seconds; whoever reads sits still for longer now and then."""


def desk_advice(config: UnitConfig) -> Iterator[tuple[str, str]]:
    """Give what to think over, as (what, advice)."""
    for desk in config.desks:
        for advice in _advice(desk):
            yield f"desk {desk.id}", advice
    for reader in config.desk_readers:
        desk = next(each for each in config.desks if each.id == reader.desk)
        if desk.led_granted is None and desk.buzzer is None:
            yield (
                f"reader {reader.id}",
                (
                    "nobody sees whether a badge was taken: wire led_granted_line, led_denied_line"
                    " or buzzer_line of its desk"
                ),
            )


def _advice(desk: DeskConfig) -> Iterator[str]:
    kinds = [SensorKind(each.kind) for each in desk.sensors]
    kinds += [SensorKind.PRESENCE] * len(desk.radars)
    strong = desk.badge_limit is not None or any(kind in STRONG for kind in kinds)
    if desk.away and not strong:
        yield "away does nothing here: a motion detector cannot tell that somebody has left"
    for sensor in desk.sensors:
        if sensor.kind == SensorKind.PIR and sensor.hold < SHORT_HOLD and not strong:
            yield (
                f"{sensor.name} holds for {sensor.hold:g} s: whoever reads is taken for gone;"
                " 300 s is usual"
            )
    for radar in desk.radars:
        if radar.device.name.startswith(("ttyUSB", "ttyACM")):
            yield (
                f"{radar.device} may be another adapter after the next start: take its name in"
                " /dev/serial/by-path/"
            )
    if desk.door is not None and not kinds:
        yield "door does nothing here: it needs a sensor that sees who stayed behind it"
