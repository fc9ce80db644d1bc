"""An update from the offer to the verdict; whatever dies in between, the next call ends it.

offered -> fetched -> made -> looks well -> (nobody passes) swapped -> works -> kept
                                                 \\-- does not work -> swapped back -> told
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFailed
from loquet_contract.wire.releases import Release, parts
from loquet_edge.update import outcome
from loquet_edge.update.environment import Environments
from loquet_edge.update.offer import refuse_older
from loquet_edge.update.places import Places, Trial, UpdateRefused
from loquet_edge.update.trial import (
    QUIET_SECONDS,
    TRIAL_SECONDS,
    Unit,
    wait_quiet,
    wait_works,
)


@dataclass(frozen=True, slots=True)
class Update:
    """What an update works with. ``data``: the unit's folder, where ``door`` hears of it."""

    places: Places
    unit: Unit
    environments: Environments
    data: Path
    say: Callable[[str], None]
    now: Callable[[], float] = field(default=time.time)
    trial_seconds: float = TRIAL_SECONDS
    quiet_seconds: float = QUIET_SECONDS

    def resume(self) -> bool | None:
        """End a trial that a loss of power cut short; None if there is none, else whether kept."""
        trial = self.places.trial()
        if trial is None:
            self.places.end()  # a cut may have left the judge behind
            return None
        self.say(f"release {trial.version} was being tried: it is looked at now")
        if self.places.in_force() == trial.version:
            return self._judge(trial)
        outcome.tell(self.data, UpdateFailed(trial.version, trial.previous, "it was cut short"))
        self.places.end()
        return False

    def install(self, release: Release, fetch: Callable[[Path], None], *, older: bool) -> bool:
        """Take a release; True if the unit runs it now. UpdateRefused: nothing has changed."""
        version, previous = release.version, self.places.in_force()
        if parts(version) == parts(previous):
            return True
        try:
            refuse_older(release, previous, allowed=older)
            wheels = self.places.wheels(version)
            fetch(wheels)
            self.say(f"making an environment for {version}")
            self.environments.make(self.places.environment(version), version, wheels)
            known = self._look(version, previous)
            self.say("waiting until nobody passes")
            if not wait_quiet(self.unit, self.quiet_seconds):
                raise UpdateRefused("somebody passes all the time; try again later")
        except UpdateRefused as error:
            outcome.tell(self.data, UpdateFailed(version, previous, str(error)[:500]))
            raise
        trial = Trial(version, previous, int(self.now()), tuple(sorted(known)))
        self.places.begin(trial)
        self.places.swap(version)
        self.unit.restart()
        return self._judge(trial)

    def _look(self, version: str, previous: str) -> frozenset[str]:
        """Return what is wrong without the release; raise UpdateRefused if it adds to that."""
        known = self.unit.wrong(self.places.program(previous))
        new = self.unit.wrong(self.places.program(version)) - known
        if new:
            raise UpdateRefused(
                f"release {version} does not work here: {', '.join(sorted(new))}; the unit still"
                f" runs {previous}"
            )
        return known

    def _judge(self, trial: Trial) -> bool:
        """Keep a release that works; else go back to the one before it."""
        program = self.places.program(trial.version)
        wrong = wait_works(
            self.unit, trial.version, program, frozenset(trial.wrong), self.trial_seconds
        )
        if not wrong:
            self.say(f"release {trial.version} works")
            outcome.tell(self.data, SoftwareUpdated(trial.version, trial.previous))
            self.places.end()
            self.places.tidy(trial.version, trial.previous)
            return True
        self.say(f"release {trial.version} does not work ({wrong}): back to {trial.previous}")
        self.places.swap(trial.previous)
        self.unit.restart()
        outcome.tell(self.data, UpdateFailed(trial.version, trial.previous, wrong[:500]))
        self.places.end()
        self.places.tidy(trial.previous)
        return False
