"""Proofs of doors and looks at units: asked by command, told by the unit, shown and signed."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from loquet_contract.ids import BootId, DoorId, SiteId, UnitId
from loquet_contract.wire.codec import encode
from loquet_contract.wire.commands import Outcome, What
from loquet_contract.wire.events import UnitStarted
from loquet_contract.wire.events_proof import (
    Act,
    ActResult,
    DoorProofMoved,
    DoorProven,
    Examined,
    ExamVerdict,
    ProofReport,
    UnitExamined,
    Verdict,
)
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_server.models import Audit, DoorProof, DoorWiring, Incident, UnitExam
from loquet_server.office import Office
from loquet_server.proofs import words
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, UNIT, House
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of
from tests.server.test_badges import Enrolling, connect

FRONT = DoorId("front")
ACTS = (
    ActResult(Act.LEAF_CLOSED, "contact:front", Verdict.SEEN, 1200),
    ActResult(Act.LOCK_RESTS, "", Verdict.CONFIRMED, 4000),
)
REPORT = ProofReport(
    SiteId(SITE), UnitId(UNIT), FRONT, "p1", "Paul Martin", START, START + 300_000, "0.4.0",
    "strike", "secure", 17, "high", "wires-1", ("lock:front GPIO17 active high",), ACTS,
)  # fmt: skip
AT_WORK = DoorProofMoved(
    FRONT, "p1", "Paul Martin", ACTS[:1], Act.LOCK_RESTS, "", 9, "", ("yes", "no", "skip")
)
EXAM = UnitExamined(
    (
        Examined("temperature", "", ExamVerdict.OK, "48 °C"),
        Examined("voltage", "", ExamVerdict.BAD, "too low now"),
        Examined("of_tomorrow", "x", ExamVerdict.WARN, "7"),
    )
)


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> tuple[Office, Enrolling]:
    await connect(house)
    office, _ = make_office(house, tmp_path)
    office.exchange = exchange = Enrolling(house)
    return office, exchange


@pytest.fixture
async def pages(desk: tuple[Office, Enrolling]) -> AsyncIterator[httpx.AsyncClient]:
    async with browser(desk[0]) as found:
        yield found


def proven(house: House, report: ProofReport = REPORT, key: SigningKey | None = None) -> DoorProven:
    document = Signer(key or house.unit_key).sign(Purpose.PROOF, encode(report))
    return DoorProven(report.door, report.proof, report.whole, document)


async def tell(house: House, *facts: object) -> None:
    first = house.journal.sequence + 1
    for fact in facts:
        house.journal.write(fact)
    await house.take(house.journal.message(first))


async def test_a_unit_looks_at_itself_when_it_is_asked_and_what_it_finds_is_shown(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    page = await pages.get(f"/units/{UNIT}/examination")
    assert "Nobody has asked the unit yet." in page.text
    went = await submit(pages, page, f"/units/{UNIT}/examine")
    assert went.status_code == 303
    assert desk[1].commands[0].what is What.EXAMINE
    waits = await pages.get(went.headers["location"])
    assert "data-look" in waits.text
    await tell(house, EXAM)
    shown = await pages.get(went.headers["location"])
    assert "data-look" not in shown.text
    said = text_of(shown.text)
    assert said.index("Supply voltage") < said.index("of_tomorrow") < said.index("Temperature")
    assert words.EXAM_ADVICE["voltage"] in said
    shown = text_of((await pages.get(f"/units/{UNIT}/examination")).text)
    assert "1 wrong, 1 to watch, 1 good" in shown
    async with client(desk[0]) as http:
        found = (await http.get(f"/api/v1/units/{UNIT}/examination")).json()
        assert found["findings"][1]["measured"] == "too low now"
        assert (await http.get("/api/v1/units/none/examination")).status_code == 404
    assert [each.action for each in await house.all(Audit)][-1] == "unit:exam:ask"


async def test_a_later_look_takes_the_place_of_the_earlier_one(house: House) -> None:
    await tell(house, EXAM, dataclasses.replace(EXAM, findings=EXAM.findings[:1]))
    (row,) = await house.all(UnitExam)
    assert len(row.findings) == 1


async def test_a_door_is_proven_step_by_step_and_the_report_is_kept_with_its_signature(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    path = "/doors/front/proof"
    page = await pages.get(path)
    assert "never proven" in page.text
    unnamed = await submit(pages, page, path, word=" ")
    assert unnamed.status_code == 422
    assert "Please write who makes the proof." in unnamed.text
    assert (await submit(pages, page, path, word="Paul Martin")).status_code == 303
    (command,) = desk[1].commands
    assert (command.what, command.door, command.act, command.word) == (
        What.PROVE, "front", "begin", "Paul Martin",
    )  # fmt: skip
    await tell(house, AT_WORK)
    asked = text_of((await pages.get(path)).text)
    assert "Step 2 of 11, made by Paul Martin" in asked
    assert words.ASK["lock_rests"] in asked
    assert "seen on the line" in asked
    await tell(
        house, dataclasses.replace(AT_WORK, failure="person_said_no", words=("again", "next"))
    )
    failed = text_of((await pages.get(path)).text)
    assert "You said no." in failed
    assert words.ACT_ADVICE["lock_rests"] in failed
    await tell(house, dataclasses.replace(AT_WORK, acts=ACTS, waits_for=None), proven(house))
    done = await pages.get(path)
    assert "never proven" not in done.text
    report = text_of((await pages.get("/proofs/p1")).text)
    assert "Paul Martin" in report
    assert "signed by the unit" in report
    assert "lock:front GPIO17 active high" in report
    (row,) = await house.all(DoorProof)
    assert (row.whole, row.wires, row.ended_at) == (True, "wires-1", START + 300_000)


async def test_other_wires_make_the_last_proof_worth_nothing_and_the_page_says_so(
    house: House, pages: httpx.AsyncClient
) -> None:
    def started(wires: str) -> UnitStarted:
        return UnitStarted("0.4.0", BootId("b1"), "x", {FRONT: wires, DoorId("foreign"): "y"})

    await tell(house, started("wires-1"), proven(house))
    assert [each.door for each in await house.all(DoorWiring)] == ["front"]
    assert "wires changed" not in (await pages.get(f"/units/{UNIT}/examination")).text
    await tell(house, started("wires-2"))
    for path in (f"/units/{UNIT}/examination", "/doors/front/proof"):
        assert "wires changed since the last proof" in (await pages.get(path)).text
    assert "Prove the door again" in (await pages.get("/proofs/p1")).text


async def test_a_proof_that_is_told_twice_or_late_is_one_proof(house: House) -> None:
    await tell(house, proven(house), proven(house), AT_WORK)
    (row,) = await house.all(DoorProof)
    assert (row.waits_for, row.whole) == (None, True)


async def test_a_report_about_something_else_is_an_incident_and_not_kept(house: House) -> None:
    odd = (
        dataclasses.replace(REPORT, door=DoorId("side")),
        dataclasses.replace(REPORT, unit=UnitId("other")),
        dataclasses.replace(REPORT, proof="p2"),
    )
    facts = [dataclasses.replace(proven(house, each), door=FRONT, proof="p1") for each in odd]
    await tell(house, *facts, dataclasses.replace(facts[0], report="[]"))
    assert await house.all(DoorProof) == []
    assert [each.count for each in await house.all(Incident)] == [4]


async def test_a_report_that_another_key_signed_says_so(
    house: House, pages: httpx.AsyncClient
) -> None:
    await tell(house, proven(house, key=SigningKey.generate()))
    assert "signed by an earlier key of the unit" in text_of((await pages.get("/proofs/p1")).text)
    async with house.database.with_transaction() as session:
        row = await session.get(DoorProof, "p1")
        assert row is not None
        row.report = proven(house).report.replace("Paul Martin", "Mallory Mar")
    assert "do not rely on it" in (await pages.get("/proofs/p1")).text


async def test_a_unit_that_refuses_or_is_away_is_said_on_the_page(
    house: House, desk: tuple[Office, Enrolling], pages: httpx.AsyncClient
) -> None:
    desk[1].outcome = Outcome.REFUSED
    page = await pages.get("/doors/front/proof")
    refused = await submit(pages, page, "/doors/front/proof", word="Paul")
    assert (refused.status_code, "the unit has refused: busy" in refused.text) == (409, True)
    async with client(desk[0]) as http:
        moved = await http.post("/api/v1/doors/front/proof", json={"act": "stop"})
        assert moved.status_code == 409
        assert (
            await http.post("/api/v1/doors/none/proof", json={"act": "stop"})
        ).status_code == 404
        assert (await http.get("/api/v1/doors/front/proofs")).json() == []
        assert (await http.get("/api/v1/proofs/none")).status_code == 404


def test_every_act_and_verdict_that_a_unit_can_tell_has_its_words() -> None:
    assert set(words.ACT) == set(words.ASK) == set(Act)
    assert set(words.VERDICT) == set(Verdict)
    assert set(words.EXAM_VERDICT) == set(ExamVerdict)
    assert set(words.EXAM_ADVICE) <= set(words.EXAM)
