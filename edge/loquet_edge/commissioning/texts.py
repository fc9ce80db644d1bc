"""What the terminal says of each act: what to do, and what to look at when it fails."""

from __future__ import annotations

from typing import Final

from loquet_contract.wire.events_proof import Act, ActResult, Verdict
from loquet_edge.commissioning.procedure import Failure

ASK: Final[dict[Act, str]] = {
    Act.LEAF_CLOSED: "Close the door.",
    Act.LOCK_RESTS: "The lock is at rest now. Pull the closed door: is it locked?",
    Act.LOCK_MOVED: "The lock is released for a few seconds now. Could you open the door?",
    Act.LOCK_UNPOWERED: "Take the power from the lock. Is the closed door {state} then?",
    Act.INSIDE_HANDLE: "Give the power back. Does the inside handle open the locked door?",
    Act.MECHANICAL_KEY: "Does the mechanical key open the locked door from outside?",
    Act.LEAF_OPENED: "Open the door (the lock is released for a few seconds).",
    Act.LEAF_CLOSED_AGAIN: "Close the door again.",
    Act.EXIT_PRESSED: "Press the exit, and hold it.",
    Act.EXIT_LET_GO: "Let go of the exit.",
    Act.EXIT_RELEASES: "Did the door open while the exit was pressed?",
    Act.FIRE_CUT: "Cut the fire loop, or have the panel raise its alarm.",
    Act.FIRE_RESTORED: "Mend the fire loop.",
    Act.REARMED: "Press the button that re-arms.",
    Act.TAMPER_OPENED: "Open the cover that the tamper contact watches.",
    Act.TAMPER_CLOSED: "Close the cover again.",
    Act.DOORBELL_PRESSED: "Ring the doorbell.",
    Act.BADGE_HELD: "Hold a badge to the reader {subject}.",
    Act.SIGNALS_SHOWN: "The lights and the buzzer are on now. Did you see and hear all of them?",
}
ADVICE: Final[dict[Act, str]] = {
    Act.LOCK_RESTS: "the polarity is wrong (lock_active in unit.toml), or the lock is of the other"
    " kind (fail)",
    Act.LOCK_MOVED: "look at the relay's supply and its contacts (NO for a strike, NC for a"
    " maglock), then at lock_active",
    Act.LOCK_UNPOWERED: "the lock is of the other kind: say so with fail in unit.toml",
    Act.INSIDE_HANDLE: "a door must always open from inside: mend this before anything else",
    Act.MECHANICAL_KEY: "a door without a key cannot be opened when everything is down",
    Act.EXIT_RELEASES: "wire the exit button into the lock's supply too: exits are hard wiring",
    Act.BADGE_HELD: "ask 'loquet-edge doctor' about the reader",
    Act.SIGNALS_SHOWN: "ask 'loquet-edge pins' which line goes where",
}
LINE_ADVICE: Final = {
    Failure.NOTHING_SEEN: "the line has not moved: look at the wire and its ground, and at"
    " 'loquet-edge pins' for its header pin",
    Failure.ALREADY_SO: "the line had that level before you did anything: it is inverted, cut, or"
    " short-circuited",
}
MARKS: Final = {
    Verdict.SEEN: "seen",
    Verdict.CONFIRMED: "confirmed",
    Verdict.FAILED: "FAILED",
    Verdict.SKIPPED: "skipped",
}


def sentence(act: Act, subject: str) -> str:
    """Return what is asked."""
    state = "locked" if subject == "secure" else "free to open"
    return ASK[act].format(subject=subject, state=state)


def failed(act: Act, failure: str) -> str:
    """Return what to look at after a failure."""
    if failure == Failure.PERSON_SAID_NO:
        return ADVICE.get(act, "look at the wiring of this part")
    advice = LINE_ADVICE[Failure(failure)]
    more = ADVICE.get(act)
    return advice if more is None else f"{advice}; {more}"


def line(result: ActResult) -> str:
    """Return one line of the report."""
    about = f" ({result.subject})" if result.subject else ""
    took = f"{result.took_ms / 1000:.1f} s"
    return f"{MARKS[result.verdict]:<9}  {took:>7}  {result.act.value}{about}"
