"""An update, step by step: what refuses it, what it goes back from, and what a cut leaves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFact, UpdateFailed
from loquet_contract.wire.releases import Release, ReleaseFile
from loquet_edge.update import outcome
from loquet_edge.update.environment import Environments
from loquet_edge.update.places import Places, UpdateRefused
from loquet_edge.update.updating import Update

OLD, NEW = "0.9.0", "0.10.0"


class PowerCut(BaseException):
    """Ends the program where it stands."""


@dataclass
class Folders(Environments):
    """Makes an empty folder where an environment would be."""

    fault: str = ""

    def make(self, place: Path, version: str, wheels: Path) -> None:
        if self.fault:
            raise UpdateRefused(self.fault)
        place.mkdir(parents=True)


@dataclass
class AUnit:
    """A unit whose releases are well or not, and at which somebody may stand."""

    places: Places
    ill: dict[str, frozenset[str]] = field(default_factory=dict)
    """What the doctor of a release finds."""
    dead: frozenset[str] = frozenset()
    """Releases that do not start."""
    at_rest: bool = True
    running: str = OLD
    restarts: int = 0
    cut_at: str = ""

    def restart(self) -> None:
        if self.cut_at == "restart":
            raise PowerCut
        self.restarts += 1
        self.running = self.places.in_force()

    def wrong(self, program: Path) -> frozenset[str]:
        return self.ill.get(program.parent.parent.name, frozenset())

    def runs(self) -> tuple[str, bool]:
        if self.cut_at == "trial" and self.running == NEW:
            raise PowerCut
        return "" if self.running in self.dead else self.running, self.at_rest


@pytest.fixture
def places(tmp_path: Path) -> Places:
    found = Places(tmp_path / "loquet", tmp_path / "releases")
    found.environment(OLD).mkdir(parents=True)
    found.link.symlink_to(found.environment(OLD))
    return found


def an_update(unit: AUnit, environments: Environments | None = None) -> Update:
    data = unit.places.releases.parent
    return Update(
        unit.places, unit, environments or Folders(), data, lambda _: None,
        trial_seconds=0.05, quiet_seconds=0.05,
    )  # fmt: skip


def a_release(version: str = NEW) -> Release:
    name = f"loquet-{version}-py3-none-any.whl"
    return Release(version, 1, (ReleaseFile(name, 1, "0" * 64),))


def fetched(place: Path) -> None:
    place.mkdir(parents=True)


def told(unit: AUnit) -> list[UpdateFact]:
    return outcome.take(unit.places.releases.parent)


def test_a_release_that_works_is_kept_with_the_one_before_it(places: Places) -> None:
    (places.environment("0.1.0")).mkdir()
    unit = AUnit(places)
    assert an_update(unit).install(a_release(), fetched, older=False)
    assert (places.in_force(), unit.running, unit.restarts) == (NEW, NEW, 1)
    assert told(unit) == [SoftwareUpdated(NEW, OLD)]
    assert told(unit) == [], "it is told once"
    assert sorted(each.name for each in places.releases.iterdir()) == [NEW, OLD]
    assert places.trial() is None


def test_one_that_does_not_start_is_given_up(places: Places) -> None:
    unit = AUnit(places, dead=frozenset({NEW}))
    assert not an_update(unit).install(a_release(), fetched, older=False)
    assert (places.in_force(), unit.running, unit.restarts) == (OLD, OLD, 2)
    assert told(unit) == [UpdateFailed(NEW, OLD, f"nobody answers, not {NEW}")]


def test_one_whose_doctor_finds_more_is_never_swapped_in(places: Places) -> None:
    ill = {OLD: frozenset({"broker"}), NEW: frozenset({"broker", "decision"})}
    unit = AUnit(places, ill)
    with pytest.raises(UpdateRefused, match="decision; the unit still"):
        an_update(unit).install(a_release(), fetched, older=False)
    assert (places.in_force(), unit.restarts) == (OLD, 0)
    assert isinstance(told(unit)[0], UpdateFailed)


def test_what_was_wrong_before_is_not_held_against_it(places: Places) -> None:
    broken = frozenset({"broker"})
    unit = AUnit(places, {OLD: broken, NEW: broken})
    assert an_update(unit).install(a_release(), fetched, older=False)


def test_nothing_happens_while_somebody_passes(places: Places) -> None:
    unit = AUnit(places, at_rest=False)
    with pytest.raises(UpdateRefused, match="somebody passes"):
        an_update(unit).install(a_release(), fetched, older=False)
    assert (places.in_force(), unit.restarts) == (OLD, 0)


def test_an_older_release_is_refused_unless_it_is_meant(places: Places) -> None:
    unit = AUnit(places)
    with pytest.raises(UpdateRefused, match="--allow-older"):
        an_update(unit).install(a_release("0.8.9"), fetched, older=False)
    assert unit.restarts == 0
    assert an_update(unit).install(a_release("0.8.9"), fetched, older=True)
    assert places.in_force() == "0.8.9"


def test_an_environment_that_cannot_be_made_changes_nothing(places: Places) -> None:
    unit = AUnit(places)
    with pytest.raises(UpdateRefused, match="no space left"):
        an_update(unit, Folders("no space left")).install(a_release(), fetched, older=False)
    assert (places.in_force(), unit.restarts) == (OLD, 0)


@pytest.mark.parametrize("works", [True, False])
@pytest.mark.parametrize("cut_at", ["restart", "trial"])
def test_a_power_cut_in_the_trial_is_ended_by_the_next_call(
    places: Places, cut_at: str, works: bool
) -> None:
    unit = AUnit(places, cut_at=cut_at)
    with pytest.raises(PowerCut):
        an_update(unit).install(a_release(), fetched, older=False)
    judge = places.releases / "judge"
    assert judge.resolve() == places.environment(OLD), "a broken release cannot judge itself"
    unit.cut_at = ""
    unit.dead = frozenset() if works else frozenset({NEW})
    unit.running = places.in_force()  # what the power brings up
    assert an_update(unit).resume() is works
    assert unit.running == places.in_force() == (NEW if works else OLD)
    assert type(told(unit)[0]) is (SoftwareUpdated if works else UpdateFailed)
    assert an_update(unit).resume() is None
    assert not judge.is_symlink()


@pytest.mark.parametrize("where", ["fetch", "make"])
def test_a_power_cut_before_the_swap_leaves_the_old_one(places: Places, where: str) -> None:
    unit = AUnit(places)

    class Cut(Folders):
        def make(self, place: Path, version: str, wheels: Path) -> None:
            raise PowerCut

    def cut(_: Path) -> None:
        raise PowerCut

    fetching: Callable[[Path], None] = cut if where == "fetch" else fetched
    with pytest.raises(PowerCut):
        an_update(unit, Cut()).install(a_release(), fetching, older=False)
    assert an_update(unit).resume() is None
    assert (places.in_force(), unit.restarts) == (OLD, 0)


def test_a_unit_that_was_installed_otherwise_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "loquet").mkdir()
    with pytest.raises(UpdateRefused, match=r"install\.sh"):
        Places(tmp_path / "loquet", tmp_path / "releases").in_force()


def test_what_becomes_of_an_update_is_written_through_no_link(tmp_path: Path) -> None:
    """Root writes into a folder of the unit's own user, who could have laid one there."""
    aim = tmp_path / "aim"
    aim.write_text("mine")
    data = tmp_path / "data"
    data.mkdir()
    for name in (outcome.FILE, f"{outcome.FILE}.new"):
        (data / name).symlink_to(aim)
    outcome.tell(data, SoftwareUpdated(NEW, OLD))
    assert aim.read_text() == "mine"
    assert outcome.take(data) == [SoftwareUpdated(NEW, OLD)]
