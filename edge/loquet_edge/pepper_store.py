"""The site's peppers on a unit: one, and two while the server replaces it.

They stand beside the identity, in a file of their own that its owner alone can read, and in no
database and no journal. What the server names in the desired state and what is here are compared by
name; what is missing is asked for with a key made for that question. A pepper is let go only when
the policy in force is under one that is still named: so a badge that the policy knows is known at
every moment, also by a unit that was away for months.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from loquet_contract.ids import PepperId
from loquet_contract.wire import base64url
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.rotation import (
    MOST_PEPPERS,
    PEPPER_BYTES,
    SEAL_CONTEXT,
    Pepper,
    Peppers,
    PeppersAnswer,
    PeppersRequest,
    pepper_id,
)
from loquet_contract.wire.signing import Purpose
from loquet_edge.errors import IdentityMissing
from loquet_edge.identity import UnitIdentity, write_private
from loquet_edge.sealed_question import ASK_AGAIN_SECONDS, AnswerRefused, SealedQuestion, secrets_in

if TYPE_CHECKING:
    from loquet_edge.runner import Parts

log = logging.getLogger(__name__)

FILE = "peppers.json"
"""Beside the identity."""


class PepperStore:
    """Keeps the peppers in force; times are monotonic seconds. ``path``: of the identity."""

    def __init__(self, path: Path, identity: UnitIdentity | None) -> None:
        self._path, self._identity = path, identity
        self._wanted: tuple[PepperId, ...] | None = None
        self._under: PepperId | None = None
        self._question = SealedQuestion(
            PeppersRequest, PeppersAnswer, Purpose.PEPPERS_REQUEST, Purpose.PEPPERS, SEAL_CONTEXT
        )
        self._ask_at = 0.0
        self._held: dict[PepperId, bytes] = {}
        if identity is not None:
            self._held = {
                identity.identity.pepper_id: identity.pepper,
                **secrets_in(self._file, _read, {}),
            }
        self.told = tuple(sorted(self._held))
        """What the server may rely on: held, and kept over a restart."""

    @property
    def names(self) -> tuple[PepperId, ...]:
        """What is held, that of the policy in force first."""
        return tuple(sorted(self._held, key=lambda name: (name != self._under, name)))

    @property
    def in_force(self) -> tuple[bytes, ...]:
        """The peppers under which a badge is looked up, that of the policy in force first."""
        return tuple(self._held[name] for name in self.names)

    def want(self, names: Sequence[PepperId] | None) -> None:
        """Hear which peppers are in force, the newest first; None: nothing was said."""
        if names is not None and tuple(names) != self._wanted:
            self._wanted, self._ask_at = tuple(names), 0.0

    def follow(self, under: PepperId | None) -> bool:
        """Let go of what is not needed under this policy's pepper; True if anything changed."""
        moved, self._under = under != self._under, under
        wanted = self._wanted
        if wanted is None or under not in wanted or under not in self._held:
            return moved
        kept = {name: each for name, each in self._held.items() if name in wanted}
        if kept != self._held:
            return self._written(kept) or moved
        if self._identity is not None and self._identity.identity.pepper_id not in wanted:
            self._rewrite(under)
        return moved

    def wish(self, now: float) -> str | None:
        """Return a signed question for the peppers if it is time to ask."""
        identity = self._identity
        needed = {*(self._wanted or ()), *((self._under,) if self._under else ())}
        if identity is None or now < self._ask_at or not needed - set(self._held):
            return None
        self._ask_at = now + ASK_AGAIN_SECONDS
        return self._question.ask(identity)

    def take(self, document: str) -> None:
        """Take in a signed answer; raise AnswerRefused."""
        self._held |= _checked(self._question.opened(self._identity, document, Peppers))
        self._written(self._held)

    @property
    def _file(self) -> Path:
        return self._path.with_name(FILE)

    def _written(self, held: Mapping[PepperId, bytes]) -> bool:
        """Keep these, and no others; False if they cannot be written: then nothing is let go."""
        order = sorted(held)
        found = Peppers(tuple(Pepper(name, base64url.to_text(held[name])) for name in order))
        try:
            write_private(self._file, encode(found) + "\n")
        except OSError as error:
            log.error("%s: the peppers cannot be kept over a restart: %s", self._file, error)
            return False
        self._held, self.told = dict(held), tuple(order)
        log.info("peppers in force: %s", order)
        return True

    def _rewrite(self, name: PepperId) -> None:
        """Take the pepper that counts no more out of the identity's file, too."""
        try:
            found = UnitIdentity.load(self._path)
            text = base64url.to_text(self._held[name])
            fresh = replace(found.identity, pepper_id=name, pepper=text)
            self._identity = UnitIdentity(fresh, found.key)
            self._identity.save(self._path)
        except (OSError, IdentityMissing) as error:
            log.error("%s: an old pepper cannot be taken out of it: %s", self._path, error)


def renew(parts: Parts) -> bool:
    """Have the unit know badges under what is in force now; True if that has changed."""
    store = parts.pepper_store
    if store is None:
        return False
    store.follow(parts.policy.pepper_id)
    if store.in_force == parts.peppers:
        return False
    parts.peppers = parts.cards.peppers = store.in_force
    return True


def _read(text: str) -> dict[PepperId, bytes]:
    """Return what the file holds: those of an answer beside those of before."""
    return _checked(decode_text(Peppers, text), 2 * MOST_PEPPERS)


def _checked(found: Peppers, most: int = MOST_PEPPERS) -> dict[PepperId, bytes]:
    try:
        held = {each.id: base64url.from_text(each.pepper) for each in found.peppers}
    except ValueError as error:
        raise AnswerRefused("a pepper is not base64url") from error
    if len(held) > most or any(len(raw) != PEPPER_BYTES for raw in held.values()):
        raise AnswerRefused(f"at most {most} peppers of {PEPPER_BYTES} bytes are kept")
    if any(pepper_id(raw) != name for name, raw in held.items()):
        raise AnswerRefused("a pepper is not the one that it is called")
    return held
