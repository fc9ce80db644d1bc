"""The whole way of a pass: sold on the server, taken at a door, booked, told, decided again.

Each story is a plan, what was sold, and taps by the clock on the wall with what becomes of
them: ``pass`` (one is taken), ``free``, ``bill`` or ``no``. The door decides by the compiled
policy and by the moving facts that the server has told; what it does comes back as a journal.
"""

from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from loquet_contract.access.credential import from_uid
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import InMemoryPolicy, PolicyTerms
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import Reason
from loquet_contract.ids import AccessPointId, DoorId, GrantId
from loquet_contract.wire.events import AccessGranted, AccessTaken
from loquet_server.explain import moment
from loquet_server.models import MovingFact, PassUse, Subscription
from loquet_server.policy.compiler import compile_policy
from loquet_server.policy.rows import Source
from loquet_server.policy.source_repository import SourceRepository
from tests.server.desk import client, make_office
from tests.server.house import SITE, UID, House

PARIS = ZoneInfo("Europe/Paris")
FAR = 2**40
START = int(datetime(2025, 10, 6, tzinfo=PARIS).timestamp())

STORIES: dict[str, tuple[dict[str, Any], int, list[tuple[str, str]]]] = {
    "resident": ({"kind": "resident"}, 0, [("10-09 09:00", "free"), ("10-10 02:00", "free")]),
    "carnet of day passes": (
        {"kind": "carnet", "counts": "day"},
        2,
        [
            ("10-09 09:00", "pass"),
            ("10-09 14:00", "free"),
            ("10-10 02:59", "free"),  # the night still belongs to the day before
            ("10-10 03:00", "pass"),
            ("10-11 09:00", "no"),
        ],
    ),
    "carnet of half-day passes": (
        {"kind": "carnet", "counts": "half_day"},
        2,
        [
            ("10-09 09:00", "pass"),
            ("10-09 12:59", "free"),
            ("10-09 13:00", "pass"),
            ("10-09 19:00", "free"),
            ("10-10 09:00", "no"),
        ],
    ),
    "two days a month": (
        {"kind": "part_time", "counts": "day", "allowance": 2, "window": "month"},
        0,
        [
            ("10-09 09:00", "pass"),
            ("10-30 09:00", "pass"),
            ("10-31 09:00", "no"),
            ("11-01 02:59", "no"),  # October ends at the cut-off
            ("11-01 03:00", "pass"),
        ],
    ),
    "two half-days a week": (
        {"kind": "part_time", "counts": "half_day", "allowance": 2, "window": "week"},
        0,
        [
            ("10-24 09:00", "pass"),
            ("10-24 15:00", "pass"),
            ("10-26 02:30", "no"),  # the night in which summer time ends
            ("10-27 02:59", "no"),
            ("10-27 03:00", "pass"),
        ],
    ),
    "an occasional day, billed": (
        {"kind": "day", "counts": "day", "when_empty": "bill"},
        0,
        [("10-09 09:00", "bill"), ("10-09 18:00", "free"), ("10-10 09:00", "bill")],
    ),
    "a carnet that bills when it is empty": (
        {"kind": "carnet", "counts": "day", "when_empty": "bill"},
        1,
        [("10-09 09:00", "pass"), ("10-10 09:00", "bill")],
    ),
    "chosen weekdays": (
        {"kind": "weekdays"},
        0,
        [("10-09 09:00", "free"), ("10-10 00:30", "late"), ("10-14 23:59", "free")],
    ),
    "staff": ({"kind": "staff", "needs_membership": False}, 0, [("10-12 04:00", "free")]),
}


