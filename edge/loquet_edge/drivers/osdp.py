"""OSDP readers on one RS-485 line, through `libosdp`: one thread and one serial port for all.

How it thinks. The library is refreshed in turn and only ever from here; its callbacks append to a
list and do nothing else, since a command given from inside one never returns. Behind it stands a
gate (`protocols.osdp_frames`) that lets nothing out in clear. What the library decides by itself
about lost readers is too slow, so each reader has a `Member` that gives a try an end, lets go,
rests and begins again.

A reader counts as there once its channel stands with a key of its own; only then do its cards,
keys, cover and supply mean anything. A key is set by the library alone, and only while an
install window is open for that reader.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from loquet_edge.drivers.osdp_library import GatedLine, Port, load_library, open_serial
from loquet_edge.drivers.osdp_member import Member, OsdpTimes, Step, Window
from loquet_edge.drivers.ports import (
    CardSeen,
    KeyPressed,
    ReaderEvent,
    ReaderKeySet,
    ReaderLost,
    ReaderPower,
    ReaderReturned,
    ReaderTamper,
)
from loquet_edge.drivers.rc522_ports import DriverMissing
from loquet_edge.protocols.osdp_cards import keys_of, representations_of
from loquet_edge.protocols.osdp_frames import Gate
from loquet_edge.protocols.osdp_lights import Light, commands

log = logging.getLogger(__name__)

PORT_RETRY_SECONDS = 1.0
RENEW_SECONDS = 3.0
"""At least between two new beginnings for one reader's sake: its neighbours lose a moment too."""
ANSWER_WAIT, IDLE_WAIT = 0.005, 0.01
COMMAND_SECONDS = 1.0

Told = dict[str, Any]


