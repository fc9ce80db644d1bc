"""A number on its way from one page to the next: sealed, for one person and a short time."""

import json
from dataclasses import dataclass

from loquet_contract.access.credential import Representation
from loquet_contract.wire.enrolment import SEALED_NUMBER_CONTEXT
from loquet_contract.wire.sealing import CannotOpen, open_sealed, seal
from loquet_server.keys import Keys
from loquet_server.people.numbers import from_canonical

CONTEXT = "badge-choice"
SECONDS = 30 * 60
"""How long a person may think before confirming."""


@dataclass(frozen=True, slots=True)
class Boxes:
    """Seals numbers into pages, and opens them again."""

    keys: Keys

    def close(self, number: Representation, holder: str | None, now: float) -> str:
        """Return a number sealed for the page of one member, or of the stock."""
        inside = [number.canonical().decode("ascii"), holder or "", int(now) + SECONDS]
        return seal(self.keys.seal_public, json.dumps(inside).encode(), CONTEXT)

    def open(self, box: str, holder: str | None, now: float) -> Representation | None:
        """Return what ``close`` sealed; None if it is not for here, or too old."""
        try:
            found = json.loads(open_sealed(self.keys.sealing, box, CONTEXT))
            number, whose, until = found
            if whose != (holder or "") or now > until:
                return None
            return from_canonical(str(number).encode("ascii"))
        except (CannotOpen, ValueError):
            return None

    def of_unit(self, sealed: str) -> Representation | None:
        """Return the number that a unit sealed; None if it is none."""
        try:
            raw = open_sealed(self.keys.sealing, sealed, SEALED_NUMBER_CONTEXT)
            return from_canonical(raw)
        except (CannotOpen, ValueError):
            return None
