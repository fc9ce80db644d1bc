"""How fast a backlog leaves the unit: signed batches to a real broker, acknowledged one by one."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

from loquet_edge.link.batches import next_batch
from tests import policies
from tests.brokers import BROKERS, running, until
from tests.edge.link.stage import SITE, UNIT, FakeOffice, Stage


def measure(entries: int = 20_000) -> dict[str, float]:
    """Return entries per second from journal to acknowledged, with each broker."""
    found = {}
    for cls in BROKERS:
        with tempfile.TemporaryDirectory(dir="/tmp") as name:
            folder = Path(name)
            with running(cls, folder / "broker") as broker:
                stage = Stage(broker, folder / "unit")
                stage.write(entries)
                start = perf_counter()
                office = FakeOffice(broker)
                until(_all(office, entries), "all entries arrive", 120)
                found[f"drain_{cls.name}_per_second"] = entries / (perf_counter() - start)
                found[f"cut_{cls.name}_us_per_entry"] = _cutting(stage)
                stage.close()
                office.close()
    return found


def _all(office: FakeOffice, entries: int) -> Callable[[], bool]:
    return lambda: len(office.entries) >= entries


def _cutting(stage: Stage) -> float:
    """Return the processor's microseconds to cut, chain and sign one entry."""
    from loquet_edge.journal_file import JournalReader

    source, after, start = JournalReader(stage.places.journal), 0, process_time()
    while batch := next_batch(source, after, SITE, UNIT, policies.SIGNER):
        after = batch[1]
    source.close()
    return (process_time() - start) / after * 1e6


if __name__ == "__main__":
    print(measure())
