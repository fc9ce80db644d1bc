"""What was barred after a backup was made, as the record of changes tells it.

A restore over a database that is still there reads this from it first, and bars again whom the
backup lets in. Until that is done it lies in the file ``barred`` of the data folder, so that a
restore that was cut short, and is done once more, has lost none of it; no server starts meanwhile.
"""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from loquet_server.models import Action
from loquet_server.processes import CannotServe

FILE: Final = "barred"


class Kind(StrEnum):
    """What was done; in the order in which it is done again."""

    STOLEN = "stolen"
    UNIT = "unit"
    RENEWED = "renewed"
    """A unit was let in with another key: the one before, which a backup knows, counts no more."""
    BADGE = "badge"
    SUSPENDED = "suspended"
    ARCHIVED = "archived"
    LIFTED = "lifted"
    LOCKED_DOWN = "locked_down"
    BLOCKED = "blocked"
    OPERATOR = "operator"
    TOKEN = "token"
    SCREEN = "screen"
    LINK = "link"
    FEED = "feed"


ORDER: Final = tuple(Kind)
_BARS: Final = {
    Action.UNIT_STOLEN: (Kind.STOLEN, ""),
    Action.UNIT_REVOKED: (Kind.UNIT, ""),
    Action.BADGE_LOST: (Kind.BADGE, "lost"),
    Action.BADGE_RETURNED: (Kind.BADGE, "returned"),
    Action.BADGE_BLOCKED: (Kind.BADGE, "blocked"),
    Action.CREDENTIAL_DISABLED: (Kind.BADGE, "blocked"),
    Action.MEMBER_SUSPENDED: (Kind.SUSPENDED, ""),
    Action.HOLDER_SUSPENDED: (Kind.SUSPENDED, ""),
    Action.MEMBER_ARCHIVED: (Kind.ARCHIVED, ""),
    Action.DOOR_BLOCKED: (Kind.BLOCKED, ""),
    Action.OPERATOR_DISABLED: (Kind.OPERATOR, ""),
    Action.TOKEN_REVOKED: (Kind.TOKEN, ""),
    Action.SCREEN_REVOKED: (Kind.SCREEN, ""),
    Action.SCREEN_RENEWED: (Kind.SCREEN, ""),
    Action.MEMBER_LINK_REVOKED: (Kind.LINK, ""),
    Action.MEMBER_LINK_MADE: (Kind.LINK, ""),
    Action.FEED_REVOKED: (Kind.FEED, ""),
}
"""What bars, and a badge's status by it. A new link or secret ends the one before it, which may
be in a backup. Lockdowns and units' new keys stand in tables of their own."""
_FREES: Final = {
    Action.BADGE_FOUND: Kind.BADGE,
    Action.BADGE_UNBLOCKED: Kind.BADGE,
    Action.BADGE_HANDED_OUT: Kind.BADGE,
    Action.CREDENTIAL_ENABLED: Kind.BADGE,
    Action.MEMBER_RESTORED: Kind.SUSPENDED,
    Action.HOLDER_RESTORED: Kind.SUSPENDED,
    Action.MEMBER_UNARCHIVED: Kind.ARCHIVED,
    Action.DOOR_UNBLOCKED: Kind.BLOCKED,
    Action.OPERATOR_ENABLED: Kind.OPERATOR,
}
"""What ends it. A unit that came back did so with a new key: the old one stays out."""
ACTIONS: Final = tuple(each.value for each in (*_BARS, *_FREES))


@dataclass(frozen=True, slots=True)
class Barred:
    """One of it, at ``at`` (UTC ms). ``word``: a badge's status, or the key of a unit now."""

    kind: Kind
    subject: str
    at: int
    reason: str = ""
    word: str = ""


def replayed(changes: Iterable[tuple[str, str, int, str]]) -> list[Barred]:
    """Return what is barred after these changes, the oldest first: action, subject, at, reason."""
    found: dict[tuple[Kind, str], Barred] = {}
    for text, subject, at, reason in changes:
        action = Action(text)
        if action in _FREES:
            found.pop((_FREES[action], subject), None)
        else:
            kind, word = _BARS[action]
            found[kind, subject] = Barred(kind, subject, at, reason, word)
    return list(found.values())


def keep(folder: Path, found: Iterable[Barred] | None) -> None:
    """Write these and those of before into the folder; on the disk when this returns.

    None: there is no database to ask. Until ``forget``, no server starts here.
    """
    before = read(folder)
    known = {(each.kind, each.subject): each for each in (*(before or ()), *(found or ()))}
    nobody_knows = found is None and before is None
    temporary = folder / f".{FILE}.part"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(None if nobody_knows else [asdict(each) for each in known.values()], file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(folder / FILE)


def read(folder: Path) -> list[Barred] | None:
    """Return what the folder has; None if no database was read into it."""
    try:
        plain = json.loads((folder / FILE).read_text("utf-8"))
    except FileNotFoundError:
        return None
    if plain is None:
        return None
    return [Barred(**each | {"kind": Kind(each["kind"])}) for each in plain]


def refuse_unfinished(folder: Path) -> None:
    """Raise CannotServe where a restore was cut short: it may let in whom it was to bar."""
    if (folder / FILE).exists():
        raise CannotServe(
            f"a restore into {folder.absolute()} was cut short: run 'loquet-server restore' with"
            " --force again, with the same backup or another one"
        )


def forget(folder: Path) -> None:
    """Take the file away: all of it is in the database again."""
    (folder / FILE).unlink(missing_ok=True)
