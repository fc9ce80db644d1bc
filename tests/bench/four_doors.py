"""What a unit with four doors and eight readers costs, and how soon an OSDP tap moves a relay.

Two RC522 on one SPI bus, four OSDP readers on one RS-485 line, one RDM6300 on a serial port and
one Wiegand reader, on the simulated devices of a Raspberry Pi: unmodified lgpio, spidev, pyserial
and libosdp, which also plays the four readers in processes of their own. The CPU and the memory
are the unit's alone. A tap is timed from the sealed answer on the line, and from the card at the
reader, which has to wait until it is asked (every 50 ms); the relay is stamped by the board.
"""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator

import psutil

from loquet_contract.access.credential import digest, from_uid
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    DoorRecord,
    HolderRecord,
    Record,
    RuleRecord,
    ScheduleRecord,
)
from loquet_contract.ids import AccessPointId, AreaId, DoorId, HolderId, RuleId, ScheduleId
from loquet_edge.protocols.osdp_frames import START, Reply, parse
from tests.bench.result import Result, percentile
from tests.bench.start_memory import weigh
from tests.edge.reader.osdp_stage import KEY, Ends, Reader, Wire
from tests.edge.rig.rig_unit import RigUnit
from tests.edge.unit.a_unit import PEPPER, SITE, UNIT
from tests.rig.rig import Rig, a_rig

TAPS, IDLE_SECONDS, PATIENCE = 120, 10.0, 20.0
LOCKS, CONTACTS, EXITS = (17, 27, 22, 23), (24, 25, 12, 13), (16, 19, 20, 21)
FIRE, REARM, D0, D1 = 26, 6, 4, 5
OSDP = 4
CARD = "04a1b2c3d4{:04x}"


def _toml(line: str, serial: str) -> str:
    doors = "".join(
        f'[[doors]]\nid = "d{at}"\nlock = "strike"\nlock_line = {LOCKS[at]}\n'
        f'contact_line = {CONTACTS[at]}\nexit = "button"\nexit_line = {EXITS[at]}\n\n'
        for at in range(4)
    )
    wired = [
        *(f'driver = "osdp"\ndevice = "{line}"\nbaud = 115200\naddress = {at + 1}'
          for at in range(OSDP)),
        'driver = "rc522"\ndevice = 0', 'driver = "rc522"\ndevice = 1',
        f'driver = "rdm6300"\ndevice = "{serial}"',
        f'driver = "wiegand"\nd0_line = {D0}\nd1_line = {D1}',
    ]  # fmt: skip
    readers = "".join(
        f'[[readers]]\nid = "r{at}"\ndoor = "d{at % 4}"\naccess_point = "p{at}"\n{each}\n\n'
        for at, each in enumerate(wired)
    )
    return (
        f'[unit]\nsite = "{SITE}"\nid = "{UNIT}"\nclock = "trusted"\n\n'
        f"[fire]\nline = {FIRE}\nrearm_line = {REARM}\n\n{doors}{readers}"
    )


def _policy() -> list[Record]:
    points = tuple(AccessPointId(f"p{at}") for at in range(8))
    rule = RuleRecord(RuleId("all"), points, ScheduleId("always"))
    found: list[Record] = [ScheduleRecord(ScheduleId("always"), always=True), rule]
    found += [DoorRecord(DoorId(f"d{at}")) for at in range(4)]
    found += [
        AccessPointRecord(point, DoorId(f"d{at % 4}"), AreaId("street"), AreaId("open"))
        for at, point in enumerate(points)
    ]
    for number in range(TAPS):
        holder = HolderId(f"h{number}")
        key = digest(PEPPER, from_uid(bytes.fromhex(CARD.format(number))))
        found += [HolderRecord(holder, (rule.rule,)), CredentialRecord(key, holder)]
    return sorted(found, key=lambda record: record.key)


