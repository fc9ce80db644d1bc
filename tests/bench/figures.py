"""Which benchmarks there are, and what is wanted of each figure."""

from __future__ import annotations

from collections.abc import Callable

from tests.bench import (
    decision,
    desks,
    four_doors,
    idle_reader,
    ingest,
    month,
    policy,
    revocation,
    start_memory,
    tap,
    viewers,
)
from tests.bench.result import Result


def policy_figures() -> list[Result]:
    """A policy of 100,000 holders: verify and load, change a little."""
    got = policy.measure_load()
    load, delta = got["load_seconds"], got["delta_of_100_seconds"] * 1000
    return [
        Result("policy of 100,000 holders, verify and load", load, "s", None, "<= 1 s", load <= 1),
        Result("the same, in place of another", got["replace_seconds"], "s"),
        Result("its log put into the file, once door has looked", got["settle_seconds"], "s"),
        Result("delta of 100 records, worst of ten", delta, "ms", None, "<= 50 ms", delta <= 50),
    ]


def reader_figures() -> list[Result]:
    """An RC522: what polling an empty field costs, and one whole read of a 7-byte card."""
    idle, read = idle_reader.measure(), idle_reader.measure_read()
    share, upper = idle["cpu_share"] * 100, idle["cpu_share_with_simulated_chip"] * 100
    p99, air = read["read_p99_ms"], read["floor_ms"]
    return [
        Result("idle reader, share of a core", share, "%", None, "< 5 %", share < 5),
        Result("idle reader with the simulated chip in the same process", upper, "%"),
        Result("idle reader, SPI transfers", idle["transfers_per_second"], "1/s"),
        Result(
            "read of a 7-byte card over the simulated chip, p50", read["read_p50_ms"], "ms", air
        ),
        Result("read of a 7-byte card over the simulated chip, p99", p99, "ms", air),
        Result("read of a 7-byte card, SPI transfers", read["transfers"], ""),
    ]


def ingest_figures() -> list[Result]:
    """Ingest, durable and acknowledged, beside the same database's bare batch insert."""
    return [
        Result(got["name"], got["value"], got["unit"], got["floor"], got["goal"], got["met"])
        for got in ingest.measure()
    ]


BENCHMARKS: dict[str, Callable[[], list[Result]]] = {
    "decision": decision.results,
    "desks": desks.results,
    "four_doors": four_doors.results,
    "policy": policy_figures,
    "revocation": revocation.results,
    "reader": reader_figures,
    "tap": tap.tap,
    "tap_draining": tap.tap_draining,
    "tap_chip": tap.tap_chip,
    "tap_proven": tap.tap_proven,
    "start_memory": start_memory.results,
    "ingest": ingest_figures,
    "viewers": viewers.results,
    "month": month.results,
}
