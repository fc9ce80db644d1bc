"""Facts about cards that can prove a key: encoded at a reader, or unable to prove it."""

from dataclasses import dataclass
from typing import ClassVar

from loquet_contract.ids import CommandId, CredentialDigest, ReaderId


@dataclass(frozen=True, slots=True)
class CredentialEncoded:
    """A card was held to a reader that waited to encode one; nothing was decided.

    ``outcome``: ``done``, ``already``, ``old_key_locked``, ``other_card``, ``unsuitable``,
    ``not_blank``, ``locked``, ``interrupted`` or ``failed``. After ``done`` and ``already`` it
    proves master ``version``; the others changed nothing, but ``interrupted`` and ``failed``.
    """

    kind: ClassVar[str] = "credential_encoded"
    reader: ReaderId
    command: CommandId
    outcome: str
    credential: CredentialDigest | None = None
    version: int | None = None
    chip: str | None = None


@dataclass(frozen=True, slots=True)
class CredentialUnproven:
    """A card says that it is one of the site's and did not prove it; it counted as a number.

    ``why``: ``unfinished`` (its encoding was), ``unknown_key`` (of a master that is not in force),
    ``wrong_key`` (a copy), ``refused`` (by the card, after too many tries), ``writable`` (its keys
    are not locked) or ``interrupted``.
    """

    kind: ClassVar[str] = "credential_unproven"
    reader: ReaderId
    why: str
    credential: CredentialDigest | None = None