class FourDoors:
    """The unit, its line and the four readers on it."""

    def __init__(self, rig: Rig) -> None:
        self.rig, self.wire, self.serial = rig, Wire(OSDP), Ends()
        self.readers = [Reader(each.path, at + 1, KEY) for at, each in enumerate(self.wire.readers)]
        self.wire.inward = self._note
        self.said: list[float] = []
        """When the answer with a card was on the line."""
        keys = rig.folder / "osdp"
        keys.mkdir(mode=0o700)
        for at in range(OSDP):
            key = keys / f"r{at}.key"
            key.touch(0o600)
            key.write_text(KEY.hex())
        rest = [(each, 0) for each in (*CONTACTS, FIRE)]
        rest += [(each, 1) for each in (*EXITS, REARM, D0, D1)]
        self.unit = RigUnit(rig, _toml(self.wire.unit.path, self.serial.path), (), tuple(rest))
        self.unit.give_policy(_policy())

    def _note(self, data: bytes) -> list[bytes]:
        frame = parse(data[max(0, data.find(START)) :])
        if frame is not None and frame.code == Reply.CARD:
            self.said.append(time.monotonic())
        return [data]

    def tap(self, number: int) -> tuple[float, float]:
        """Milliseconds to the relay from the card at the reader, and from its answer."""
        at = number % OSDP
        count, began = len(self.said), time.monotonic()
        self.readers[at].say(card=CARD.format(number), bits=56)
        released = self._lock(at, 1, began)
        self.rig.control.set_input(CONTACTS[at], 1)
        self._lock(at, 0, released)
        self.rig.control.set_input(CONTACTS[at], 0)
        return (released - began) * 1e3, (released - self.said[count]) * 1e3

    def _lock(self, at: int, level: int, since: float) -> float:
        found: list[float] = []

        def came() -> bool:
            found[:] = [
                when for when, each, _ in self.unit.records(LOCKS[at])
                if when >= since and each == level
            ]  # fmt: skip
            return bool(found)

        self.unit.wait(came, f"lock {at} at {level}")
        return found[0]

    def close(self) -> None:
        self.unit.close()
        for each in self.readers:
            each.close()
        self.wire.close()
        self.serial.close()


@contextlib.contextmanager
def four_doors() -> Iterator[FourDoors]:
    """A unit at work, whose readers have all been found."""
    with a_rig(strict_gpiod=True, readers=("r4=0.0", "r5=0.1")) as rig:
        found = FourDoors(rig)
        try:
            found.unit.start()
            found.tap(0)
            yield found
        finally:
            found.close()


def idle_shares(processes: dict[str, psutil.Process]) -> dict[str, float]:
    """Per cent of a core that each process takes while nobody comes."""
    before = {name: sum(each.cpu_times()[:2]) for name, each in processes.items()}
    began = time.monotonic()
    while (left := IDLE_SECONDS - (time.monotonic() - began)) > 0:
        time.sleep(left)
    took = time.monotonic() - began
    return {
        name: (sum(each.cpu_times()[:2]) - before[name]) / took * 100
        for name, each in processes.items()
    }


def results() -> list[Result]:
    """CPU, memory, and taps."""
    sys.setswitchinterval(0.0005)
    with four_doors() as found:
        processes = {name: found.unit.process(name) for name in ("lockguard", "door", "link")}
        shares = idle_shares(processes)
        times = [found.tap(number) for number in range(TAPS)]
        weights = {name: weigh(each)[0] for name, each in processes.items()}
    said = "four doors, eight readers"
    whole, known = [each for each, _ in times], [each for _, each in times]
    return [
        Result(f"{said}: idle share of a core, door", shares["door"], "%"),
        Result(f"{said}: idle share of a core, the unit", sum(shares.values()), "%"),
        Result(f"{said}: memory of door (PSS)", weights["door"], "MB"),
        Result(f"{said}: memory of the unit (PSS)", sum(weights.values()), "MB"),
        Result("tap to relay over OSDP, from the answer on the line, p50",
               percentile(known, 0.5), "ms"),
        Result("tap to relay over OSDP, from the answer on the line, p99",
               percentile(known, 0.99), "ms"),
        Result("tap to relay over OSDP, from the card at the reader, p50",
               percentile(whole, 0.5), "ms"),
        Result("tap to relay over OSDP, from the card at the reader, p99",
               percentile(whole, 0.99), "ms"),
    ]  # fmt: skip
