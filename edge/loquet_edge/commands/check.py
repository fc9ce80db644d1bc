"""``loquet-edge check`` and ``doctor``: prove that a unit can work before leaving the site."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from loquet_contract.access.decision import AccessRequest, Denied, Now, decide
from loquet_contract.access.presence import NOBODY
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import CredentialDigest
from loquet_edge.clock import kernel_synchronised
from loquet_edge.commands.desk_advice import desk_advice
from loquet_edge.commands.osdp import finding as osdp_finding
from loquet_edge.commands.pins import refusals
from loquet_edge.commands.radar import radar_findings
from loquet_edge.commands.reach import reader_fault, serial_finding, server_fault
from loquet_edge.commands.rights import hidden_from, service_user
from loquet_edge.config import UnitConfig, load
from loquet_edge.config_readers import OsdpWiring, Rc522Wiring, SerialWiring, WiredReader
from loquet_edge.counters import machine_config as counter_machine
from loquet_edge.desks import machine_config as desk_machine
from loquet_edge.doorway import machine_config as door_machine
from loquet_edge.errors import EdgeError, IdentityMissing
from loquet_edge.hardware_clock import HardwareClock
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.trial import broker_fault
from loquet_edge.local_sockets import is_served
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.state_store import StateStore


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at; ``well`` is None where there is nothing to judge."""

    what: str
    well: bool | None
    detail: str = ""

    def __str__(self) -> str:
        mark = {True: "ok", False: "WRONG", None: "-"}[self.well]
        return f"{mark:<5}  {self.what:<14}  {self.detail}"


def check(file: Path, *, reach: bool = True, devices: bool = True) -> Iterator[Finding]:
    """Look at everything that can be looked at without moving a lock.

    ``reach``: also ask broker and server. ``devices``: also ask the board and its readers.
    """
    try:
        config = load(file)
        for door in config.doors:
            door_machine(door)
        for desk in config.desks:
            desk_machine(desk)
        for counter in config.counters:
            counter_machine(counter)
    except (EdgeError, ValueError) as error:
        yield Finding("configuration", False, str(error))
        return
    count = f"{len(config.doors)} doors, {len(config.all_readers)} readers"
    if config.desks or config.counters:
        count += f", {len(config.desks)} desks, {len(config.counters)} counters"
    yield Finding("configuration", True, f"{config.file}: {count}")
    for what, advice in desk_advice(config):
        yield Finding(what, None, advice)
    yield from _places(config)
    yield from _rights(config)
    yield from _exits(config)
    yield _identity(config)
    yield _policy(config)
    yield from _ways_out(config)
    if reach:
        yield from _reach(config)
    yield _clock(config)
    if devices:
        yield from _devices(config)
    running = is_served(config.guard_socket) or is_served(config.door_socket)
    for what, well, detail in radar_findings(config, running=running):
        yield Finding(what, well, detail)


def _places(config: UnitConfig) -> Iterator[Finding]:
    for name, folder in (("data", config.data), ("run", config.run)):
        nearest = next(each for each in (folder, *folder.parents) if each.exists())
        good = os.access(nearest, os.W_OK | os.X_OK)
        yield Finding(f"folder {name}", good, f"{folder}" + ("" if good else ": not writable"))


def _rights(config: UnitConfig) -> Iterator[Finding]:
    user = None if config.simulated else service_user()
    for wrong in () if user is None else hidden_from(user, config):
        yield Finding("rights", False, wrong)


def _reach(config: UnitConfig) -> Iterator[Finding]:
    if not config.identity.exists():
        return
    for what, find in (("broker", broker_fault), ("server", server_fault)):
        fault = find(config)
        yield Finding(what, fault is None, fault or "answers")


def _exits(config: UnitConfig) -> Iterator[Finding]:
    for wrong in refusals(config):
        yield Finding("lines", False, wrong)
    for door in config.doors:
        if door.lock == "maglock" and door.exit_input is None:
            yield Finding(
                f"exit {door.id}", False,
                "a maglock has no free inside handle: wire an exit button (exit_line)",
            )  # fmt: skip
        ways_out = [each for each in config.readers if each.door == door.id and each.exit]
        if door.exit == "reader" and not ways_out:
            yield Finding(
                f"exit {door.id}", False,
                'exit = "reader" needs a reader of this door with exit = true',
            )  # fmt: skip


