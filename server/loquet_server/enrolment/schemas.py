"""Enrolment has the contract's own messages: ``EnrolRequest``, ``EnrolAnswer``, ``Identity``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IssuedCode:
    """What ``add-unit`` prints. ``expires_at``: UTC milliseconds. ``warning``: who cannot."""

    unit: str
    text: str
    expires_at: int
    warning: str | None = None