class Story:
    """A member with one plan before one door."""

    def __init__(self, house: House, policy: InMemoryPolicy) -> None:
        self.house, self.policy = house, policy

    async def tap(self, text: str, number: int) -> str:
        """Badge at a time, go in if let in, and say what became of it."""
        at = datetime.strptime(f"2025-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=PARIS)
        utc = int(at.timestamp())
        self.house.now = utc + 1.0
        digest = self.house.keys.unit_digest(from_uid(UID))
        request = AccessRequest(AccessPointId("in"), (digest,))
        answer = decide(request, self.policy, await self.presence(), Now(0, utc))
        if isinstance(answer, Denied):
            return {Reason.NO_PASS_LEFT: "no", Reason.NOT_PERMITTED_NOW: "late"}[answer.reason]
        await self.goes_in(answer, utc, number)
        return "free" if answer.account is None else "bill" if answer.billed else "pass"

    async def presence(self) -> Presence:
        """Return what the server has told."""
        facts = {each.key: each.value for each in await self.house.all(MovingFact)}
        return moment.now(facts, {})

    async def goes_in(self, answer: Granted, utc: int, number: int) -> None:
        """Tell the server, as the door's journal would."""
        journal, grant = self.house.journal, GrantId(f"g{number}")
        first = journal.sequence + 1
        granted = AccessGranted(
            DoorId("front"), AccessPointId("in"), grant, answer.holder, answer.digest,
            answer.rule, 1, account=answer.account, period=answer.period,
            billed=answer.billed or None,
        )  # fmt: skip
        journal.write(granted, utc * 1000)
        journal.write(AccessTaken(DoorId("front"), grant), utc * 1000 + 900)
        await self.house.take(journal.message(first))


async def told(house: House, folder: Path, terms: dict[str, Any], sold: int) -> Story:
    """Make the plan, give it to the house's only member, sell passes; return their story."""
    office, _ = make_office(house, folder)
    async with client(office) as http:
        await http.delete("/api/v1/subscriptions/s1")
        rights = [{"areas": ["salle"], "hours": "always"}]
        body = {"site": str(SITE), "name_fr": "Essai", "rights": rights} | terms
        plan = (await http.post("/api/v1/plans", json=body)).json()["id"]
        weekdays = [1, 3] if terms["kind"] == "weekdays" else None
        wish = {"holder": "h1", "plan": plan, "starts_on": "2025-10-09", "weekdays": weekdays}
        made = await http.post("/api/v1/subscriptions", json=wish)
        assert made.status_code == 201, made.text
        if sold:
            path = f"/api/v1/accounts/{made.json()['account']}/purchases"
            assert (await http.post(path, json={"amount": sold})).status_code == 201
    assert [each.plan for each in await house.all(Subscription)] == [plan]
    async with house.database.reading() as session:
        source = SourceRepository(session)
        frame = await source.frame(str(SITE), START, 60)
        records = compile_policy(Source(frame, await source.people(str(SITE), START)), None)
    return Story(house, InMemoryPolicy.of(PolicyTerms(1, START, FAR, FAR), records))


@pytest.mark.parametrize("name", STORIES)
async def test_a_story_goes_as_it_is_written(house: House, tmp_path: Path, name: str) -> None:
    terms, sold, taps = STORIES[name]
    house.now = START + 3 * 86_400.0
    story = await told(house, tmp_path, terms, sold)
    found = [(text, await story.tap(text, at)) for at, (text, _) in enumerate(taps)]
    assert found == taps
    uses = await house.all(PassUse)
    assert len(uses) == sum(outcome in ("pass", "bill") for _, outcome in taps)
    assert [each.billed for each in uses].count(True) == [each[1] for each in taps].count("bill")
    assert {each.conflict for each in uses} <= {None}


async def test_a_contract_begins_at_midnight_not_at_the_cut_off(
    house: House, tmp_path: Path
) -> None:
    house.now = START + 1.0
    story = await told(house, tmp_path, {"kind": "carnet", "counts": "day"}, 3)
    assert await story.tap("10-09 00:00", 0) == "pass"
    (use,) = await house.all(PassUse)
    assert use.day == "2025-10-08"
