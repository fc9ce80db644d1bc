"""What ``check`` says of a radar on a serial line: it is listened to for a moment."""

from __future__ import annotations

import time
from collections.abc import Iterator

from loquet_edge.config import UnitConfig
from loquet_edge.drivers.ld2410 import Radar, RadarLost, RadarSaw, RadarSettings

LISTEN_SECONDS = 2.0
LOOK_SECONDS = 0.05


def radar_findings(config: UnitConfig, *, running: bool) -> Iterator[tuple[str, bool | None, str]]:
    """Give (what, well, detail) of each radar; one that a running unit has is left alone."""
    for desk in config.desks:
        for each in desk.radars:
            what = f"radar {desk.id}"
            if running:
                yield what, None, f"{each.device}; a unit runs here and has it: stop it to try it"
            else:
                yield what, *_heard(RadarSettings(each.device, silent=LISTEN_SECONDS))


def _heard(settings: RadarSettings) -> tuple[bool, str]:
    radar, ends = Radar(settings), time.monotonic() + 2 * LISTEN_SECONDS
    try:
        while time.monotonic() < ends:
            for event in radar.poll(time.monotonic()):
                if isinstance(event, RadarLost):
                    return False, event.detail
                if isinstance(event, RadarSaw):
                    said = "somebody is there" if event.somebody else "nobody is there"
                    return True, f"{settings.device}: it says that {said}"
            time.sleep(LOOK_SECONDS)
    finally:
        radar.close()
    return False, f"{settings.device}: silent"
