"""From a card in the field to the relay's line, through the unit's three real processes.

Both ends are stamped by the board, which is a process of its own; the unit holds 100,000 holders.
``tap``: the native simulated board, software only. ``tap_draining``: the same while the journal's
100,000 entries go through a real broker to an office that acknowledges them. The floor, two
wake-ups of processes that only pass a packet on, is taken after each tap, in the same load.
``tap_chip``: unmodified gpiozero, lgpio and spidev, and the simulated MFRC522; its floor is the
time that a read's frames need on the air and its bytes on the bus. ``tap_proven``: the same, with
cards whose key is proven both ways.
"""

from __future__ import annotations

import bisect
import json
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from loquet_contract.ids import BootId
from loquet_edge.card_desk import CardDesk
from loquet_edge.clock import Stamp
from loquet_edge.journal_file import Fact, open_file
from loquet_edge.simulation.cards import VirtualCard
from loquet_edge.simulation.ultralight_cards import UltralightAes
from loquet_server.broker import BrokerUser, binary, configuration, hash_password, unit_user
from tests.bench import idle_reader
from tests.bench.bench_unit import CARDS, HOLDERS, BenchUnit, bench_unit
from tests.bench.result import Result, percentile
from tests.bench.wake_ups import WakeUps
from tests.brokers import NatsBroker
from tests.edge.cards.antenna import FIRST, encoded
from tests.edge.unit.a_unit import SITE, UNIT

TAPS, CHIP_TAPS, READS = 1_000, 200, 20
PROVING_CARDS = 20
"""So many cards prove themselves again and again; the first time takes longer."""
ENTRIES = 100_000
LONGEST_SECONDS = 60.0
REST_SECONDS = 0.004
"""From bringing the card until the hand first looks at the lock: it is not to be in the way."""
GOAL_RATIO, GOAL_ATQA_MS = 3.0, 20.0


class Run:
    """Taps, and a packet of the floor after each."""

    def __init__(self, unit: BenchUnit, cards: int = CARDS) -> None:
        self._cards = cards
        self.unit, self.floor = unit, list[float]()
        self._number = 0

    def until(self, enough: Callable[[int], bool]) -> None:
        """Tap until it is enough, by the count so far, or takes too long."""
        deadline = time.monotonic() + LONGEST_SECONDS
        with WakeUps() as wake_ups:
            while not enough(self._number) and time.monotonic() < deadline:
                self._number += 1
                self.unit.bring(self._number % self._cards)
                time.sleep(REST_SECONDS)
                self.unit.wait_lock(1)
                self.unit.pass_through()
                self.floor.append(wake_ups.once())

    def times(self, began: float = 0.0, ended: float = float("inf")) -> list[tuple[float, float]]:
        """Milliseconds to the relay from the field and from ATQA, of taps between two times."""
        found, report = [], self.unit.report()
        released = [at for at, level in report["lock"] if level]
        for field, answered in report["taps"][1:]:  # the first was there before the unit was
            relay = released[bisect.bisect_left(released, field)]
            if began <= field / 1e9 <= ended:
                found.append(((relay - field) / 1e6, (relay - (answered or field)) / 1e6))
        return found


def tap() -> list[Result]:
    """Software only."""
    with bench_unit() as unit:
        unit.start()
        unit.pass_through()
        run = Run(unit)
        run.until(lambda count: count >= TAPS)
        times = [each for each, _ in run.times()]
    said = f"tap to relay, software only, {HOLDERS:,} holders"
    return _figures(said, times, run.floor)


def _figures(said: str, times: list[float], floor: list[float]) -> list[Result]:
    p99, least = percentile(times, 0.99), percentile(floor, 0.99)
    goal = f"p99 <= {GOAL_RATIO:g} x two process wake-ups, {len(times):,} taps"
    return [
        Result(f"{said}, p50", percentile(times, 0.5), "ms", percentile(floor, 0.5)),
        Result(f"{said}, p99", p99, "ms", least, goal, p99 <= GOAL_RATIO * least),
    ]


# ---- while the journal drains ---------------------------------------------------------------


class OneUnitBroker(NatsBroker):
    """The broker of the unit's own site."""

    def _command(self) -> list[str]:
        users = [
            unit_user(SITE, UNIT, hash_password("secret")),
            BrokerUser(self.server_user, hash_password(self.server_password)),
        ]
        file = self._folder / "nats.conf"
        file.write_text(configuration(self.host, self.port, self._folder / "store", users))
        return [binary(), "-c", str(file)]


def fill_journal(unit: BenchUnit) -> None:
    """Give the unit a journal of an offline time, of grants such as it writes them."""
    body = json.dumps(
        {
            "access_point": "in", "assurance": "uid", "credential": "c" * 43, "door": "front",
            "extended_release": False, "grant": "0123456789abcdef", "holder": "h" * 22,
            "policy_version": 1, "rule": "all", "stale": False,
        },
        separators=(",", ":"),
    )  # fmt: skip
    boot, now = BootId("0" * 32), int(time.time() * 1000)
    file = open_file(unit.config.data / "journal.db", UNIT)
    for start in range(0, ENTRIES, 5_000):
        stamps = (Stamp(now + each, each, True) for each in range(start, start + 5_000))
        file.append([Fact(stamp, boot, "access_granted", body) for stamp in stamps])
    file.close()
    unit.seen = ENTRIES


