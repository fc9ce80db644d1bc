"""A policy of many holders on the unit: verify and load, change a little, look up.

``door``'s reader is there and looks at the file after each change, as on a unit; the link then
puts a long log into the file.
"""

import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from loquet_contract.access.policy import CredentialRecord, HolderRecord
from loquet_contract.wire.signing import Verifier
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PolicyWriter
from tests import policies


def _seconds(work: Callable[[], object]) -> float:
    start = perf_counter()
    work()
    return perf_counter() - start


def measure_load(holders: int = 100_000) -> dict[str, float]:
    """Return seconds: verify and load a whole policy, and a delta of 100 changes upon it."""
    records = policies.records(holders)
    lines = policies.whole(1, records)
    with tempfile.TemporaryDirectory() as folder:
        verifier = Verifier(policies.SERVER_KEY.public)
        path = Path(folder, "policy.db")
        writer = PolicyWriter(path, verifier, policies.SITE, policies.UNIT)
        stored = StoredPolicy(path)

        def settle() -> None:
            stored.refresh()
            if writer.settle():
                stored.refresh()
                writer.settle()

        first = _seconds(lambda: writer.apply_whole(lines))
        settled = _seconds(settle)
        again = policies.whole(2, records)
        replaced = _seconds(lambda: writer.apply_whole(again))
        settle()
        deltas = []
        for version in range(3, 13):
            assert writer.digest is not None
            changed = [
                HolderRecord(f"h{version * 100 + number:021d}", ("members",), suspended=True)  # type: ignore[arg-type]
                for number in range(100)
            ]
            text, _ = policies.delta(version, writer.digest, len(records), changed)
            deltas.append(_seconds(lambda text=text: writer.apply_delta(text)))  # type: ignore[misc]
            settle()
        stored.close()
        writer.close()
    return {
        "load_seconds": first,
        "replace_seconds": replaced,
        "settle_seconds": settled,
        "delta_of_100_seconds": max(deltas),
        "delta_of_100_median_seconds": statistics.median(deltas),
    }


def measure_look_up(holders: int = 100_000, taps: int = 20_000) -> dict[str, float]:
    """Return microseconds of one credential look-up (credential and holder), p50 and p99."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "policy.db")
        verifier = Verifier(policies.SERVER_KEY.public)
        writer = PolicyWriter(path, verifier, policies.SITE, policies.UNIT)
        writer.apply_whole(policies.whole(1, policies.records(holders)))
        writer.close()
        stored = StoredPolicy(path)
        times = []
        for tap in range(taps):
            digest = policies.badge(tap * 7919 % holders)
            start = perf_counter()
            found = stored.credential(digest)
            times.append(perf_counter() - start)
            assert found is not None
            assert isinstance(found[0], CredentialRecord)
        stored.close()
    times.sort()
    return {
        "look_up_p50_us": times[taps // 2] * 1e6,
        "look_up_p99_us": times[taps * 99 // 100] * 1e6,
    }


if __name__ == "__main__":
    print({**measure_load(), **measure_look_up()})
