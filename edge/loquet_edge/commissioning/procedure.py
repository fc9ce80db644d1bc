"""The proof of a door as a machine: what is asked, what was seen, what comes next.

An act that a line can show is never taken on trust: it is done when the line has been seen to
change. What no line tells (is the door locked without power?) a person answers. An act that
fails stays until somebody tries again or goes on; it can be skipped, and the report says so.

Time is given, in monotonic seconds. The machine moves nothing: ``turn`` counts what was asked,
and whoever runs it drives what ``asked.drives`` says once for each turn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from loquet_contract.wire.events_proof import ActResult, Verdict
from loquet_edge.commissioning.acts import LIMIT_SECONDS, LOCK_ACTS, Asked


class Word(StrEnum):
    """What an installer may answer."""

    YES = "yes"
    NO = "no"
    AGAIN = "again"
    NEXT = "next"
    """Go on although it failed."""
    SKIP = "skip"


class Failure(StrEnum):
    """Why an act failed; told in the report."""

    NOTHING_SEEN = "nothing_seen"
    ALREADY_SO = "already_so"
    """The line had that level from the start and never left it: stuck, inverted, or cut."""
    PERSON_SAID_NO = "person_said_no"


class WrongWord(ValueError):
    """An answer that does not fit what is asked; the message says which do."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof at work."""

    plan: tuple[Asked, ...]
    asked_at: float
    results: tuple[ActResult, ...] = ()
    armed: bool = False
    """The line has been seen otherwise than wanted since it was asked for."""
    failure: Failure | None = None
    turn: int = 0

    @property
    def asked(self) -> Asked | None:
        """What is asked for now; None at the end."""
        return self.plan[len(self.results)] if len(self.results) < len(self.plan) else None

    @property
    def lock_confirmed(self) -> bool:
        """Whether a person has confirmed the lock's polarity and fail mode."""
        yes = {each.act for each in self.results if each.verdict is Verdict.CONFIRMED}
        return yes.issuperset(LOCK_ACTS)

    @property
    def whole(self) -> bool:
        """Whether every act was done and none failed."""
        good = (Verdict.SEEN, Verdict.CONFIRMED)
        return self.asked is None and all(each.verdict in good for each in self.results)


def begin(plan: tuple[Asked, ...], now: float, results: tuple[ActResult, ...] = ()) -> Proof:
    """Return a proof at its first act, or behind ``results`` that were seen earlier."""
    return Proof(plan, now, fitting(plan, results))


def fitting(plan: tuple[Asked, ...], results: tuple[ActResult, ...]) -> tuple[ActResult, ...]:
    """Return the first ``results`` that answer the first acts of ``plan``."""
    found: list[ActResult] = []
    for asked, result in zip(plan, results, strict=False):
        if (asked.act, asked.subject) != (result.act, result.subject):
            break
        found.append(result)
    return tuple(found)


def look(proof: Proof, levels: Mapping[str, bool], now: float) -> Proof:
    """Return the proof after a look at the lines; ``levels`` by name, active or not."""
    asked = proof.asked
    if asked is None or asked.line is None or proof.failure is not None:
        return proof
    active = levels.get(asked.line)
    if active == asked.wanted and (proof.armed or not asked.fresh):
        done = _done(proof, Verdict.SEEN, now)
        return replace(done, armed=_otherwise(done.asked, levels))
    if not proof.armed and _otherwise(asked, levels):
        proof = replace(proof, armed=True)
    if now - proof.asked_at >= LIMIT_SECONDS:
        stuck = asked.fresh and not proof.armed and active is not None
        return replace(proof, failure=Failure.ALREADY_SO if stuck else Failure.NOTHING_SEEN)
    return proof


def due(proof: Proof) -> float | None:
    """Return when ``look`` has to be called although no line has moved."""
    asked = proof.asked
    if asked is None or asked.line is None or proof.failure is not None:
        return None
    return proof.asked_at + LIMIT_SECONDS


def words(proof: Proof) -> tuple[Word, ...]:
    """Return what may be answered now."""
    asked = proof.asked
    if asked is None:
        return ()
    if proof.failure is not None:
        return (Word.AGAIN, Word.NEXT)
    said = () if asked.line is not None else (Word.YES, Word.NO)
    return (*said, *((Word.AGAIN,) if asked.drives else ()), Word.SKIP)


def answer(proof: Proof, act: str, word: str, now: float) -> Proof:
    """Return the proof after a person's word about ``act``; raise WrongWord."""
    asked, fit = proof.asked, words(proof)
    if asked is None or act != asked.act:
        waits = "nothing: the proof has ended" if asked is None else asked.act.value
        raise WrongWord(f"{act!r} is not asked; it waits for {waits}")
    if word not in fit:
        raise WrongWord(f"{word!r} is no answer to {act}; these are: {', '.join(fit)}")
    match Word(word):
        case Word.YES:
            return _done(proof, Verdict.CONFIRMED, now)
        case Word.NO:
            return replace(proof, failure=Failure.PERSON_SAID_NO)
        case Word.AGAIN:
            return replace(proof, failure=None, armed=False, asked_at=now, turn=proof.turn + 1)
        case Word.NEXT:
            return _done(proof, Verdict.FAILED, now, proof.failure or "")
        case Word.SKIP:
            return _done(proof, Verdict.SKIPPED, now)


def _otherwise(asked: Asked | None, levels: Mapping[str, bool]) -> bool:
    """Whether the line of an act is known, and not as the act wants it."""
    if asked is None or asked.line is None:
        return False
    return levels.get(asked.line, asked.wanted) != asked.wanted


def _done(proof: Proof, verdict: Verdict, now: float, detail: str = "") -> Proof:
    asked = proof.asked
    assert asked is not None
    took = max(0, round((now - proof.asked_at) * 1000))
    result = ActResult(asked.act, asked.subject, verdict, took, str(detail))
    return Proof(proof.plan, now, (*proof.results, result), turn=proof.turn + 1)
