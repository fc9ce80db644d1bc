"""Looks at the doors: what is proven, how the inputs stand, and whether a release is seen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping

from loquet_contract.wire.events_proof import ExamVerdict
from loquet_edge.commissioning import record, wiring
from loquet_edge.config import UnitConfig
from loquet_edge.config_doors import DoorUnitConfig
from loquet_edge.config_wires import InputConfig
from loquet_edge.doctor.findings import Finding
from loquet_edge.drivers.catalogue import open_lines, request_input
from loquet_edge.inspection import Unanswered, ask

POLL_SECONDS = 0.1
OPENED_SECONDS = 10.0
"""How long a person has to pull the door."""
_EXPECTED = ("contact", "exit_input", "tamper", "doorbell")
_OK, _BAD, _WARN = ExamVerdict.OK, ExamVerdict.BAD, ExamVerdict.WARN


def proofs(config: UnitConfig) -> Iterator[Finding]:
    """Whether somebody has proven each door as it is wired now."""
    known = record.load(config.data)
    unsettled = record.settled(config, known)
    for door in config.doors:
        proven = None if known is None else known.doors.get(door.id)
        advice = f"stand at the door and run: loquet-edge commission --door {door.id}"
        refused = next((each for each in unsettled if each.startswith(f"door {door.id}:")), None)
        if refused is not None:
            measured = "its lock is not confirmed: no process drives it"
            yield Finding("proof", _BAD, measured, door.id, advice)
        elif proven is None:
            yield Finding("proof", _WARN, "never proven", door.id, advice)
        elif proven.wires != wiring.digest(config, door):
            yield Finding("proof", _WARN, "its wires changed since", door.id, advice)
        else:
            verdict = _OK if proven.whole else _WARN
            said = f"{proven.confirmed_at[:10]}, {proven.installer}"
            yield Finding("proof", verdict, said, door.id, advice)


def wired_inputs(config: UnitConfig) -> list[InputConfig]:
    """Return every input of the unit that is wired to a line."""
    found = [each for door in config.doors for each in wiring.door_inputs(door).values()]
    found += [sensor.wire for desk in config.desks for sensor in desk.sensors]
    found += [beam for each in config.counters for beam in (each.outer, each.inner)]
    if config.fire is not None:
        found += [config.fire.loop, config.fire.rearm]
    return found + [each for each in (config.case.tamper, config.case.mains) if each is not None]


def not_wired(config: UnitConfig) -> Iterator[Finding]:
    """Say which inputs of a door nobody has wired: what cannot be seen cannot be told."""
    for door in config.doors:
        have = wiring.door_inputs(door)
        for field in _EXPECTED:
            if field not in have:
                name = field.removesuffix("_input")
                yield Finding("input", ExamVerdict.NOT_WIRED, "", f"{name}:{door.id}")
    rest = {"fire": config.fire, "tamper": config.case.tamper, "mains": config.case.mains}
    for name, wire in rest.items():
        if wire is None:
            yield Finding("input", ExamVerdict.NOT_WIRED, "", name)


def running_levels(config: UnitConfig) -> Iterator[Finding]:
    """Give what the running unit sees at its inputs, and how its readers are."""
    try:
        state = ask(config.run, op="state")
    except Unanswered as error:
        yield Finding("input", ExamVerdict.UNKNOWN, f"a unit runs here: {error}")
        return
    wired = {each.name for each in wired_inputs(config)}
    yield from level_findings({k: v for k, v in state["levels"].items() if k in wired})
    for name, how in sorted(state["readers"].items()):
        well = how == "well"
        advice = "look at its cable and its supply"
        yield Finding("reader", _OK if well else _BAD, how, name, advice)
    for name, fault in sorted(state["faults"].items()):
        advice = "look at the lock guard: journalctl -u loquet-lockguard"
        yield Finding("lock", _BAD, str(fault), name, advice)


def own_levels(config: UnitConfig) -> Iterator[Finding]:
    """Read every input once, on lines that no running unit has."""
    try:
        lines = open_lines(config)
    except OSError as error:
        yield Finding("input", _BAD, str(error))
        return
    try:
        for wire in wired_inputs(config):
            yield from level_findings({wire.name: request_input(lines, wire).active})
    except OSError as error:
        yield Finding("input", _BAD, str(error))
    finally:
        lines.close()


def level_findings(levels: Mapping[str, bool]) -> Iterator[Finding]:
    """Give each level as a finding: it is shown, and only a person knows whether it is right."""
    for name, active in sorted(levels.items()):
        yield Finding("input", _OK, "active" if active else "idle", name)


def pulse(
    config: UnitConfig,
    door: DoorUnitConfig,
    say: Callable[[str], None],
    monotonic: Callable[[], float] = time.monotonic,
    pause: Callable[[float], None] = time.sleep,
) -> Finding:
    """Have the running unit release a door once, and see whether the contact follows."""
    try:
        ask(config.run, op="pulse", door=door.id)
    except Unanswered as error:
        return Finding("pulse", _BAD, str(error), door.id, "start the unit, then try again")
    if door.contact is None:
        return Finding("pulse", _OK, "released; no contact tells more", door.id)
    say(f"door {door.id} is released: open it now")
    began = monotonic()
    while monotonic() - began < OPENED_SECONDS:
        if ask(config.run, op="state")["levels"].get(door.contact.name):
            return Finding("pulse", _OK, f"opened after {monotonic() - began:.1f} s", door.id)
        pause(POLL_SECONDS)
    return Finding(
        "pulse", _BAD, f"the contact saw nothing in {OPENED_SECONDS:.0f} s", door.id,
        "did you open it? then look at the lock's supply and at the contact",
    )  # fmt: skip
