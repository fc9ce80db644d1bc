"""Who is offered a release: a few units first, the others when those have run it a while. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

HOUR_MS = 3600 * 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """A release and its terms; UTC milliseconds."""

    version: str
    first: frozenset[str]
    wait_hours: int
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Tried:
    """A unit that has tried the release."""

    unit: str
    works: bool
    said_at: int


def opens_at(offer: Offer, tried: Iterable[Tried]) -> int | None:
    """Return from when on the others are offered it; None while that is not known.

    One unit that went back holds it up for all who have not begun: somebody should look first.
    """
    said = {each.unit: each for each in tried}
    if any(not each.works for each in said.values()):
        return None
    if not offer.first <= said.keys():
        return None
    last = max((said[unit].said_at for unit in offer.first), default=0)
    return last + offer.wait_hours * HOUR_MS


def is_offered(offer: Offer, unit: str, tried: Iterable[Tried], now_ms: int) -> bool:
    """Whether a unit is to run the release now. One that went back from it is not asked again."""
    known = list(tried)
    mine = next((each for each in known if each.unit == unit), None)
    if mine is not None:
        return mine.works
    if offer.stopped:
        return False
    if unit in offer.first:
        return all(each.works for each in known)
    opens = opens_at(offer, known)
    return opens is not None and now_ms >= opens
