"""A badge that is disabled in the office counts for nothing at the door, within a second."""

from __future__ import annotations

import time

from tests.journey.stack import LOUISE, Stack

PROMISED_MS = 1000


def test_a_disabled_badge_is_refused_within_a_second(stack: Stack) -> None:
    stack.wait_online()
    unit = stack.entree
    assert unit.badge("entree-in", LOUISE.uid).kind == "access_granted"
    badge = stack.get(f"badges?holder={LOUISE.id}")[0]["id"]
    applied = len(unit.entries("policy_applied"))
    began = time.time() * 1000
    stack.post(f"badges/{badge}/lost")
    try:
        took = unit.waits_for("policy_applied", applied + 1).utc - began
        print(f"revocation to enforcement: {took:.0f} ms")
        assert took < PROMISED_MS
        refused = unit.badge("entree-in", LOUISE.uid)
        assert refused.kind == "access_denied"
        assert refused.body["reason"] == "credential_disabled"
    finally:
        stack.post(f"badges/{badge}/found")
    unit.waits_for("policy_applied", applied + 2)
    assert unit.badge("entree-in", LOUISE.uid).kind == "access_granted"
