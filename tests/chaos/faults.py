"""The strokes of a plan, done to a town and healed again, by one hand and an agenda."""

from __future__ import annotations

import contextlib
import heapq
import itertools
import os
import signal
import time
from collections import Counter
from collections.abc import Callable

import psutil

from tests.chaos.packets import Packets
from tests.chaos.plan import Kind, Stroke
from tests.chaos.town import Town
from tests.edge.safety.faults import Fault

Act = Callable[[], None]


class Hand:
    """Does what a plan says."""

    def __init__(self, town: Town, packets: Packets) -> None:
        self._town, self._packets = town, packets
        self._agenda: list[tuple[float, int, Act]] = []
        self._numbers = itertools.count()
        self._dropping: dict[str, int] = {}
        self.done = Counter[Kind]()
        self.struck = Counter[Kind]()
        """How many units or processes each kind has met."""
        self.at_once = 0
        self._now = 0
        self.dropped = 0

    def run(self, plan: list[Stroke]) -> None:
        """Do all strokes at their times, and heal each at its end."""
        began = time.monotonic()
        for stroke in plan:
            self._at(began + stroke.at, lambda stroke=stroke: self._strike(stroke))  # type: ignore[misc]
        while self._agenda:
            at, _, act = heapq.heappop(self._agenda)
            time.sleep(max(0.0, at - time.monotonic()))
            act()

    def _at(self, moment: float, act: Act) -> None:
        heapq.heappush(self._agenda, (moment, next(self._numbers), act))

    def _strike(self, stroke: Stroke) -> None:
        heal = self._do(stroke)
        self.done[stroke.kind] += 1
        self.struck[stroke.kind] += max(1, len(stroke.victims))
        self._now += 1
        self.at_once = max(self.at_once, self._now)

        def end() -> None:
            heal()
            self._now -= 1

        self._at(time.monotonic() + stroke.seconds, end)

    def _do(self, stroke: Stroke) -> Act:
        """Do it; return how it is healed."""
        if stroke.kind in (Kind.CUT, Kind.STALL, Kind.TEAR, Kind.DELAY):
            return self._hurt_lines(stroke)
        if stroke.kind in (Kind.LOSS, Kind.SILENCE):
            return self._drop_packets(stroke)
        if stroke.kind in _FAULTS:
            return self._fail(stroke.victims or ("server",), _FAULTS[stroke.kind])
        if stroke.kind is Kind.CLOCK:
            return self._jump(stroke)
        return self._kill(stroke)

    # ---- lines ------------------------------------------------------------------------------

    def _hurt_lines(self, stroke: Stroke) -> Act:
        hurt: dict[Kind, tuple[str, float]] = {
            Kind.CUT: ("cut", True), Kind.STALL: ("stalled", True),
            Kind.TEAR: ("tear", 0.3), Kind.DELAY: ("delay", stroke.number / 50),
        }  # fmt: skip
        name, value = hurt[stroke.kind]
        for unit in stroke.victims:
            self._town.cables.turn(unit, **{name: value})

        def heal() -> None:
            for unit in stroke.victims:
                self._town.cables.turn(unit, **{name: type(value)(0)})

        return heal

    def _drop_packets(self, stroke: Stroke) -> Act:
        per_cent = 100 if stroke.kind is Kind.SILENCE else stroke.number
        for unit in stroke.victims:
            self._dropping[unit] = per_cent
        self._rules()

        def heal() -> None:
            for unit in stroke.victims:
                del self._dropping[unit]
            self._rules()

        return heal

    def _rules(self) -> None:
        self.dropped += self._packets.dropped()
        self._packets.heal()
        for unit, per_cent in self._dropping.items():
            self._packets.drop(self._town.cables.of[unit].port, per_cent)

    # ---- what the kernel answers ------------------------------------------------------------

    def _fail(self, victims: tuple[str, ...], fault: Fault) -> Act:
        for each in victims:
            self._town.pages[each].turn(fault, True)

        def heal() -> None:
            for each in victims:
                self._town.pages[each].turn(fault, False)

        return heal

    def _jump(self, stroke: Stroke) -> Act:
        def turn(seconds: int) -> None:
            for unit in stroke.victims:
                if unit in self._town.units:
                    self._town.pages[unit].jump(seconds)
                for light in self._town.lights:
                    if unit in light.units:
                        light.say("clock", unit, seconds)

        turn(stroke.number)
        return lambda: turn(0)

    # ---- processes --------------------------------------------------------------------------

    def _kill(self, stroke: Stroke) -> Act:
        town = self._town
        if stroke.kind is Kind.KILL_SERVER:
            town.kill("server")
            return town.launch_server
        if stroke.kind is Kind.KILL_LIGHT:
            light = next(each for each in town.lights if each.name == stroke.victims[0])
            light.stop(signal.SIGKILL)
            return lambda: town.start_light(light)
        if stroke.kind is Kind.KILL_DATABASE:
            postmaster = psutil.Process(town.database.get_postmaster_info().pid)
            family = [postmaster, *postmaster.children(recursive=True)]
            postmaster.kill()
            psutil.wait_procs(family, 20)
            return lambda: town.database.ensure_postgres_running()
        if stroke.kind in (Kind.HANG_SERVER, Kind.HANG_BROKER):
            return self._hang("server" if stroke.kind is Kind.HANG_SERVER else "broker")
        part = _PARTS[stroke.kind]
        self._signal(part if part == "broker" else f"{stroke.victims[0]}/{part}", signal.SIGKILL)
        return lambda: None

    def _hang(self, who: str) -> Act:
        pid = self._signal(who, signal.SIGSTOP)

        def heal() -> None:
            if pid is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

        return heal

    def _signal(self, who: str, number: signal.Signals) -> int | None:
        """Send a signal; nothing to one that is on its way back already."""
        pid = self._town.pid(who)
        if pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        return pid


_FAULTS = {
    Kind.UNIT_DISK: Fault.DISK_FULL, Kind.SERVER_DISK: Fault.DISK_FULL,
    Kind.SLOW_DISK: Fault.SLOW_SYNC, Kind.ADRIFT: Fault.CLOCK_ADRIFT,
}  # fmt: skip
_PARTS = {
    Kind.KILL_DOOR: "door", Kind.KILL_LINK: "link", Kind.KILL_LOCKGUARD: "lockguard",
    Kind.KILL_BROKER: "broker",
}  # fmt: skip
