"""The kinds of export; nothing is loaded to know them."""

from enum import StrEnum


class Kind(StrEnum):
    """What can be taken out."""

    MEMBERS = "members"
    BADGES = "badges"
    PASSAGES = "passages"
    PASS_USES = "pass_uses"
