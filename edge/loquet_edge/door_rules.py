"""Rules of a door that its configuration, its machine and the guard must agree on: pure facts."""

TIME_LIMITS = (("release", "maximum"), ("extended_release", "maximum"), ("pre_alarm", "alarm"))
"""The first time of each pair must not be longer than the second."""


def exit_releases(exit_style: str, lock: str) -> bool:
    """Return whether an exit input releases the lock, rather than only explaining an opening.

    A sensor beside a free handle would unlock for whoever walks past inside; at a maglock there
    is no free handle. Any other exit input that is wired releases.
    """
    return exit_style != "sensor" or lock == "maglock"
