"""Proofs and findings as a page says them."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from loquet_contract.wire.events_proof import ExamVerdict, Verdict
from loquet_server.models import Door, DoorProof, DoorWiring, Unit, UnitExam, UnitState
from loquet_server.proofs import words
from loquet_server.web.i18n import Translations

CHIP: Final = {
    ExamVerdict.OK: "chip-good", ExamVerdict.WARN: "chip-warn", ExamVerdict.BAD: "chip-bad",
    Verdict.SEEN: "chip-good", Verdict.CONFIRMED: "chip-good", Verdict.FAILED: "chip-bad",
    Verdict.SKIPPED: "chip-warn",
}  # fmt: skip
_GRAVEST = (ExamVerdict.BAD, ExamVerdict.WARN, ExamVerdict.OK)


@dataclass(frozen=True, slots=True)
class ActLine:
    """One act of a proof, in words."""

    text: str
    subject: str
    verdict: str
    chip: str
    seconds: str
    why: str


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One thing that a unit looked at, in words; ``advice`` where it is not well."""

    title: str
    subject: str
    verdict: str
    chip: str
    measured: str
    advice: str


@dataclass(frozen=True, slots=True)
class DoorLine:
    """A door with its last proof. ``state``: proven, partly, changed, running, or never."""

    door: Door
    state: str
    proof: DoorProof | None


@dataclass(frozen=True, slots=True)
class UnitLine:
    """A unit with its doors; ``gravest``: chip of the worst finding."""

    unit: Unit
    state: UnitState | None
    exam: UnitExam | None
    doors: list[DoorLine]
    summary: str
    chip: str

    @property
    def online(self) -> bool:
        return self.state is not None and self.state.online


def act_line(plain: dict[str, Any], texts: Translations) -> ActLine:
    """Return an act as a page says it; what this server does not know yet, as it came."""
    act, subject = str(plain.get("act", "")), str(plain.get("subject", ""))
    verdict = str(plain.get("verdict", ""))
    return ActLine(
        texts.gettext(words.ACT.get(act, act)),
        "" if act == "lock_unpowered" else subject,
        texts.gettext(words.VERDICT.get(verdict, verdict)),
        CHIP.get(verdict, ""),  # type: ignore[call-overload]
        f"{int(plain.get('took_ms', 0)) / 1000:.1f}",
        failure(str(plain.get("detail", "")), texts),
    )


def question(row: DoorProof, texts: Translations) -> str:
    """Return what a proof asks for now."""
    asked = words.ASK.get(row.waits_for or "", row.waits_for or "")
    if row.waits_for == "lock_unpowered":
        free = row.subject == "safe"
        state = texts.gettext(words.FREE if free else words.LOCKED)
        return texts.gettext(asked) % {"state": state}
    if row.waits_for == "badge_held":
        return texts.gettext(asked) % {"reader": row.subject}
    return texts.gettext(asked)


def failure(code: str, texts: Translations) -> str:
    """Return why an act failed, in words; nothing for none."""
    return texts.gettext(words.FAILURE.get(code, code)) if code else ""


def advice(row: DoorProof, texts: Translations) -> str:
    """Return what to look at when the act that is asked for has failed."""
    text = words.ACT_ADVICE.get(row.waits_for or "")
    return texts.gettext(text) if text and row.failure else ""


def answers(row: DoorProof, texts: Translations) -> list[tuple[str, str]]:
    """Return what may be answered now, each with the text of its button."""
    return [(each, texts.gettext(words.WORD.get(each, each))) for each in row.words]


def findings(exam: UnitExam | None, texts: Translations) -> list[FindingLine]:
    """Return what a unit found, the gravest first."""
    if exam is None:
        return []
    rank = {verdict.value: at for at, verdict in enumerate(_GRAVEST)}
    rows = sorted(exam.findings, key=lambda each: rank.get(each.get("verdict", ""), len(rank)))
    return [_finding(each, texts) for each in rows]


def _finding(plain: dict[str, Any], texts: Translations) -> FindingLine:
    code, verdict = str(plain.get("code", "")), str(plain.get("verdict", ""))
    bad = verdict in (ExamVerdict.BAD, ExamVerdict.WARN)
    text = words.EXAM_ADVICE.get(code, "") if bad else ""
    measured = str(plain.get("measured", ""))
    return FindingLine(
        texts.gettext(words.EXAM.get(code, code)),
        str(plain.get("subject", "")),
        texts.gettext(words.EXAM_VERDICT.get(verdict, verdict)),
        CHIP.get(verdict, ""),  # type: ignore[call-overload]
        texts.gettext(words.MEASURED.get(measured, "")) if measured in words.MEASURED else measured,
        texts.gettext(text) if text else "",
    )


def summary(exam: UnitExam | None, texts: Translations) -> tuple[str, str]:
    """Return what a unit found, counted in a line, and the chip of the gravest."""
    if exam is None:
        return texts.gettext(words.NOT_EXAMINED), ""
    count = Counter(str(each.get("verdict", "")) for each in exam.findings)
    worst = next((each for each in _GRAVEST if count[each]), None)
    said = [
        f"{count[each]} {texts.gettext(words.EXAM_VERDICT[each])}"
        for each in _GRAVEST
        if count[each]
    ]
    return ", ".join(said), "" if worst is None else CHIP[worst]


def door_lines(
    doors: Sequence[Door], proofs: Sequence[DoorProof], wirings: dict[str, DoorWiring]
) -> list[DoorLine]:
    """Return doors, each with its last proof and whether that still counts."""
    found = []
    for door in doors:
        own = [each for each in proofs if each.door == door.id and each.unit == door.unit]
        running = next((each for each in own if each.waits_for is not None), None)
        ended = next((each for each in own if each.report), None)
        state = "running" if running is not None else _standing(ended, wirings.get(door.id))
        found.append(DoorLine(door, state, running or ended))
    return found


def _standing(proof: DoorProof | None, wiring: DoorWiring | None) -> str:
    if proof is None:
        return "never"
    if wiring is not None and wiring.wires != proof.wires:
        return "changed"
    return "proven" if proof.whole else "partly"


def wiring_of(row: DoorProof) -> list[str]:
    """Return what was wired, from the signed report."""
    try:
        return [str(each) for each in json.loads(json.loads(row.report)["payload"])["wiring"]]
    except (ValueError, KeyError, TypeError):
        return []