def _identity(config: UnitConfig) -> Finding:
    try:
        found = UnitIdentity.load(config.identity).identity
    except IdentityMissing as error:
        return Finding("identity", False, str(error))
    if (found.site, found.unit) != (config.site, config.unit):
        return Finding("identity", False, f"is of unit {found.unit} at {found.site}: enrol again")
    mode = config.identity.stat().st_mode & 0o777
    if mode & 0o077:
        return Finding("identity", False, f"{config.identity} is readable by others: chmod 600")
    return Finding("identity", True, f"unit {found.unit} at {found.site}, {found.server_address}")


def _policy(config: UnitConfig) -> Finding:
    policy = StoredPolicy(config.data / "policy.db")
    try:
        if policy.terms is None:
            return Finding("policy", False, policy.fault or "none yet: it comes with the link")
        strange = [
            reader.access_point
            for reader in config.readers
            if policy.access_point(reader.access_point) is None
        ]
        if strange:
            return Finding("policy", False, f"knows no access point {', '.join(strange)}")
        for reader in config.readers:
            request = AccessRequest(reader.access_point, (CredentialDigest("probe"),))
            answer = decide(request, policy, NOBODY, Now(0.0, 0.0, False))
            if not isinstance(answer, Denied) or answer.reason is not Reason.CREDENTIAL_UNKNOWN:
                return Finding("policy", False, f"a probe at {reader.access_point} gave {answer}")
        return Finding("policy", True, f"version {policy.terms.version}; a probe was refused")
    finally:
        policy.close()


def _ways_out(config: UnitConfig) -> Iterator[Finding]:
    """Compare what the installer and the manager call a way out."""
    with contextlib.closing(StoredPolicy(config.data / "policy.db")) as policy:
        for reader in config.readers:
            what, point = f"reader {reader.id}", reader.access_point
            known = policy.access_point(point)
            if known is None or bool(known.exit) is reader.exit:
                continue
            if reader.exit:
                yield Finding(
                    what, False,
                    f"exit = true lets any badge through, but for the server {point} is no way"
                    " out: put it right in one of the two",
                )  # fmt: skip
            else:
                yield Finding(
                    what, None,
                    f"for the server {point} is a way out: with exit = true it lets people out"
                    " with no policy too",
                )  # fmt: skip


def _clock(config: UnitConfig) -> Finding:
    if config.clock == "trusted":
        return Finding("clock", True, "trusted by configuration")
    if kernel_synchronised():
        return Finding("clock", True, "synchronised")
    if config.clock == "rtc":
        store = StateStore(config.data / "door.db")
        doubt = HardwareClock(kernel_synchronised, store).why_not
        store.close()
        if not doubt:
            return Finding("clock", True, "not synchronised; the clock chip is believed")
        return Finding("clock", None, f"{doubt}: doors follow their untrusted_clock rule")
    return Finding("clock", None, "not synchronised yet: doors follow their untrusted_clock rule")


def _devices(config: UnitConfig) -> Iterator[Finding]:
    if config.simulated:
        there = config.board_socket.exists()
        detail = f"{config.board_socket}" if there else "simulated; 'loquet-edge simulate' runs it"
        yield Finding("board", None if not there else True, detail)
        return
    chip = Path("/dev/gpiochip0")
    good = chip.exists() and os.access(chip, os.R_OK | os.W_OK)
    advice = "" if good else ": not there or not permitted; 'sudo loquet-edge ...' may use it"
    yield Finding("board", good, f"{chip}{advice}")
    for reader in config.all_readers:
        yield _reader(config, reader)


def _reader(config: UnitConfig, reader: WiredReader) -> Finding:
    what = f"reader {reader.id}"
    wiring = reader.wiring
    if isinstance(wiring, OsdpWiring):
        running = is_served(config.guard_socket) or is_served(config.door_socket)
        return Finding(what, *osdp_finding(reader.id, wiring, running=running))
    if isinstance(wiring, SerialWiring):
        running = is_served(config.guard_socket) or is_served(config.door_socket)
        return Finding(what, *serial_finding(wiring, running=running))
    if not isinstance(wiring, Rc522Wiring):
        return Finding(what, None, f"{reader.driver}: an absent reader is as quiet as one at rest")
    device = Path(f"/dev/spidev{wiring.bus}.{wiring.device}")
    if not device.exists() or not os.access(device, os.R_OK | os.W_OK):
        return Finding(what, False, f"{device}: not there or not permitted; dtparam=spi=on")
    if is_served(config.guard_socket) or is_served(config.door_socket):
        return Finding(what, None, f"{device}; a unit runs here and has it: stop it to try it")
    fault = reader_fault(wiring)
    return Finding(what, fault is None, fault or f"{device}: the chip answers")
