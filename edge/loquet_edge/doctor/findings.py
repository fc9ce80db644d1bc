"""What a look found: one thing, what was measured, a verdict, and what to do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from loquet_contract.wire.events_proof import ExamVerdict

MOST_MEASURED = 200
"""Characters; all findings together must fit one fact of the journal."""
_MARKS = {
    ExamVerdict.OK: ("ok", "32"),
    ExamVerdict.WARN: ("watch", "33"),
    ExamVerdict.BAD: ("WRONG", "1;31"),
    ExamVerdict.NOT_WIRED: ("-", "2"),
    ExamVerdict.UNKNOWN: ("?", "2"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a unit. ``code`` is closed: the server has its words by it."""

    code: str
    verdict: ExamVerdict
    measured: str = ""
    subject: str = ""
    advice: str = ""

    @property
    def title(self) -> str:
        name = self.code.replace("_", " ")
        return f"{name} {self.subject}" if self.subject else name


def is_well(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong; what cannot be looked at is not wrong."""
    return all(each.verdict is not ExamVerdict.BAD for each in findings)


def line(finding: Finding, *, colour: bool) -> str:
    """Return a finding as a line of the table."""
    mark, code = _MARKS[finding.verdict]
    shown = f"{mark:<5}"
    if colour:
        shown = f"\x1b[{code}m{shown}\x1b[0m"
    text = f"{shown}  {finding.title:<22}  {finding.measured}".rstrip()
    if finding.advice and finding.verdict in (ExamVerdict.BAD, ExamVerdict.WARN):
        text += f"\n{'':<5}  {'':<22}  {finding.advice}"
    return text


def plain(findings: Iterable[Finding]) -> dict[str, Any]:
    """Return findings as JSON says them."""
    found = list(findings)
    rows = [asdict(each) | {"measured": each.measured[:MOST_MEASURED]} for each in found]
    return {"well": is_well(found), "findings": rows}
