"""The OSDP readers of a unit: their lines at work, their keys, and who may set one."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from loquet_contract.feedback import Beat
from loquet_contract.ids import ReaderId
from loquet_contract.wire import events_readers as facts
from loquet_edge import osdp_key_files
from loquet_edge.config_readers import OsdpWiring
from loquet_edge.drivers.ports import ReaderEvent, ReaderPower, ReaderTamper
from loquet_edge.key_windows import Confirming, KeyWindows
from loquet_edge.osdp_key_files import KeyFileFault
from loquet_edge.protocols.osdp_lights import Light
from loquet_edge.reader_threads import Polling

if TYPE_CHECKING:
    from loquet_contract.feedback import Beat
    from loquet_edge.config import UnitConfig
    from loquet_edge.config_readers import WiredReader
    from loquet_edge.drivers.osdp import OsdpBus

log = logging.getLogger(__name__)


class OsdpReaders:
    """All lines of one unit; those that the configuration does not name cost nothing."""

    def __init__(self, config: UnitConfig, put: Callable[[ReaderEvent], None]) -> None:
        self._config, self._put = config, put
        self._wirings: dict[ReaderId, OsdpWiring] = {
            each.id: each.wiring
            for each in config.all_readers
            if isinstance(each.wiring, OsdpWiring)
        }
        devices = {each.device for each in self._wirings.values()}
        self._buses: dict[Path, OsdpBus] = {each: self._bus(each) for each in devices}
        self._polling: list[Polling] = []
        places = {each: _confirming(config, each) for each in self._wirings}
        self.windows = KeyWindows(places, self._open_window, self._close_window)

    def start(self) -> None:
        """Bring every line to work, each on a thread of its own."""
        self._polling = [Polling(each, self._put) for each in self._buses.values()]

    def show(self, reader: str, beat: Beat) -> None:
        """Have a reader's own lamp and sounder show this from now on."""
        self._bus_of(reader).show(reader, Light(beat.red, beat.green, beat.blue, beat.sound))

    def close(self) -> None:
        """Let the readers go and give the lines back."""
        for each in self._polling:
            each.close()

    def _bus(self, device: Path) -> OsdpBus:
        from loquet_edge.drivers.osdp import Member, OsdpBus

        members = []
        on_line = [item for item in self._wirings.items() if item[1].device == device]
        for reader, wiring in on_line:
            member = Member(reader, wiring.address, (), wiring.last_first)
            try:
                member.keys = osdp_key_files.load(wiring.key_file, reader)
            except KeyFileFault as error:
                member.fault = str(error)
                log.error("reader %s: %s", reader, error)
            members.append(member)
        return OsdpBus(device, on_line[0][1].baud, members)

    def _open_window(self, reader: str, until: float) -> str | None:
        wiring = self._wirings[ReaderId(reader)]
        try:
            keys = osdp_key_files.load(wiring.key_file, reader)
        except KeyFileFault as error:
            return str(error)
        self._bus_of(reader).open_window(reader, until, keys)
        return None

    def _close_window(self, reader: str) -> None:
        self._bus_of(reader).close_window(reader)

    def _bus_of(self, reader: str) -> OsdpBus:
        return self._buses[self._wirings[ReaderId(reader)].device]


def said(event: ReaderTamper | ReaderPower) -> facts.ReaderFact:
    """Return the fact that a reader told of itself."""
    reader = ReaderId(event.reader)
    if isinstance(event, ReaderTamper):
        return facts.ReaderTampered(reader) if event.open else facts.ReaderTamperEnded(reader)
    return facts.ReaderPowerFailed(reader) if event.failed else facts.ReaderPowerReturned(reader)


def is_osdp(reader: WiredReader) -> bool:
    """Whether a reader shares its line and thread with others."""
    return isinstance(reader.wiring, OsdpWiring)


def _confirming(config: UnitConfig, reader: ReaderId) -> Confirming | None:
    """What confirms a window: the re-arm key, else the reader's door, else the unit's first."""
    if config.fire is not None:
        return Confirming(None, "rearm")
    own = {each.door for each in config.readers if each.id == reader}
    doors = sorted(config.doors, key=lambda door: door.id not in own)
    for door in doors:
        if own and door.id not in own:
            break
        if door.exit_input is not None:
            return Confirming(door.id, "exit")
        if door.contact is not None:
            return Confirming(door.id, "contact")
    return None
