"""Everything fails, everywhere, for a while; then all is healed and counted.

    python -m tests.chaos [--seconds 60] [--units 50] [--seed N] [--postgres]

Exit status 0 if every tap that a unit took is in the database once and in order, and the chains
verify. The same seed strikes the same victims at the same times.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import time

from tests.brokers import until
from tests.chaos import packets
from tests.chaos.faults import Hand
from tests.chaos.plan import PACKETS, Cast, Kind, plan
from tests.chaos.reckoning import Account, reckon
from tests.chaos.town import Town, a_town

HEAL_SECONDS = 240.0


def main(words: list[str]) -> int:
    """Run; print the report; return the exit status."""
    asked = _parser().parse_args(words)
    seed = secrets.randbelow(10**6) if asked.seed is None else asked.seed
    print(f"chaos of {asked.seconds:g} s, seed {seed}", flush=True)
    inside = packets.enter("tests.chaos", [*words, "--seed", str(seed)])
    began = time.monotonic()
    with a_town(asked.units, seed, on_postgres=asked.postgres) as town:
        up = time.monotonic() - began
        hand, strokes = _struck(town, seed, asked.seconds, inside)
        town.rest()
        behind = sum(max(0, each) for each in town.untold().values())
        healing = time.monotonic()
        _heal(town)
        healed = time.monotonic() - healing
        found = reckon(town)
        _report(town, hand, found, inside)
        print(
            f"{strokes} strokes in {asked.seconds:g} s (the town was up after {up:.0f} s);"
            f" {behind} entries behind at the end of the faults, healed in {healed:.1f} s"
        )
    for each in found.wrong:
        print(f"WRONG: {each}")
    return 1 if found.wrong else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("tests.chaos")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--units", type=int, default=50)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--postgres", action="store_true")
    return parser


def _struck(town: Town, seed: int, seconds: float, inside: bool) -> tuple[Hand, int]:
    cast = Cast(
        list(town.units), [name for each in town.lights for name in each.units],
        [each.name for each in town.lights],
    )  # fmt: skip
    without = set() if inside else set(PACKETS)
    if town.database is None:
        without.add(Kind.KILL_DATABASE)
    strokes = plan(seed, seconds, cast, [each for each in Kind if each not in without])
    hand = Hand(town, packets.Packets(inside))
    hand.run(strokes)
    return hand, len(strokes)


def _heal(town: Town) -> None:
    """Wait until the server is well and holds all that the units hold."""
    until(town.well, "the server is well again", HEAL_SECONDS)
    try:
        until(lambda: not town.untold(), "every unit has told all", HEAL_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"{error}: {town.untold()}") from None


def _report(town: Town, hand: Hand, found: Account, inside: bool) -> None:
    whole = len(town.units)
    light = sum(len(each.units) for each in town.lights)
    print(
        f"{whole} whole units of three processes, {light} light ones in {len(town.lights)}"
        f" processes (product's journal, clock, rule and link on threads; no lock, no reader);"
        f" {'PostgreSQL' if town.database else 'SQLite'}"
    )
    for kind, count in sorted(hand.done.items()):
        print(f"{count:5} x {kind}, {hand.struck[kind]} struck")
    print(f"{sum(hand.done.values()):5} faults, {hand.at_once} at once at most")
    lines = f"{town.cables.torn} connections torn in the middle of a piece"
    print(f"the server gave up {town.given_up} times and was started again")
    print(f"{lines}, {hand.dropped} packets dropped" if inside else f"{lines}; no namespace here")
    print(
        f"{found.taps} taps decided ({found.aged} by clocks that were years behind) and"
        f" {found.entries} entries on {whole + light} units;"
        f" {found.said}; {found.gaps} batches out of turn; incidents on the way:"
        f" {dict(found.incidents)}"
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
