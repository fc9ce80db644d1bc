"""What may be wrong with what units send: kinds of incidents, beside the alarms of the contract."""

from enum import StrEnum


class Trouble(StrEnum):
    """Closed; each opens an incident, and what was wrong changes nothing else."""

    FORGED_BATCH = "forged_batch"
    """Not signed by the key of the unit whose topic it came on."""
    FORGED_STATE = "forged_state"
    FOREIGN_MESSAGE = "foreign_message"
    """From a unit that we do not know, or that says it is another."""
    MALFORMED_MESSAGE = "malformed_message"
    OVERSIZED_MESSAGE = "oversized_message"
    UNSTORABLE_MESSAGE = "unstorable_message"
    """Believed and understood, but the database refuses it."""
    JOURNAL_GAP = "journal_gap"
    """Entries between what we have and what came are missing; the unit is asked to resend."""
    JOURNAL_LOST = "journal_lost"
    """Entries that the unit keeps no more and that never came."""
    JOURNAL_DAMAGED = "journal_damaged"
    """The unit repaired its journal to the last entry that the chain proves."""
    JOURNAL_FORKED = "journal_forked"
    """Another history under the same numbers: a card was copied, or somebody has the key."""
    JOURNAL_REPLACED = "journal_replaced"
    """A new journal that does not name the one before: a new SD card, or damage."""
    FACT_UNREADABLE = "fact_unreadable"
    FOREIGN_FACT = "foreign_fact"
    """A fact about a door or a desk of another unit."""


class Refused(ValueError):
    """A message does not count."""

    def __init__(self, trouble: Trouble, detail: str, subject: str = "") -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail
        self.subject = subject
