"""``make bench [BENCH=name]``: run the benchmarks, print a table, write bench.json."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path

from tests.bench.figures import BENCHMARKS
from tests.bench.result import Result

OUT = Path(__file__).parents[2] / "bench.json"


def shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def row(result: Result) -> str:
    met = {True: "yes", False: "NO", None: ""}[result.met]
    cells = (
        f"{result.name:<66}",
        f"{shown(result.value):>10} {result.unit:<9}",
        f"{shown(result.floor):>10}",
        f"{shown(result.ratio):>6}",
        f"{met:<3}",
        result.goal or "",
    )
    return " ".join(cells).rstrip()


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark is called {unknown[0]!r}; there are: {', '.join(BENCHMARKS)}")
        return 2
    print(f"{platform.python_version()} on {os.cpu_count()} cores, {platform.machine()}")
    print(f"{'':<66} {'value':>10} {'unit':<9} {'floor':>10} {'ratio':>6} met goal")
    results: list[Result] = []
    for name in names or BENCHMARKS:
        for result in BENCHMARKS[name]():
            results.append(result)
            print(row(result), flush=True)
    OUT.write_text(json.dumps([result.plain() for result in results], indent=1) + "\n")
    print(f"written to {OUT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
