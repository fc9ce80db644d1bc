"""A unit that loses its network keeps to itself: it listens nowhere, and starts nothing.

No set-up mode, no access point, no page, no search: whoever cuts the cable gains nothing by it.
"""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.edge.safety import hardships as h
from tests.edge.safety.house import House

WITHOUT_NETWORK = ("door", "lockguard")
TAPS = 3
_RAW = ("raw", "raw6", "packet")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a unit's processes have open; processes by their part's name."""

    processes: frozenset[tuple[int, str]]
    listening: frozenset[str]
    """Internet addresses that somebody could knock at, on TCP or UDP."""
    inside: frozenset[str]
    """Paths of Unix sockets."""
    networked: frozenset[str]
    """Parts that have any internet socket."""
    raw: int


def look(house: House) -> Seen:
    """Look at every process of the unit, and at whatever they may have started."""
    supervisor = house.process("door").parent()
    assert supervisor is not None
    family = [supervisor, *supervisor.children(recursive=True)]
    listening, inside, networked, inodes = set[str](), set[str](), set[str](), set[str]()
    for process in family:
        for each in process.net_connections(kind="all"):
            if each.family == socket.AF_UNIX:
                inside |= {str(each.laddr)} - {""}
                continue
            networked.add(part(process))
            if each.status == psutil.CONN_LISTEN or (
                each.type == socket.SOCK_DGRAM and not each.raddr
            ):
                listening.add(f"{part(process)}: {each.laddr}")
        inodes |= set(_inodes(process.pid))
    return Seen(
        frozenset((each.pid, part(each)) for each in family), frozenset(listening),
        frozenset(inside), frozenset(networked), len(inodes & set(_raw())),
    )  # fmt: skip


def part(process: psutil.Process) -> str:
    """Return which part of the unit a process is."""
    words = process.cmdline()
    return words[words.index("--only") + 1] if "--only" in words else "supervisor"


def _inodes(pid: int) -> Iterator[str]:
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            target = str(fd.readlink())
            if target.startswith("socket:["):
                yield target[len("socket:[") : -1]


def _raw() -> Iterator[str]:
    for name in _RAW:
        with contextlib.suppress(FileNotFoundError):
            for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
                yield line.split()[9 if name != "packet" else -1]


def keeps_to_itself(house: House, seen: Seen) -> None:
    """Nobody can knock at this unit."""
    assert seen.listening == frozenset()
    assert seen.raw == 0
    assert seen.networked.isdisjoint(WITHOUT_NETWORK)
    own = (str(house.config.run), str(house.rig.folder), "@")
    assert [each for each in seen.inside if not each.startswith(own)] == []


def test_who_cuts_the_network_opens_nothing(house: House) -> None:
    before = look(house)
    keeps_to_itself(house, before)
    assert {name for _, name in before.processes} == {"supervisor", "lockguard", "door", "link"}
    with (
        h.no_server(house, False),
        h.no_network(house, True),
        h.hanging_names(house, False),
    ):
        for _ in range(TAPS):
            decided = len(house.kinds("access_granted"))
            house.badge()
            house.wait_kind("access_granted", decided + 1)
            house.take_away()
            house.wait(house.quiet, "the door is locked again")
            during = look(house)
            keeps_to_itself(house, during)
            assert during.processes == before.processes
            assert during.inside == before.inside
    house.wait_calm("the unit is online again")
    after = look(house)
    keeps_to_itself(house, after)
    assert after.processes == before.processes
