"""How often a PIN may be wrong: a few times at once, and then slowly.

Each wrong PIN takes one attempt of its holder and one of its reader; both come back with time. So
whoever found a badge cannot try all PINs, and whoever found many badges cannot either. A PIN that
is right gives the holder's attempts back, never the reader's. A holder with a new PIN has all
attempts, for what was tried was another.

Time is UTC as the unit knows it: of a clock in doubt a lower bound, which gives nothing back too
early, also over a restart. A clock that is set back gives nothing and takes nothing.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Allowance:
    """``most`` attempts at once; one comes back every ``seconds``."""

    most: int
    seconds: float


HOLDER = Allowance(5, 1800.0)
"""Forty-eight a day at most: half of all PINs of six digits take twenty-eight years."""
READER = Allowance(20, 300.0)
"""Enough for a morning of clumsy fingers, whosever they are."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Attempts taken and not come back at ``at`` (UTC seconds); ``mark``: of which PIN."""

    attempts: float
    at: float
    mark: str = ""

    def since(self, allowance: Allowance, now: float) -> "Spent":
        """Return what is still taken at ``now``."""
        back = max(0.0, now - self.at) / allowance.seconds
        return Spent(max(0.0, self.attempts - back), now, self.mark)


@dataclass(slots=True)
class Attempts:
    """Who has been wrong how often; small, for only those who were are in it."""

    holders: dict[str, Spent] = field(default_factory=dict)
    readers: dict[str, Spent] = field(default_factory=dict)

    def left(self, reader: str, holder: str, mark: str, now: float) -> bool:
        """Return whether one more PIN is looked at."""
        mine, here = self._holder(holder, mark, now), self._reader(reader, now)
        return mine.attempts <= HOLDER.most - 1 and here.attempts <= READER.most - 1

    def wrong(self, reader: str, holder: str, mark: str, now: float) -> None:
        """Take an attempt from both."""
        mine, here = self._holder(holder, mark, now), self._reader(reader, now)
        self.holders[holder] = Spent(mine.attempts + 1, now, mark)
        self.readers[reader] = Spent(here.attempts + 1, now)

    def right(self, holder: str) -> bool:
        """Give a holder all attempts back; return whether any were taken."""
        return self.holders.pop(holder, None) is not None

    def _holder(self, holder: str, mark: str, now: float) -> Spent:
        found = self.holders.get(holder)
        if found is None or found.mark != mark:
            return Spent(0.0, now, mark)
        return self._settled(self.holders, holder, found.since(HOLDER, now))

    def _reader(self, reader: str, now: float) -> Spent:
        found = self.readers.get(reader)
        if found is None:
            return Spent(0.0, now)
        return self._settled(self.readers, reader, found.since(READER, now))

    @staticmethod
    def _settled(table: dict[str, Spent], name: str, spent: Spent) -> Spent:
        """Keep what is still taken, reckoned from now on; forget who has all attempts again."""
        if spent.attempts:
            table[name] = spent
        else:
            del table[name]
        return spent

    # ---- over a restart -------------------------------------------------------------------

    def written(self) -> str:
        """Return all of it as a text that ``read`` reads."""
        return json.dumps({"holders": _plain(self.holders), "readers": _plain(self.readers)})

    @classmethod
    def read(cls, text: str) -> "Attempts":
        """Return what ``written`` wrote; raise ValueError for anything else."""
        found = json.loads(text)
        if not isinstance(found, dict):
            raise ValueError("not an object")
        return cls(_spent(found.get("holders")), _spent(found.get("readers")))


def _plain(table: Mapping[str, Spent]) -> dict[str, list[float | str]]:
    return {name: [each.attempts, each.at, each.mark] for name, each in table.items()}


def _spent(plain: object) -> dict[str, Spent]:
    if not isinstance(plain, dict):
        raise ValueError("not an object")
    try:
        return {
            str(name): Spent(float(attempts), float(at), str(mark))
            for name, (attempts, at, mark) in plain.items()
        }
    except TypeError as error:
        raise ValueError(str(error)) from error
