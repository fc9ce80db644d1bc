"""Desired state: what must hold here until the server says otherwise, kept over restarts."""

import json
import logging
from collections.abc import Mapping
from typing import Protocol

from loquet_contract.ids import DoorId, LockdownId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, canonical, decode_text
from loquet_contract.wire.messages import Desired
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature

log = logging.getLogger(__name__)


class Words(Protocol):
    """Where texts are kept over a restart: ``state_store.StateStore``."""

    def get(self, name: str) -> str | None: ...

    def put(self, name: str, value: str) -> None: ...


class WishRefused(ValueError):
    """A desired state does not count; the message says why."""


class Wishes:
    """The newest desired state, and the lockdowns in it that a badge has lifted on the spot.

    Kept in two places, where there is a ``spare``: a card that rots must not lift a lockdown.
    """

    def __init__(
        self, verifier: Verifier, site: SiteId, unit: UnitId, store: Words,
        spare: Words | None = None,
    ) -> None:  # fmt: skip
        self._verifier, self._site, self._unit = verifier, site, unit
        self._stores = (store,) if spare is None else (store, spare)
        self.desired: Desired | None = None
        self._lifted: set[LockdownId] = set()
        self.locked_down: Mapping[DoorId, LockdownId] = {}
        """Doors under lockdown, and under which; never changed, only replaced."""
        self._recall()

    def take(self, document: str) -> bool:
        """Take in a signed Desired; False if it is not newer. Raise WishRefused."""
        desired = self._verified(document)
        if self.desired is not None and desired.version <= self.desired.version:
            if desired.version < self.desired.version:
                raise WishRefused(f"version {desired.version} is older than {self.desired.version}")
            return False
        self.desired = desired
        named = {each.lockdown for each in desired.lockdowns.values()}
        self._lifted &= named
        self._put("desired", document)
        self._keep_lifted()
        self._build()
        return True

    def lift(self, lockdown: LockdownId) -> None:
        """Remember that a badge lifted this lockdown here."""
        self._lifted.add(lockdown)
        self._keep_lifted()
        self._build()

    @property
    def version(self) -> int | None:
        return None if self.desired is None else self.desired.version

    def lockdown(self, door: DoorId) -> LockdownId | None:
        """Return the lockdown that is to be in force at a door."""
        return self.locked_down.get(door)

    def _verified(self, document: str) -> Desired:
        try:
            desired = decode_text(Desired, self._verifier.payload(Purpose.DESIRED, document))
        except (MalformedMessage, WrongSignature) as error:
            raise WishRefused(str(error)) from error
        if (desired.site, desired.unit) != (self._site, self._unit):
            raise WishRefused("it is for another unit")
        return desired

    def _recall(self) -> None:
        """Take the newest that any place has kept; lifted is what any place says is."""
        newest = ""
        for store in self._stores:
            document, lifted = store.get("desired"), store.get("lifted")
            try:
                if document is not None:
                    found = self._verified(document)
                    if self.desired is None or found.version > self.desired.version:
                        self.desired, newest = found, document
                self._lifted |= {LockdownId(str(each)) for each in json.loads(lifted or "[]")}
            except (WishRefused, ValueError, TypeError) as error:
                log.error("the desired state that was kept cannot be read again: %s", error)
        if any(store.get("desired") != newest for store in self._stores) and self.desired:
            self._put("desired", newest)
            self._keep_lifted()
        self._build()

    def _keep_lifted(self) -> None:
        self._put("lifted", canonical(sorted(self._lifted)))

    def _put(self, name: str, text: str) -> None:
        for store in self._stores:
            store.put(name, text)

    def _build(self) -> None:
        if self.desired is None:
            return
        self.locked_down = {
            door: each.lockdown
            for door, each in self.desired.lockdowns.items()
            if each.lockdown not in self._lifted
        }
