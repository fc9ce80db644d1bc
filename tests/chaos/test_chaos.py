"""Everything fails, everywhere, and nothing is lost: the suite's short cut, and the long runs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tests.chaos.plan import OFFICE, WHOLE_ONLY, Cast, Kind, plan
from tests.rig.build import KILL, library

SECONDS = float(os.environ.get("LOQUET_SOAK_SECONDS", "120"))
CAST = Cast(["a", "b"], [f"u{each}" for each in range(20)], ["light-0", "light-1"])


def run(root: Path, *words: str, seconds: float, **environment: str) -> str:
    """Run a module of this folder to its end, in a session of its own; return what it says."""
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=root, env={**os.environ, **environment},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
        start_new_session=True,
    )  # fmt: skip
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


@pytest.mark.chaos
@pytest.mark.timeout(1100)
def test_fifty_units_lose_nothing_in_five_minutes_of_chaos(root: Path) -> None:
    words = ("--units", "50", "--seconds", "300", "--seed", "20261313")
    said = run(root, "tests.chaos", *words, seconds=1080)
    assert "journals proven by loquet-server verify" in said


@pytest.mark.soak
@pytest.mark.timeout(SECONDS + 1300)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_fifty_units_lose_nothing_however_long_the_chaos(root: Path, database: str) -> None:
    words = ["--postgres"] if database == "postgres" else []
    run(root, "tests.chaos", "--seconds", str(SECONDS), *words, seconds=SECONDS + 1200)


def test_a_plan_is_the_same_for_the_same_seed_and_strikes_with_every_kind() -> None:
    kinds = list(Kind)
    strokes = plan(7, 300, CAST, kinds)
    assert strokes == plan(7, 300, CAST, kinds) != plan(8, 300, CAST, kinds)
    assert {each.kind for each in strokes} == set(kinds)
    assert all(set(each.victims) <= set(CAST.whole) for each in strokes if each.kind in WHOLE_ONLY)


def test_the_office_is_never_struck_twice_at_a_time() -> None:
    office = [each for each in plan(3, 600, CAST, list(Kind)) if each.kind in OFFICE]
    pairs = pairwise(office)
    assert len(office) > 20
    assert all(one.at + one.seconds < other.at for one, other in pairs)


@pytest.mark.timeout(600)
def test_a_kill_at_every_point_leaves_the_old_or_the_new(root: Path) -> None:
    said = run(root, "tests.chaos.kill_points", "10000", seconds=580, LD_PRELOAD=str(library(KILL)))
    points = [int(each) for each in re.findall(r"killed at (\d+) of \1 points", said)]
    assert len(points) == 2 and sum(points) >= 500
