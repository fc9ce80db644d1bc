"""When a message is tried again: ten more times within a day, ever more seldom."""

from typing import Final

DELAYS: Final = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800)
"""Seconds after the first, second ... failure; 23 hours and 42 minutes in all."""
JITTER: Final = 0.1
"""Of the delay: messages that failed together shall not come back together."""


def next_try(attempts: int, now_ms: int, wait: int, draw: float) -> int | None:
    """Return when to try again (UTC milliseconds), None for never.

    ``attempts``: how many have failed; ``wait``: seconds that the receiver asks for; ``draw``
    in [0, 1) spreads the tries.
    """
    if attempts > len(DELAYS):
        return None
    delay = max(DELAYS[attempts - 1], wait)
    return now_ms + round(delay * 1000 * (1 + JITTER * draw))
