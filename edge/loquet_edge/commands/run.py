"""``loquet-edge run``: the three processes of a unit, supervised."""

import signal
from collections.abc import Callable

from loquet_edge.config import UnitConfig
from loquet_edge.supervisor import Supervisor


def supervise(config: UnitConfig) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    supervisor = Supervisor(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    give_up = _adopt_beside(config, lambda: supervisor.renew("door"))
    try:
        return supervisor.run()
    finally:
        give_up()


def _adopt_beside(config: UnitConfig, adopted: Callable[[], None]) -> Callable[[], None]:
    """Wait to be let in, if the unit is not yet; return what gives up waiting."""
    if config.identity.exists():
        return lambda: None
    # What it needs takes as long to load as a guard to start, and the exits wait for the guard.
    from loquet_edge.commands.adopt import adopt_beside

    return adopt_beside(config, adopted)
