"""Which locks may be driven: those whose polarity and fail mode somebody has confirmed.

The line of any other lock is asked for by no process: it keeps its reset pull, which energises
nothing (`pins` refuses the lines where it would). A lock that fails safe is then released, and
one that fails secure is opened by its handle, its key and the exit that is wired to it; the
unit reads exits and the fire loop all the same, and tells what it may not do.

A record that was damaged takes nobody's exit away: somebody had confirmed these locks, so they
are driven as the configuration says, and the log asks for a new proof.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from loquet_contract.ids import DoorId

if TYPE_CHECKING:
    from loquet_edge.config import UnitConfig

log = logging.getLogger(__name__)


def unproven(config: UnitConfig) -> dict[DoorId, str]:
    """Return why each door's lock may not be driven yet, with what to do; empty when all may."""
    if config.simulated:
        return {}
    # Only here: the guard of a simulated board, and its tests, have no need of it.
    from loquet_edge.commissioning.record import damaged, load, settled

    record = load(config.data)
    if record is None and damaged(config.data):
        log.error("the record of who confirmed the locks is damaged; they are driven all the same")
        return {}
    found = {door.id: settled(replace(config, doors=(door,)), record) for door in config.doors}
    return {door: wrong[0] for door, wrong in found.items() if wrong}