class OsdpBus:
    """All readers of one line; fills `ports.Reader`, and waits for bytes in `poll` itself."""

    def __init__(
        self,
        device: Path,
        baud: int,
        members: Sequence[Member],
        *,
        open_port: Callable[[Path, int], Port] = open_serial,
        clock: Callable[[], float] = time.monotonic,
        times: OsdpTimes | None = None,
    ) -> None:
        self.name = members[0].name
        """Of the first reader; what happens is told under the name of each."""
        self._device, self._baud, self._open_port = device, baud, open_port
        self._times = times or OsdpTimes()
        self._members = list(members)
        self._by_name = {each.name: each for each in members}
        self._by_address = {each.address: each for each in members}
        self._talking = [each for each in members if each.fault is None]
        """In the library's numbering."""
        self._gate = Gate()
        self._library: Any = None
        self._panel: Any = None
        self._line: GatedLine | None = None
        self._told: list[tuple[int, Told]] = []
        self._done: list[tuple[int, Told, int]] = []
        self._events: list[ReaderEvent] = []
        self._orders: SimpleQueue[Callable[[float], None]] = SimpleQueue()
        self._fault = ""
        self._open_at = 0.0
        self._renew_at = 0.0
        self._rebuild = False
        start = clock()
        for each in members:
            each.well_at = start

    @property
    def refused(self) -> tuple[int, int]:
        """Frames kept from the line, and runs of bytes kept from the library."""
        return self._gate.refused_out, self._gate.refused_in

    def poll(self, now: float) -> list[ReaderEvent]:
        """What happened at any of the readers; waits up to 10 ms for the line."""
        if self._panel is None and self._talking and now >= self._open_at:
            self._open(now)
        self._obey(now)
        if self._panel is not None and self._line is not None:
            self._turn(self._panel, self._line, now)
        self._judge(now)
        found, self._events = self._events, []
        return found

    def next_poll(self, now: float) -> float:
        """At once, since `poll` waits; later while there is no line."""
        return now if self._panel is not None else now + IDLE_WAIT * 5

    def show(self, reader: str, light: Light) -> None:
        """Have a reader show this from now on; from any thread."""
        member = self._by_name[reader]
        self._orders.put(lambda _now: setattr(member, "wanted", light))

    def secure(self, reader: str) -> bool:
        """Whether a reader's channel stands."""
        return self._by_name[reader].secure

    def open_window(self, reader: str, until: float, keys: tuple[bytes, ...]) -> None:
        """Let the last of these keys be set in a reader until then; from any thread."""
        self._orders.put(lambda now: self._begin_window(self._by_name[reader], until, keys, now))

    def close_window(self, reader: str) -> None:
        """End it sooner; from any thread."""
        self._orders.put(lambda _now: self._end_window(self._by_name[reader]))

    def close(self) -> None:
        """Let the readers go and give the line back."""
        self._panel = None
        if self._line is not None:
            self._line.close()
            self._line = None

    # ---- the line -------------------------------------------------------------------------

    def _open(self, now: float) -> None:
        self._open_at = now + PORT_RETRY_SECONDS
        try:
            self._library = self._library or load_library()
            self._line = GatedLine(self._open_port(self._device, self._baud), self._gate)
        except (DriverMissing, OSError) as error:
            self._fault = str(error)
            return
        self._fault = ""
        self._build(now)

    def _build(self, now: float) -> None:
        """Give the library its readers anew, each with the key to try."""
        self._rebuild = False
        self._told.clear()
        self._done.clear()
        self._panel = self._library.ControlPanel([self._info(each) for each in self._talking])
        self._panel.set_event_callback(self._hear)
        self._panel.set_command_completion_callback(self._completed)
        for each in self._talking:
            each.begin(now)

    def _info(self, member: Member) -> dict[str, Any]:
        library = self._library
        flags = library.FLAG_IGN_UNSOLICITED | library.FLAG_ENABLE_NOTIFICATION
        installing = member.window is not None and member.right_key
        flags |= library.FLAG_INSTALL_MODE if installing else library.FLAG_ENFORCE_SECURE
        return {
            "name": f"pd{member.address}", "address": member.address, "flags": flags,
            "scbk": member.key, "channel": self._line, "version": 0, "model": 0,
            "vendor_code": 0, "serial_number": 0, "firmware_version": 0,
        }  # fmt: skip

    def _hear(self, at: int, event: Told) -> int:
        self._told.append((at, event))
        return 0

    def _completed(self, at: int, command: Told, status: int) -> None:
        self._done.append((at, command, status))

    # ---- one turn -------------------------------------------------------------------------

    def _obey(self, now: float) -> None:
        while True:
            try:
                order = self._orders.get_nowait()
            except Empty:
                return
            order(now)

    def _turn(self, panel: Any, line: GatedLine, now: float) -> None:
        panel.refresh()
        if any(frame.from_reader for frame in line.talk):
            panel.refresh()  # it reads an answer in one turn and understands it in the next
        for frame in line.talk:
            member = self._by_address.get(frame.address)
            if member is not None:
                member.note(frame, now)
        line.talk.clear()
        while self._gate.sealed_already:
            member = self._by_address.get(self._gate.sealed_already.pop())
            if member is not None:
                member.sealed_already = True
        if line.fault is not None:
            self._lose_line(line, now)
            return
        online, secure = panel.status(), panel.sc_status()
        for at, member in enumerate(self._talking):
            stands = bool(online >> at & 1 and secure >> at & 1)
            self._settle(at, member, stands and not member.default_key, now)
        self._take_done(now)
        self._take_told(now)
        if self._rebuild:
            self._build(now)
        line.wait(ANSWER_WAIT if self._gate.waiting else IDLE_WAIT)

    def _lose_line(self, line: GatedLine, now: float) -> None:
        self._fault = f"{self._device} is gone ({line.fault}): plug the adapter in again"
        self.close()
        self._open_at = now + PORT_RETRY_SECONDS
        for each in self._talking:
            each.rest(now)

    def _settle(self, at: int, member: Member, stands: bool, now: float) -> None:
        """Let go of a try that failed, begin another one, or find that the channel stands."""
        if member.sealed_already and now >= self._renew_at:
            # Begun anew the library asks in clear, and so the reader gives its channel up.
            self._renew_at, self._rebuild = now + RENEW_SECONDS, True
        if not member.trying:
            if now >= member.rest_until and self._panel.enable_pd(at):
                member.begin(now)
            return
        if stands and not member.secure:
            self._secured(at, member, now)
        elif member.secure and not stands:
            member.begin(now)  # the library has begun anew by itself, or given up
        if member.secure:
            member.well_at = member.heard_at
            self._show(at, member, now)
        if member.overdue(now, self._times):
            self._let_go(at, member, now)

    def _let_go(self, at: int, member: Member, now: float) -> None:
        member.rest(now + self._times.rest)
        self._panel.disable_pd(at)
        if len(member.keys) > 1:
            member.using = (member.using + 1) % len(member.keys)
            self._rebuild = True

    def _secured(self, at: int, member: Member, now: float) -> None:
        member.secure, member.furthest = True, Step.SILENT
        if member.lost:
            member.lost = False
            self._events.append(ReaderReturned(member.name, "its secure channel stands"))
        self._submit(at, member, {"command": self._library.CMD_STATUS, "report": b"",
                                  "type": self._library.STATUS_REPORT_LOCAL}, now)  # fmt: skip
        if member.window is None:
            return
        if member.right_key:
            self._events.append(ReaderKeySet(member.name))
            self._end_window(member)
        elif not member.window.sent:
            member.window.sent = True
            key = {"command": self._library.CMD_KEYSET, "type": 1, "data": member.keys[-1]}
            self._panel.submit_command(at, key)

    def _judge(self, now: float) -> None:
        for member in self._members:
            if member.window is not None and now >= member.window.until:
                self._end_window(member)
            if not member.secure and not member.lost and now - member.well_at > self._times.grace:
                member.lost = True
                why = member.fault or self._fault or member.why()
                self._events.append(ReaderLost(member.name, why))

    # ---- what readers say -----------------------------------------------------------------

    def _take_told(self, now: float) -> None:
        for at, event in self._told:
            member = self._talking[at]
            if member.secure:
                self._take(member, event, now)
        self._told.clear()

    def _take(self, member: Member, event: Told, now: float) -> None:
        library = self._library
        if event["event"] == library.EVENT_CARDREAD:
            found = representations_of(event["length"], event["data"], member.reversed_bits)
            self._events.append(CardSeen(member.name, found, "uid", now))
        elif event["event"] == library.EVENT_KEYPRESS:
            for key in keys_of(event["data"]):
                self._events.append(KeyPressed(member.name, key, now))
        elif event["event"] == library.EVENT_STATUS:
            self._take_status(member, event)

    def _take_status(self, member: Member, event: Told) -> None:
        if event["type"] != self._library.STATUS_REPORT_LOCAL or len(event["report"]) < 2:
            return
        tamper, power = (bool(each) for each in event["report"][:2])
        if tamper != member.tamper:
            member.tamper = tamper
            self._events.append(ReaderTamper(member.name, tamper))
        if power != member.power_failed:
            member.power_failed = power
            self._events.append(ReaderPower(member.name, power))

    # ---- what readers are told ------------------------------------------------------------

    def _take_done(self, now: float) -> None:
        for at, command, status in self._done:
            member = self._talking[at]
            member.busy_until = 0.0
            if command["command"] == self._library.CMD_KEYSET:
                accepted = status == self._library.COMPLETION_OK
                if accepted and member.window is not None:
                    member.using = len(member.keys) - 1  # the library uses it from here on
                    member.begin(now)
        self._done.clear()

    def _show(self, at: int, member: Member, now: float) -> None:
        if member.shown == member.wanted or now < member.busy_until:
            return
        for command in commands(member.shown, member.wanted):
            self._submit(at, member, command, now)
        member.shown = member.wanted

    def _submit(self, at: int, member: Member, command: Told, now: float) -> None:
        if self._panel.submit_command(at, command):
            member.busy_until = now + COMMAND_SECONDS

    # ---- keys -----------------------------------------------------------------------------

    def _begin_window(
        self, member: Member, until: float, keys: tuple[bytes, ...], now: float
    ) -> None:
        member.window, member.keys, member.using = Window(until), keys, 0
        if member.fault is not None:
            member.fault = None
            self._talking = [each for each in self._members if each.fault is None]
        self._gate.default_key_allowed.add(member.address)
        if self._line is not None:
            self._build(now)

    def _end_window(self, member: Member) -> None:
        if member.window is None:
            return
        member.window = None
        self._gate.default_key_allowed.discard(member.address)
        if self._panel is not None:
            at = self._talking.index(member)
            self._panel.set_flag(at, self._library.FLAG_ENFORCE_SECURE)
            self._panel.clear_flag(at, self._library.FLAG_INSTALL_MODE)


__all__ = ["Light", "Member", "OsdpBus"]
