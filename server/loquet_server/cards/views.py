"""What the pages of cards say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from loquet_server.errors import NotFound, Problem, UnitSilent
from loquet_server.models import Unit, UnitState
from loquet_server.web.i18n import N_

DONE = {
    "made": N_("The key is made. Every unit fetches it by itself, within a minute."),
    "retired": N_("The key is retired: its cards count as a number only."),
}
_SILENT = N_("The reader does not answer. Look at its unit, and try again.")
_AWAY = N_("The reader's unit is not connected just now, or it has refused. Try again in a minute.")
_GONE = N_("There is no such reader any more. Choose another one.")
_UNABLE = N_("This reader hears numbers only. Choose an RC522.")
_REFUSALS = {
    "two card keys are in force: retire the older one first": N_(
        "Two keys are in force already. Retire the older one first."
    ),
    "the newest card key cannot be retired: make the next one first": N_(
        "The newest key cannot be retired. Make the next one first."
    ),
    "this space has no card key yet: make one first": N_("There is no card key yet."),
}


@dataclass(frozen=True, slots=True)
class Said:
    """An outcome as its page says it: what happened, and what to do."""

    title: str
    lead: str


OUTCOMES = {
    "done": Said(
        N_("The badge is encoded"),
        N_("It proves its own key now. Doors that ask for a proof let it in."),
    ),
    "already": Said(
        N_("The badge was encoded before"),
        N_("It proved the newest key: nothing was written."),
    ),
    "old_key_locked": Said(
        N_("This card keeps an older key"),
        N_("Its key is locked for ever. Give the member a new card, and add it as a badge."),
    ),
    "other_card": Said(
        N_("That was another card"),
        N_("Its number is not the one of this badge. Hold the right card to the reader."),
    ),
    "unsuitable": Said(
        N_("This card cannot prove a key"),
        N_("Only MIFARE Ultralight AES and Ultralight C can. Nothing was written."),
    ),
    "not_blank": Said(
        N_("Somebody else's key is in this card"),
        N_("Only a new card, with the factory's key, can be encoded. Nothing was written."),
    ),
    "locked": Said(
        N_("This card cannot be written any more"),
        N_("Its key or its settings are locked. Take a new card; nothing was written."),
    ),
    "interrupted": Said(
        N_("The card was taken away too soon"),
        N_("Hold it to the reader again: the reader goes on where it stopped."),
    ),
    "failed": Said(
        N_("The card does not prove what was written"),
        N_("Try once more with the same card. If it fails again, the card is damaged."),
    ),
}


@dataclass(frozen=True, slots=True)
class ReaderChoice:
    """A reader that may encode; ``id`` is ``unit/reader``."""

    id: str
    name: str
    unit: str
    online: bool
    well: bool


def readers(
    states: Iterable[tuple[Unit, UnitState]], doors: Mapping[str, str]
) -> list[ReaderChoice]:
    """Return the readers of a space, those that answer first."""
    found = [
        ReaderChoice(
            f"{unit.id}/{reader}", place_name(reader, doors), unit.name, bool(said.online),
            condition == "well",
        )
        for unit, said in states
        for reader, condition in sorted((said.readers or {}).items())
    ]  # fmt: skip
    return sorted(found, key=lambda each: not (each.online and each.well))


def place_name(reader: str, doors: Mapping[str, str]) -> str:
    """Return what people call a reader: the door, where its name tells it, and its own name."""
    door = doors.get(reader)
    return reader if door is None else f"{door} ({reader})"


def refusal(problem: Problem) -> str:
    """Return why something was refused, in words for people."""
    if isinstance(problem, UnitSilent):
        return _SILENT
    if isinstance(problem, NotFound):
        return _GONE
    if "cannot encode" in problem.detail:
        return _UNABLE
    return _REFUSALS.get(problem.detail, _AWAY)
