"""How an update tells ``door`` what became of it: a file, taken into the journal once."""

import json
import logging
import os
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage, decode, parse
from loquet_contract.wire.events_updates import SoftwareUpdated, UpdateFact, UpdateFailed

log = logging.getLogger(__name__)

FILE = "updated.json"
_KINDS: dict[str, type[UpdateFact]] = {
    SoftwareUpdated.kind: SoftwareUpdated, UpdateFailed.kind: UpdateFailed,
}  # fmt: skip


def tell(data: Path, fact: UpdateFact) -> None:
    """Leave word; failing to is only logged. The last word stands.

    Root writes here, into a folder of another user: nothing that lies there is followed.
    """
    plain = {"kind": fact.kind, **{name: getattr(fact, name) for name in fact.__slots__}}
    fresh = data / f"{FILE}.new"
    try:
        fresh.unlink(missing_ok=True)
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(plain, file)
        fresh.replace(data / FILE)
    except OSError as error:
        log.error("what became of the update cannot be told: %s", error)


def take(data: Path) -> list[UpdateFact]:
    """Return what was told since, and take it away."""
    file = data / FILE
    if not file.exists():
        return []
    try:
        plain = parse(file.read_text("utf-8"))
        file.unlink()
        return [decode(_KINDS[plain["kind"]], plain)]
    except (OSError, ValueError, KeyError, TypeError, MalformedMessage) as error:
        log.error("%s: %s", file, error)
        file.unlink(missing_ok=True)
        return []
