"""``loquet-edge run``: the three processes of a unit, supervised."""

import signal

from loquet_edge.config import UnitConfig
from loquet_edge.supervisor import Supervisor


def supervise(config: UnitConfig) -> int:
    """Run until SIGTERM or SIGINT; return the exit status."""
    supervisor = Supervisor(config)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: supervisor.stop())
    return supervisor.run()
