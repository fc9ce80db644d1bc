"""Wiegand over the real lgpio: cards come through, none as another, and a badge moves the lock."""

from __future__ import annotations

import json
import random
import subprocess
import time

import pytest

from loquet_contract.access.credential import Form, Representation, digest
from loquet_contract.access.policy import CredentialRecord, HolderRecord
from loquet_contract.ids import HolderId, RuleId
from loquet_edge.config_readers import WIEGAND_FORMATS
from loquet_edge.protocols.wiegand_formats import FORMATS
from tests.edge.rig.rig_unit import EXAMPLE, RELEASE, RigUnit
from tests.edge.unit.a_unit import PEPPER, records
from tests.rig.rig import Rig, a_rig

D0, D1, LED = 20, 21, 19
MS = 1_000_000
GAP = 0.25
"""Seconds: a loaded machine may pause between two bits."""
LISTEN = f"""
import json, time
from loquet_edge.drivers.lines import GpioLines
from loquet_edge.drivers.pulses import GpioPulseLine
from loquet_edge.protocols.wiegand import Assembler
from loquet_edge.protocols.wiegand_formats import FORMATS, decode
board, fallen = GpioLines(), []
lines = [
    GpioPulseLine(board, f"D{{at}}", line, "up", lambda when, at=at: fallen.append((when, at)))
    for at, line in enumerate(({D0}, {D1}))
]
print("ready", [line.low for line in lines], flush=True)
while True:
    lengths, until = json.loads(input()), time.monotonic() + 15.0
    while len(fallen) < sum(lengths) and time.monotonic() < until:
        time.sleep(0.001)
    bits, assembler, heard, now = iter(sorted(fallen)), Assembler(), [], 0
    for length in lengths:
        now += 10 * assembler.gap
        for now, (_, at) in zip(range(now, now + length * {MS}, {MS}), bits):
            heard.append(assembler.pulse(at, now))
    heard.append(assembler.look(now + assembler.gap))
    found = [decode(each.bits, FORMATS.values()) for each in heard if each]
    shown = ["" if isinstance(each, str) else each.value.hex() for each in found]
    fallen.clear()  # before the answer: the next card may come with it
    print(json.dumps(shown), flush=True)
"""
READER = f"""
[[readers]]
id = "gate"
driver = "wiegand"
d0_line = {D0}
d1_line = {D1}
led_line = {LED}
gap = {GAP}
formats = ["h10301", "w34"]
door = "front"
access_point = "front-in"
"""
BADGE = Representation(Form.WIEGAND26, bytes.fromhex("1f0151"))
HERS = FORMATS["h10301"].encode(31 << 16 | 337)


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def listening(rig: Rig) -> subprocess.Popen[str]:
    process = rig.python(LISTEN)
    assert said(process) == "ready [False, False]"
    return process


def present(rig: Rig, bits: str) -> None:
    """Do what a reader does when a badge is held to it, at a reader's pace."""
    for bit in bits:
        rig.control.send_bits((D0, D1), bit)
        keep_pace(0.001)


def keep_pace(seconds: float) -> None:
    """Let so much time go by on the wires."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(left)


def told(rig: Rig, process: subprocess.Popen[str], frames: list[str]) -> list[str]:
    """Send these frames and return what was decoded."""
    for bits in frames:
        present(rig, bits)
    assert process.stdin is not None
    process.stdin.write(json.dumps([len(bits) for bits in frames]) + "\n")
    process.stdin.flush()
    found: list[str] = json.loads(said(process))
    return found


def lost_cards(rig: Rig, name: str, count: int) -> int:
    """Present random cards one by one; return how many were not read; fail if one is wrong."""
    form, chance, process, lost = FORMATS[name], random.Random(name), listening(rig), 0
    for _ in range(count):
        number = chance.randrange(1, (1 << form.number_bits) - 1)
        (found,) = told(rig, process, ["".join(map(str, form.encode(number)))])
        assert found in ("", form.represent(number).value.hex())
        lost += found == ""
    return lost


@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_cards_come_through_lgpio(rig: Rig, name: str) -> None:
    assert lost_cards(rig, name, 16) == 0


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", WIEGAND_FORMATS)
def test_two_thousand_cards_of_each_format_come_through_lgpio(rig: Rig, name: str) -> None:
    assert lost_cards(rig, name, 2000) == 0


def test_a_wrong_parity_is_not_read_through_lgpio_either(rig: Rig) -> None:
    wrong = "".join(map(str, (*HERS[:-1], 1 - HERS[-1])))
    assert told(rig, listening(rig), [wrong]) == [""]


def test_a_badge_on_two_wires_moves_the_lock_and_lights_the_reader() -> None:
    with a_rig(strict_gpiod=True, readers=("front=0.0",)) as rig:
        unit = RigUnit(rig, EXAMPLE + READER.replace("front-in", "in"))
        hers = digest(PEPPER, BADGE)
        holder = HolderRecord(HolderId("h0"), (RuleId("all"),))
        known = [*records(), holder, CredentialRecord(hers, holder.holder)]
        unit.give_policy(sorted(known, key=lambda record: record.key))
        try:
            unit.start()
            wrong = "".join(map(str, (*HERS[:5], 1 - HERS[5], *HERS[6:])))
            present(rig, wrong)
            keep_pace(2 * GAP)
            since = time.monotonic()
            present(rig, "".join(map(str, HERS)))
            opened = unit.lock(1, since)
            assert unit.lock(0, opened) - opened == pytest.approx(RELEASE, abs=0.5)
            granted = unit.wait_kind("access_granted")
            assert granted.body["credential"] == hers
            assert unit.kinds("access_granted", "access_denied") == ["access_granted"]
            assert 0 in rig.output_levels(LED)
        finally:
            unit.close()
