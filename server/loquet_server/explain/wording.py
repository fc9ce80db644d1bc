"""Sentences for the manager; what the member read is in a room of its own, for their own pages."""

from loquet_contract.access.reasons import WORDS, Reason
from loquet_server.policy.rules import rule_of
from loquet_server.web.i18n import Translations
from loquet_server.web.telling import Clock, said

__all__ = ["Clock", "manager", "other_name", "said"]


def manager(reason: Reason, language: str) -> str:
    """Return the manager's words for a reason."""
    return WORDS[language][reason].manager


def other_name(rule: str, texts: Translations) -> str:
    """Return what people call a rule that is no plan's."""
    names = {
        "window": texts.gettext("guest's pass or booking"),
        "event": texts.gettext("event"),
        "exit": texts.gettext("way out"),
    }
    return names.get(rule_of(rule), rule)