@contextmanager
def office(unit: BenchUnit, broker: OneUnitBroker) -> Iterator[subprocess.Popen[str]]:
    """The acknowledging office in a process of its own."""
    file = unit.config.data.parent / "office.json"
    keys = {"server": unit.server.key.raw.hex(), "key": unit.identity.key.raw.hex()}
    file.write_text(json.dumps({"site": SITE, "unit": UNIT, **keys}))
    words = ["-m", "tests.bench.office", broker.host, str(broker.port), str(file), str(ENTRIES)]
    process = subprocess.Popen(
        [sys.executable, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield process
    finally:
        process.communicate(timeout=20)


def tap_draining() -> list[Result]:
    """Software only, and the link at full work."""
    with tempfile.TemporaryDirectory(prefix="lq-", dir="/tmp") as folder:
        broker = OneUnitBroker(Path(folder))
        broker.start()
        more = f'\n[link]\nbroker = "{broker.host}:{broker.port}"\n'
        try:
            with bench_unit(more=more, before=fill_journal) as unit:
                unit.start()
                unit.pass_through()
                run, rate, times = _drain(unit, broker)
        finally:
            broker.kill()
    said = f"tap to relay, while {ENTRIES:,} entries drain"
    drained = "journal of an offline time, delivered and acknowledged"
    return [
        *_figures(said, times, run.floor),
        Result(drained, rate, "entries/s", None, ">= 1,000/s", rate >= 1_000),
    ]


def _drain(unit: BenchUnit, broker: OneUnitBroker) -> tuple[Run, float, list[float]]:
    run = Run(unit)
    with office(unit, broker) as process:
        assert process.stdout is not None
        words = process.stdout

        def drained(_count: int) -> bool:
            return bool(select.select([words], [], [], 0)[0])

        run.until(drained)
        if not drained(0):
            raise TimeoutError(f"{ENTRIES:,} entries did not drain in {LONGEST_SECONDS} s")
        began, ended = json.loads(words.readline())
    return run, ENTRIES / (ended - began), [each for each, _ in run.times(began, ended)]


# ---- through the reader's chip --------------------------------------------------------------


def tap_chip() -> list[Result]:
    """The whole way, over the simulated devices of a Raspberry Pi: a card that gives a number."""
    floor = idle_reader.measure_read(READS)["floor_ms"]
    return _through_chip("tap to relay through the reader's chip, 7-byte number", floor)


def tap_proven() -> list[Result]:
    """The same for cards that prove their key, and have the reader prove it too."""
    said = "tap to relay through the reader's chip, mutually authenticated, 7-byte number"
    desk = CardDesk((), (FIRST,))
    first, again = (
        idle_reader.measure_read(READS, _proving, desk.meet)["floor_ms"] for _ in range(2)
    )
    return _through_chip(said, again, first, cards=PROVING_CARDS)


def _proving(uid: bytes) -> VirtualCard:
    return encoded(UltralightAes, uid=uid)


def _through_chip(said: str, floor: float, first: float = 0.0, cards: int = 0) -> list[Result]:
    """Tap through the chip; ``cards``: so many that prove themselves, ``first``: their floor."""
    with bench_unit(chip=True, proven=bool(cards)) as unit:
        unit.start()
        unit.pass_through()
        before, began = unit.report()["transfers"], time.monotonic()
        run = Run(unit, cards or CARDS)
        run.until(lambda count: count >= CHIP_TAPS + cards)
        busy = (unit.report()["transfers"] - before) / (time.monotonic() - began)
        times = run.times()
        if cards:
            unit.expect_proven()
    fresh, times = [known for _, known in times[:cards]], times[cards:]
    whole, known = [each for each, _ in times], [each for _, each in times]
    wait = [first - second for first, second in times]
    p99 = percentile(known, 0.99)
    goal = f"<= {GOAL_ATQA_MS:g} ms, {len(times)} taps"
    found = [
        Result(f"{said}, from ATQA, p50", percentile(known, 0.5), "ms", floor),
        Result(f"{said}, from ATQA, p99", p99, "ms", floor, goal, p99 <= GOAL_ATQA_MS),
        Result(f"{said}, waiting for the poll, p50", percentile(wait, 0.5), "ms"),
        Result(f"{said}, waiting for the poll, p99", percentile(wait, 0.99), "ms"),
        Result(f"{said}, from the field, p99", percentile(whole, 0.99), "ms"),
        Result(f"SPI transfers of one reader at work{', with proofs' * bool(cards)}", busy, "1/s"),
    ]
    if fresh:
        once = f"{said}, the first time of a card, from ATQA, p50"
        found.append(Result(once, percentile(fresh, 0.5), "ms", first))
    return found


def results() -> list[Result]:
    """All of them."""
    return [*tap(), *tap_draining(), *tap_chip(), *tap_proven()]
