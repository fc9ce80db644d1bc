"""Which kinds of readers count in a space, beside those that read a badge in full."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from loquet_contract.access.credential import Representation, from_uid
from loquet_server.errors import Conflict
from loquet_server.models import Action, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import note
from loquet_server.people.derived import Derived
from loquet_server.people.deriving import Collision, Deriving
from loquet_server.people.repository import PeopleRepository
from loquet_server.web.i18n import N_
from loquet_server.who import Actor

TITLES = {
    Derived.W34: N_("Wiegand 34, as written"),
    Derived.W34_BACK: N_("Wiegand 34, backwards"),
    Derived.W26: N_("Wiegand 26, as written"),
    Derived.W26_BACK: N_("Wiegand 26, backwards"),
}
EXAMPLE = from_uid(bytes.fromhex("04a1b2c3"))
MOST_PAIRS = 5


class CannotTellApart(Conflict):
    """A kind of reader gives one number for two badges; nothing was changed."""

    def __init__(self, collisions: Sequence[Collision]) -> None:
        pairs = [f"{each.one.id} and {each.other.id} ({each.form})" for each in collisions]
        super().__init__(
            "a door could not tell these badges apart, so nothing was changed: "
            + "; ".join(pairs[:MOST_PAIRS])
        )
        self.collisions = tuple(collisions)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two badges that a kind of reader cannot tell apart, as a page shows them."""

    form: str
    badges: tuple[tuple[str, str, str], ...]
    """Id, label and whose it is, of each."""


def shown(number: Representation) -> str:
    """Return a number as a reader's display or a program writes it."""
    return number.value.hex(":").upper()


async def choose(
    office: Office, transaction: Transaction, actor: Actor, site: Site, forms: frozenset[Derived]
) -> None:
    """Accept these kinds of readers; the doors are told at once. Raise CannotTellApart."""
    session, now = transaction.session, office.now_ms()
    collisions = await Deriving(session, office.keys, site.id).choose(forms)
    if collisions:
        raise CannotTellApart(collisions)
    note(
        office, transaction, actor, Action.BADGE_READERS_CHOSEN, site.id, site.id,
        detail={"forms": sorted(forms)},
    )  # fmt: skip
    await session.flush()
    found = await office.policies.advance_site(session, site.id, now)
    transaction.after.publish(office, found)


async def pairs(
    people: PeopleRepository, collisions: Sequence[Collision], titles: Mapping[Derived, str]
) -> list[Pair]:
    """Return what a page says of badges that cannot be told apart."""
    found = []
    for each in collisions[:MOST_PAIRS]:
        badges = []
        for badge in (each.one, each.other):
            holder = None if badge.holder is None else await people.member(badge.holder)
            name = holder.name if holder else ""
            badges.append((badge.id, badge.label or f"…{badge.last4}", name))
        found.append(Pair(titles[each.form], tuple(badges)))
    return found
