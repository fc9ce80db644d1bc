"""Commands: bound to this unit, this boot and a challenge that this unit issued and renews.

Whoever owns the broker can delay a command past its challenge and so kill it; nothing else. No
wall clock is asked.
"""

import secrets
from collections import deque

from loquet_contract.ids import BootId, CommandId, SiteId, UnitId
from loquet_contract.wire.codec import MalformedMessage, decode_text
from loquet_contract.wire.commands import CHALLENGE_SECONDS, LATE, OTHER_BOOT, Command
from loquet_contract.wire.signing import Purpose, Verifier, WrongSignature

REMEMBERED = 4096
"""Ids of commands seen; a challenge lives two minutes, so a flood ends before they wrap."""


class OrderRefused(ValueError):
    """A command does not count; ``command`` is its id where its signature was right."""

    def __init__(self, detail: str, command: CommandId | None = None) -> None:
        super().__init__(detail)
        self.command = command


class Orders:
    """Verifies commands; time is given in monotonic seconds."""

    def __init__(
        self, verifier: Verifier, site: SiteId, unit: UnitId, boot: BootId, now: float
    ) -> None:
        self._verifier, self._site, self._unit, self._boot = verifier, site, unit, boot
        self._seen: deque[CommandId] = deque(maxlen=REMEMBERED)
        self._previous = ""
        self.challenge = secrets.token_hex(16)
        self.renew_at = now + CHALLENGE_SECONDS

    def renew(self, now: float) -> bool:
        """Issue a new challenge if it is time; True if one was issued."""
        if now < self.renew_at:
            return False
        # After a long stop even the one before is too old to count.
        late = now >= self.renew_at + CHALLENGE_SECONDS
        self._previous = "" if late else self.challenge
        self.challenge = secrets.token_hex(16)
        self.renew_at = now + CHALLENGE_SECONDS
        return True

    def accept(self, document: str, now: float) -> Command:
        """Return the command of a signed document, once; raise OrderRefused."""
        self.renew(now)
        try:
            command = decode_text(Command, self._verifier.payload(Purpose.COMMAND, document))
        except (MalformedMessage, WrongSignature) as error:
            raise OrderRefused(str(error)) from error
        if (command.site, command.unit) != (self._site, self._unit):
            raise OrderRefused("it is for another unit", command.command)
        if command.boot != self._boot:
            raise OrderRefused(OTHER_BOOT, command.command)
        if command.challenge not in (self.challenge, self._previous) or not command.challenge:
            raise OrderRefused(LATE, command.command)
        if command.command in self._seen:
            raise OrderRefused("it was already performed: a replay", command.command)
        self._seen.append(command.command)
        return command
