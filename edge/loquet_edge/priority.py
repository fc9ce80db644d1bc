"""Real-time scheduling for the processes that stand between a badge and a lock."""

import logging
import os
import sys

log = logging.getLogger(__name__)

SWITCH_SECONDS = 0.0005
"""How long one Python thread may keep another waiting; Python's own default is 5 ms."""


def prefer(priority: int) -> bool:
    """Ask for SCHED_FIFO at ``priority`` (1 to 99); False where that is not permitted."""
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        # Every later thread inherits it. One left behind at normal priority could be preempted
        # while it holds Python's lock, and the deciding loop would wait with it.
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except OSError as error:
        log.info("no real-time priority (%s): taps may wait on a busy machine", error.strerror)
        return False
    return True
