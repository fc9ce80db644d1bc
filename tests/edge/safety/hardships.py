"""Fifteen ways to hurt a unit, each for the length of a ``with`` block, and healed at its end.

All are done to the running processes: by the kernel's answers (``faults``), by signals, by cables,
by what stands in files, by a signed message. ``proven`` waits until the unit has met the hardship;
without it the hardship is there, whether or not anybody has noticed yet.

What is not like the real thing: a full disk also refuses blocks that were written before, which a
real one would overwrite; the database is locked by somebody else for good, where a real one could
also be gone, which the server tells apart and the unit does not.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator

from loquet_edge.policy_store import StoredPolicy
from loquet_server.demo import village
from tests.edge.rig.rig_unit import FIRE, LOCK, READER
from tests.edge.safety.faults import Fault
from tests.edge.safety.house import LOCKED, RELEASED, House

Hardship = Callable[[House, bool], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def _switched(house: House, fault: Fault, proven: bool) -> Iterator[None]:
    before = house.page.met(fault)
    house.page.turn(fault, True)
    try:
        yield
        if proven:
            house.wait(lambda: house.page.met(fault) > before, f"{fault.name} is met")
    finally:
        house.page.turn(fault, False)


@contextlib.contextmanager
def lockdown(house: House, proven: bool) -> Iterator[None]:
    """The office locks everything down, and the door has confirmed it."""
    before = len(house.kinds("locked_down"))
    house.office.post(f"sites/{village.SITE}/lock-down", reason="drill")
    house.wait_kind("locked_down", before + 1)
    try:
        yield
    finally:
        before = len(house.kinds("lockdown_lifted"))
        house.office.post(f"sites/{village.SITE}/lift", reason="end")
        house.wait_kind("lockdown_lifted", before + 1)


@contextlib.contextmanager
def untrusted_clock(house: House, proven: bool) -> Iterator[None]:
    """The kernel no longer says that the clock is right."""
    before = len(house.kinds("clock_untrusted"))
    with _switched(house, Fault.CLOCK_ADRIFT, proven):
        if proven:
            house.wait_kind("clock_untrusted", before + 1)
        yield


@contextlib.contextmanager
def corrupt_policy(house: House, proven: bool) -> Iterator[None]:
    """Every byte of the policy's files is another, under the eyes of the door that reads them."""
    path = house.config.data / "policy.db"
    for file in (path, path.with_name("policy.db-wal")):
        if file.exists():
            with file.open("r+b") as opened:
                opened.write(os.urandom(file.stat().st_size))
    if proven:
        refused = len(house.kinds("access_denied"))
        house.badge()
        house.wait_kind("access_denied", refused + 1)
        house.take_away()
    try:
        yield
    finally:
        # The next link finds it, sets it aside and fetches the whole: nobody has to come.
        link = house.process("link")
        link.kill()
        house.wait_successor("link", link.pid)
        house.wait(lambda: StoredPolicy(path).version is not None, "a policy is there again")


@contextlib.contextmanager
def reader_gone(house: House, proven: bool) -> Iterator[None]:
    """The reader's cable is out."""
    before = len(house.kinds("reader_lost"))
    house.rig.control.unplug(READER)
    try:
        if proven:
            house.wait_kind("reader_lost", before + 1)
        yield
    finally:
        house.rig.control.plug(READER)


@contextlib.contextmanager
def hanging_names(house: House, proven: bool) -> Iterator[None]:
    """The resolver never answers, and the link has just lost its connection."""
    with _switched(house, Fault.HUNG_NAMES, proven):
        house.cable.cut()
        house.cable.restore()
        yield


@contextlib.contextmanager
def raising_callbacks(house: House, proven: bool) -> Iterator[None]:
    """On every input line of every process a subscriber raises, before those of the product."""
    before = house.raised.stat().st_size
    house.flag.touch()
    try:
        yield
        if proven:
            house.wait(lambda: house.raised.stat().st_size > before, "a callback raised")
    finally:
        house.flag.unlink()


@contextlib.contextmanager
def no_database(house: House, proven: bool) -> Iterator[None]:
    """Somebody holds the server's database locked: it takes in nothing, and confirms nothing."""
    path = house.office.data / "loquet.db"
    database = sqlite3.connect(path, timeout=20.0, isolation_level=None)
    with contextlib.closing(database):
        database.execute("BEGIN EXCLUSIVE")
        yield
        if proven:
            assert not house.told(), "the server confirmed what it could not have kept"
        database.execute("ROLLBACK")


@contextlib.contextmanager
def no_server(house: House, proven: bool) -> Iterator[None]:
    """The server stands still: connections open, and nothing comes."""
    server = house.office.server()
    server.suspend()
    try:
        yield
        if proven:
            assert not house.told(), "a server that stands still has confirmed"
    finally:
        server.resume()


@contextlib.contextmanager
def no_broker(house: House, proven: bool) -> Iterator[None]:
    """The broker stands still."""
    broker = house.office.broker()
    broker.suspend()
    try:
        yield
        if proven:
            assert not house.told(), "something came through a broker that stands still"
    finally:
        broker.resume()


@contextlib.contextmanager
def no_network(house: House, proven: bool) -> Iterator[None]:
    """Connections are reset, and no new one finds a way."""
    with _switched(house, Fault.NO_ROUTE, proven):
        house.cable.cut()
        try:
            yield
        finally:
            house.cable.restore()


@contextlib.contextmanager
def full_disk(house: House, proven: bool) -> Iterator[None]:
    """Nothing of the unit's folder can be written."""
    with _switched(house, Fault.DISK_FULL, proven):
        yield


@contextlib.contextmanager
def slow_disk(house: House, proven: bool) -> Iterator[None]:
    """Each fsync takes five seconds."""
    with _switched(house, Fault.SLOW_SYNC, proven):
        yield


@contextlib.contextmanager
def link_stopped(house: House, proven: bool) -> Iterator[None]:
    """The link's process stands still (SIGSTOP)."""
    link = house.process("link")
    link.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            link.resume()


@contextlib.contextmanager
def door_stopped(house: House, proven: bool) -> Iterator[None]:
    """The door's process stands still (SIGSTOP); its watchdog would kill it after 4 s."""
    door = house.process("door")
    door.suspend()
    try:
        yield
        assert house.process("door").pid == door.pid, "it was to stand still all the while"
    finally:
        door.resume()
        if not house.burns:
            house.wait(house.quiet, "the door has heard what it missed")


@contextlib.contextmanager
def power_on_during_fire(house: House, proven: bool) -> Iterator[None]:
    """The power goes, the fire loop is cut, the power comes; nobody has re-armed until the end."""
    house.kill_all()
    house.rig.control.set_input(FIRE, 1)
    at = house.power_on()
    assert next(each.level for each in house.pins.since(LOCK, at) if each.output) == RELEASED
    try:
        yield
    finally:
        moved = {each.level for each in house.pins.since(LOCK, at) if each.output}
        assert moved == {RELEASED}, "locked, or was locked for a moment, during a fire"
        house.rearm()
        assert house.pins.last(LOCK).level == LOCKED


HARDSHIPS: tuple[Hardship, ...] = (
    lockdown, untrusted_clock, corrupt_policy, reader_gone, hanging_names, raising_callbacks,
    no_database, no_server, no_broker, no_network, full_disk, slow_disk, link_stopped, door_stopped,
)  # fmt: skip
"""What stands; in an order in which a later one can be done while an earlier one lasts."""
AFTER_START: tuple[Hardship, ...] = (link_stopped, door_stopped)
"""They need the processes of the power that has just come."""
