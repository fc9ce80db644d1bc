"""``loquet-edge adopt`` and ``status``: in words for whoever stands at the unit."""

import logging
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from loquet_contract.wire.adoption import ADOPTED
from loquet_edge.adoption.waiting import TOKEN, Wait, Wanted, shown_in
from loquet_edge.config import UnitConfig, load
from loquet_edge.errors import EdgeError, IdentityMissing
from loquet_edge.identity import UnitIdentity

log = logging.getLogger(__name__)

RESTART = "a unit that runs goes on as before until: sudo systemctl restart loquet-door loquet-link"
"""After a new identity for a unit that had one: its processes read it at their start."""


def adopt(config: Path, wanted: Wanted, say: Callable[[str], None]) -> Iterator[str]:
    """Wait until the unit was let in; give lines to print. Raise NotAdopted, EnrolmentError."""
    wait = Wait(config, wanted, say)
    before = signal.signal(signal.SIGTERM, lambda *_: wait.stop())  # the light is given back
    try:
        done = wait.run()
    finally:
        signal.signal(signal.SIGTERM, before)
    who = done.identity.identity
    yield f"adopted as unit {who.unit} of {who.site}, server {who.server_address}"
    yield f"identity: {done.config.identity}"
    yield f"configuration: {done.config.file}" + (" (new)" if done.wrote_config else "")
    if done.policy is not None:
        yield f"policy: version {done.policy.version}, {done.policy.records} records"
    yield from done.notes
    if wanted.again:
        yield RESTART


def adopt_blank(config: Path, *, simulated: bool = False) -> None:
    """A unit that has no configuration waits here until it was let in."""
    log.info("%s: there is none, so this unit asks to be let in", config)
    for line in adopt(config, Wanted(simulated=simulated), log.info):
        log.info("%s", line)


def adopt_beside(config: UnitConfig, adopted: Callable[[], None]) -> Callable[[], None]:
    """Let a configured unit with an SD card's token wait while it lets people out.

    Calls ``adopted`` from another thread; returns what gives up waiting.
    """
    file = config.file
    if not (file.parent / TOKEN).exists():
        return lambda: None
    wait = Wait(file, Wanted(), log.info)

    def run() -> None:
        try:
            who = wait.run().identity.identity
        except EdgeError as error:
            log.error("%s", error)
            return
        log.info("adopted as unit %s of %s", who.unit, who.site)
        adopted()

    threading.Thread(target=run, name="adoption", daemon=True).start()
    return wait.stop


def status(config: Path) -> tuple[bool, str]:
    """Return whether this unit was let in, and a line that says how it stands."""
    shown = shown_in(config.resolve().parent)
    if shown and shown.get("state") != ADOPTED:  # what a loss of power left of one that was let in
        return False, (
            f"this unit waits to be let in at {shown.get('server', '')}; its code is"
            f" {shown.get('code', '')} (blinks {' '.join(shown.get('blinks', ''))})"
        )
    if not config.exists():
        return False, f"{config}: there is none; run 'loquet-edge adopt' to ask to be let in"
    try:
        who = UnitIdentity.load(load(config).identity).identity
    except IdentityMissing as error:
        return False, str(error)
    return True, f"unit {who.unit} of {who.site}, server {who.server_address}"
