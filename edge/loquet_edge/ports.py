"""What the deciding loop asks of its parts."""

from typing import Protocol

from loquet_contract.access.policy import Policy
from loquet_contract.ids import JournalId, PepperId
from loquet_contract.wire.events import Event


class Keeper(Protocol):
    """Keeps facts: ``journal.Journal``."""

    def append(self, event: Event) -> None: ...

    def acknowledge(self, document: str) -> None: ...

    @property
    def journal(self) -> JournalId | None: ...

    @property
    def last(self) -> int: ...

    @property
    def backlog(self) -> int: ...


class PolicyInForce(Policy, Protocol):
    """The policy, and which one it is: ``policy_store.StoredPolicy``."""

    @property
    def version(self) -> int | None: ...

    @property
    def digest(self) -> str | None: ...

    @property
    def pepper_id(self) -> PepperId | None: ...

    def refresh(self) -> None: ...


class Sealer(Protocol):
    """Seals an unknown number to the server's key; None without one."""

    def __call__(self, number: bytes, /) -> str | None: ...
