"""The score as a table that a person reads."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from loquet_edge.replay.recording import Recording
from loquet_edge.replay.score import Latencies, Score

_COLUMNS = (
    "wrong", "missed", "ghost", "precision", "recall", "transitions", "arrival", "departure",
)  # fmt: skip


def table(recording: Recording, scores: Sequence[tuple[str, Score]]) -> Iterator[str]:
    """Give the lines of the table; the first score is the one to look at."""
    rows, first = recording.rows, scores[0][1]
    names = ", ".join(f"{name} ({kind})" for name, kind in recording.sensors)
    yield f"{len(rows)} rows, {_day(rows[0].at)} to {_day(rows[-1].at)}, {first.minutes:,.0f} min"
    yield f"sensors: {names}; truth: {recording.truth}"
    yield ""
    width = max(len(name) for name, _ in scores)
    yield f"{'':<{width}}" + "".join(f"  {name:>11}" for name in _COLUMNS)
    yield f"{'':<{width}}" + "".join(
        f"  {unit:>11}" for unit in ("min", "min", "min", "", "", "", "median/p95", "median/p95")
    )
    for name, found in scores:
        cells = (
            f"{found.wrong:.1f}", f"{found.missed:.1f}", f"{found.ghost:.1f}",
            _share(found.precision), _share(found.recall), str(found.transitions),
            _latency(found.arrivals), _latency(found.departures),
        )  # fmt: skip
        yield f"{name:<{width}}" + "".join(f"  {cell:>11}" for cell in cells)
    yield f"{'the truth':<{width}}" + "".join(
        f"  {cell:>11}" for cell in ("", "", "", "", "", str(first.true_transitions))
    )
    yield ""
    yield "missed: somebody was there and we did not say so; ghost: the other way round."
    yield "Precision and recall count rows. Latencies in seconds; '+n' changes were never shown."
    if first.unknown:
        yield f"Unknown for {first.unknown:.1f} min, which counts as not occupied."


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.1%}"


def _latency(found: Latencies) -> str:
    middle, late = found.at(0.5), found.at(0.95)
    if middle is None or late is None:
        return f"- +{found.missed}" if found.missed else "-"
    return f"{middle:.0f}/{late:.0f}" + (f" +{found.missed}" if found.missed else "")


def _day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M")
