"""A real unit, real environments: a release taken into use, and one that is given up again.

The release that is taken into use is made as on a unit, by venv and pip; the other two are only
unpacked, since what they are for comes afterwards.
"""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from loquet_contract.wire.envelope import Entry
from loquet_contract.wire.releases import Release
from loquet_edge.update.places import Places
from loquet_edge.update.trial import ThisUnit
from loquet_edge.update.updating import Update
from tests.edge.unit.a_unit import Unit, a_unit
from tests.edge.update.restart import stop
from tests.edge.update.wheels import Beside, Unpacked, release, wheel

FIRST, NEXT, BROKEN = "76.0.0", "77.0.0", "77.0.1"
DIES = 'raise SystemExit("this release dies at its start")\n'


@pytest.fixture
def unit() -> Iterator[Unit]:
    with a_unit() as found:
        yield found
        stop(found.file.with_name("pid"))


def take(work: Update, wheels: Path, found: Release) -> bool:
    def fetch(place: Path) -> None:
        wheels.rename(place)

    return work.install(found, fetch, older=False)


@pytest.mark.timeout(300)
def test_a_unit_goes_on_to_a_release_and_back_from_a_broken_one(unit: Unit) -> None:
    root = unit.file.parent
    places, unpacked = Places(root / "l", root / "r"), Unpacked()
    places.releases.mkdir()
    unpacked.make(places.environment(FIRST), FIRST, wheel(root / "w0", FIRST).parent)
    places.link.symlink_to(places.environment(FIRST))
    restart = (
        sys.executable, "-m", "tests.edge.update.restart", str(unit.file.with_name("pid")),
        str(places.link / "bin" / "loquet-edge"), str(unit.file),
    )  # fmt: skip
    this = ThisUnit(unit.config, unit.file, restart)
    work = Update(
        places, this, Beside(), unit.config.data, print, trial_seconds=40, quiet_seconds=20
    )
    this.restart()
    # Not as a link asks: the unit's own has the door's one line, or comes before us.
    unit.wait(lambda: this.runs()[0] == FIRST, "the first release")
    (places.releases / "wheels").mkdir()

    assert take(work, root / "w1", release(wheel(root / "w1", NEXT)))
    assert this.runs()[0] == NEXT == places.in_force()
    assert [each.body["software"] for each in started(unit)][-1] == NEXT

    (places.releases / "wheels").mkdir()
    broken = release(wheel(root / "w2", BROKEN, app=DIES))
    # It never answers: there is nothing to be patient for.
    brief = replace(work, environments=unpacked, trial_seconds=4)
    assert not take(brief, root / "w2", broken)
    unit.wait(lambda: this.runs()[0] == NEXT, "the release before it")
    assert places.in_force() == NEXT
    assert unit.wait_kind("update_failed").body["kept"] == NEXT
    assert unit.wait_kind("software_updated").body == {
        "previous": FIRST, "version": NEXT,
    }  # fmt: skip


def started(unit: Unit) -> list[Entry]:
    return [each for each in unit.entries() if each.kind == "unit_started"]
