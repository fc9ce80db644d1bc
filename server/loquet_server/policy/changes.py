"""What changed between two states of a policy's lines. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from loquet_contract.wire.codec import parse
from loquet_contract.wire.messages import Delta


@dataclass(frozen=True, slots=True)
class Diff:
    """Lines that are new or other, keys that are gone; ``grown``: by how many there are more."""

    upserts: Mapping[str, str] = field(default_factory=dict)
    deletes: tuple[str, ...] = ()
    grown: int = 0

    def __bool__(self) -> bool:
        return bool(self.upserts or self.deletes)

    @property
    def size(self) -> int:
        """About how many characters it has on the wire."""
        return sum(map(len, self.upserts.values())) + sum(map(len, self.deletes))


NOTHING = Diff()


def between(before: Mapping[str, str], after: Mapping[str, str]) -> Diff:
    """Return what leads from ``before`` to ``after``."""
    upserts = {key: line for key, line in after.items() if before.get(key) != line}
    deletes = tuple(sorted(key for key in before if key not in after))
    grown = sum(key not in before for key in upserts) - len(deletes)
    return Diff(upserts, deletes, grown)


def together(parts: Iterable[Diff]) -> Diff:
    """Return changes of different keys as one."""
    upserts: dict[str, str] = {}
    deletes: list[str] = []
    grown = 0
    for each in parts:
        upserts |= each.upserts
        deletes += each.deletes
        grown += each.grown
    return Diff(upserts, tuple(sorted(deletes)), grown)


def delta(diff: Diff) -> Delta:
    """Return changes as they travel, both parts sorted by key; the manifest is still to come."""
    return Delta("", tuple(parse(diff.upserts[key]) for key in sorted(diff.upserts)), diff.deletes)
