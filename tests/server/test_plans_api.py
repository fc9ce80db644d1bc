"""Plans, subscriptions, accounts and passes over the API; what they mean at the doors."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_contract.access.presence import Balance
from loquet_contract.ids import AccountId
from loquet_server.accounts import service as accounts
from loquet_server.accounts.windows import Clockwork
from loquet_server.models import (
    Audit,
    Holder,
    Organisation,
    Plan,
    Rule,
    Subscription,
)
from loquet_server.office import Office
from loquet_server.passes.sheet import safe
from tests.server.desk import Recorder, client, make_office
from tests.server.house import SITE, START, House
from tests.server.passes import PERIOD, PassHouse

PARIS = Clockwork("Europe/Paris", 180, 780)
CARNET = {
    "site": str(SITE), "kind": "carnet", "name_fr": "Carnet", "counts": "day",
    "rights": [{"areas": ["salle", "calme"], "hours": "always"}],
}  # fmt: skip


@pytest.fixture
async def desk(house: House, tmp_path: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Recorder]]:
    office, recorder = make_office(house, tmp_path)
    async with client(office) as http:
        yield http, recorder


@pytest.fixture
async def http(desk: tuple[httpx.AsyncClient, Recorder]) -> httpx.AsyncClient:
    return desk[0]


@pytest.fixture
async def passes(house: House) -> PassHouse:
    found = PassHouse(house)
    await found.furnish()
    return found


async def ok(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def give(http: httpx.AsyncClient, plan: str, **more: Any) -> Any:
    body = {"holder": "h1", "plan": plan, "starts_on": "2025-10-09"} | more
    return await ok(await http.post("/api/v1/subscriptions", json=body), 201)


# ---- plans --------------------------------------------------------------------------------


async def test_a_plan_says_what_it_allows(http: httpx.AsyncClient, house: House) -> None:
    made = await ok(await http.post("/api/v1/plans", json=CARNET), 201)
    assert (
        made["sentence_en"] == "Day and night, in all areas, each day takes a pass, then refused."
    )
    assert made["rights"] == [{"areas": ["salle", "calme"], "access_points": [], "hours": "always"}]
    assert (made["name_en"], made["members"]) == ("Carnet", 0)
    rule = next(each for each in await house.all(Rule) if each.plan == made["id"])
    assert rule.schedule == "always"
    changed = CARNET | {"rights": [{"areas": ["calme"]}], "prices": [{"cents": 12000}]}
    path = f"/api/v1/plans/{made['id']}"
    after = await ok(await http.put(path, json=changed))
    assert after["sentence_en"].startswith("In opening hours, in Calme, ")
    assert [each.id for each in await house.all(Rule) if each.plan == made["id"]] == [rule.id]
    assert (await ok(await http.get(path))) == after


@pytest.mark.parametrize(
    "changed",
    [
        {"site": "nowhere"},
        {"rights": [{"areas": ["nowhere"]}]},
        {"rights": [{"areas": [], "access_points": ["nowhere"]}]},
        {"rights": [{"areas": ["salle"], "hours": "nowhere"}]},
        {"allowance": 3},
        {"counts": None, "allowance": 3, "window": "month"},
        {"stale_days": 31},
        {"expires_days": 401},
        {"kind": "dreams"},
        {"name_fr": "a\u0000b"},
    ],
)
async def test_a_plan_that_cannot_be_is_refused(
    http: httpx.AsyncClient, house: House, changed: dict[str, Any]
) -> None:
    answer = await http.post("/api/v1/plans", json=CARNET | changed)
    assert answer.status_code == 422
    assert [each.id for each in await house.all(Plan)] == ["resident"]


async def test_what_a_change_means_is_told_before(http: httpx.AsyncClient) -> None:
    plan = await ok(await http.get("/api/v1/plans/resident"))
    same = await ok(await http.post("/api/v1/plans/resident/effect", json=plan))
    assert same == {"fr": [], "en": []}
    fewer = plan | {"rights": [{"access_points": ["in"], "hours": "always"}], "expires_days": 10}
    told = (await ok(await http.post("/api/v1/plans/resident/effect", json=fewer)))["en"]
    assert "1 member loses" in told[0] and "Calme" in told[0]
    assert told[-1] == "A door without connection goes on opening for 10 days."


async def test_a_plan_that_somebody_has_is_not_deleted(http: httpx.AsyncClient) -> None:
    refused = await http.delete("/api/v1/plans/resident")
    assert (refused.status_code, refused.headers["content-type"]) == (
        409, "application/problem+json",
    )  # fmt: skip
    assert (await ok(await http.post("/api/v1/plans/resident/archive")))["archived_at"] == START
    body = {"holder": "h1", "plan": "resident", "starts_on": "2025-10-09"}
    assert (await http.post("/api/v1/subscriptions", json=body)).status_code == 422
    assert await ok(await http.get("/api/v1/plans?archived=false")) == []
    made = await ok(await http.post("/api/v1/plans", json=CARNET), 201)
    await ok(await http.delete(f"/api/v1/plans/{made['id']}"), 204)


async def test_lists_go_page_by_page(http: httpx.AsyncClient, passes: PassHouse) -> None:
    seen, path = [], "/api/v1/plans?limit=2"
    while path:
        answer = await http.get(path)
        seen += [each["id"] for each in answer.json()]
        path = answer.links.get("next", {}).get("url", "")
    assert seen == sorted(seen)
    assert len(seen) == 6


# ---- subscriptions ------------------------------------------------------------------------


async def test_a_plan_that_counts_gets_an_account_and_keeps_it(
    http: httpx.AsyncClient, house: House, passes: PassHouse
) -> None:
    first = await give(http, "carnet", ends_on="2025-10-31", weekdays=[4, 1, 1], price="120 €")
    again = await give(http, "carnet", starts_on="2025-11-01")
    assert first["account"] == again["account"] == "carnet"
    assert first["weekdays"] == [1, 4]
    assert (await give(http, "resident"))["account"] is None
    path = f"/api/v1/subscriptions/{first['id']}"
    longer = await ok(await http.put(path, json={"starts_on": "2025-10-09", "grace_days": 3}))
    assert (longer["ends_on"], longer["grace_days"]) == (None, 3)
    ended = await ok(await http.post(f"{path}/end", json={"ends_on": "2025-10-01"}))
    assert (ended["ends_on"], ended["grace_days"]) == ("2025-10-08", 0)
    await ok(await http.delete(path), 204)
    listed = await ok(await http.get("/api/v1/subscriptions?holder=h1&plan=carnet"))
    assert [each["id"] for each in listed] == [again["id"]]


async def test_what_was_used_is_not_deleted(http: httpx.AsyncClient, passes: PassHouse) -> None:
    made = await give(http, "carnet")
    passes.takes(passes.hall, "carnet")
    await passes.hear(passes.hall)
    refused = await http.delete(f"/api/v1/subscriptions/{made['id']}")
    assert (refused.status_code, "end it instead" in refused.text) == (409, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"holder": "nobody"},
        {"holder": "stranger"},
        {"plan": "nothing"},
        {"ends_on": "2025-10-08"},
        {"account": "days"},
        {"account": "shared"},
        {"weekdays": []},
        {"weekdays": [7]},
        {"starts_on": "tomorrow"},
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(
    http: httpx.AsyncClient, house: House, passes: PassHouse, changed: dict[str, Any]
) -> None:
    body = {"holder": "h1", "plan": "carnet", "starts_on": "2025-10-09"} | changed
    assert (await http.post("/api/v1/subscriptions", json=body)).status_code == 422
    assert [each.id for each in await house.all(Subscription)] == ["s1"]


async def test_a_plan_that_begins_to_count_gives_everybody_an_account(
    http: httpx.AsyncClient, house: House
) -> None:
    plan = await ok(await http.get("/api/v1/plans/resident"))
    changed = plan | {"counts": "day", "allowance": 3, "window": "week"}
    await ok(await http.put("/api/v1/plans/resident", json=changed))
    (row,) = await house.all(Subscription)
    account = await ok(await http.get(f"/api/v1/accounts/{row.account}"))
    assert (account["holder"], account["left"]) == ("h1", 3)


# ---- passes -------------------------------------------------------------------------------


async def test_what_is_sold_is_told_to_the_doors(
    desk: tuple[httpx.AsyncClient, Recorder], passes: PassHouse
) -> None:
    http, recorder = desk
    await ok(await http.post("/api/v1/accounts/carnet/purchases", json={"amount": 10}), 201)
    body = {"amount": -3, "reason": "counted wrong"}
    await ok(await http.post("/api/v1/accounts/carnet/corrections", json=body), 201)
    told = [payload for topic, payload, _ in recorder.published if topic.endswith("/moving")]
    assert len(told) == 4  # twice, to two units
    shown = await ok(await http.get("/api/v1/accounts/carnet"))
    assert shown["left"] == 7
    came = await ok(await http.get("/api/v1/accounts/carnet/purchases"))
    assert [(each["amount"], each["reason"]) for each in came] == [(-3, "counted wrong"), (10, "")]


async def test_a_refund_gives_the_pass_back_and_the_day_stays_paid(
    http: httpx.AsyncClient, house: House, passes: PassHouse
) -> None:
    await passes.buy("carnet", 1)
    passes.takes(passes.hall, "carnet")
    await passes.hear(passes.hall)
    (use,) = await ok(await http.get("/api/v1/passes?account=carnet"))
    assert "at" not in use and "unit" not in use
    path = f"/api/v1/passes/{use['id']}/refund"
    assert (await http.post(path, json={"reason": " "})).status_code == 422
    await ok(await http.post(path, json={"reason": "fire drill"}))
    assert (await http.post(path, json={"reason": "again"})).status_code == 409
    assert (await ok(await http.get("/api/v1/accounts/carnet")))["left"] == 1
    passes.takes(passes.far, "carnet", at=START + 60_000)  # had not heard of it
    published = await passes.hear(passes.far)
    assert (await ok(await http.get("/api/v1/accounts/carnet")))["left"] == 1
    assert all(AccountId("carnet") not in each.paid for each in passes.told(published))
    (row,) = [each for each in await house.all(Audit) if each.action == "pass:use:refund"]
    assert (row.subject, row.reason, row.actor) == (str(use["id"]), "fire drill", "local operator")


async def test_a_refund_clears_whoever_was_overdrawn(
    http: httpx.AsyncClient, passes: PassHouse
) -> None:
    await passes.buy("shared", 1)
    passes.takes(passes.hall, "shared", holder="h2")
    passes.takes(passes.hall, "shared", holder="h3", at=START + 1)
    await passes.hear(passes.hall)
    (conflict,) = await ok(await http.get("/api/v1/passes?conflict=true"))
    assert conflict["holder"] == "h3"
    first = (await passes.uses("shared"))[0]
    await ok(await http.post(f"/api/v1/passes/{first.id}/refund", json={"reason": "ill"}))
    assert await ok(await http.get("/api/v1/passes?conflict=true")) == []


async def test_an_organisation_shares_an_account(
    http: httpx.AsyncClient, house: House, passes: PassHouse
) -> None:
    async with house.database.with_transaction() as session:
        session.add(Organisation(id="o1", site=str(SITE), name="Mairie"))
        await session.flush()
        for name in ("h1", "h2"):
            holder = await session.get(Holder, name)
            assert holder is not None
            holder.organisation = "o1"
    body = {"organisation": "o1", "plan": "carnet"}
    account = (await ok(await http.post("/api/v1/accounts", json=body), 201))["id"]
    for name in ("h1", "h2"):
        assert (await give(http, "carnet", holder=name, account=account))["account"] == account
    refused = {"holder": "h3", "plan": "carnet", "starts_on": "2025-10-09", "account": account}
    assert (await http.post("/api/v1/subscriptions", json=refused)).status_code == 422
    not_counting = {"organisation": "o1", "plan": "resident"}
    assert (await http.post("/api/v1/accounts", json=not_counting)).status_code == 422
    await ok(await http.post(f"/api/v1/accounts/{account}/purchases", json={"amount": 5}), 201)
    for name in ("h1", "h2"):
        passes.takes(passes.hall, account, holder=name)
    await passes.hear(passes.hall)
    (shown,) = await ok(await http.get("/api/v1/accounts?organisation=o1"))
    assert shown["left"] == 3


async def test_more_in_each_month_is_told_for_this_month_too(
    http: httpx.AsyncClient, passes: PassHouse
) -> None:
    passes.takes(passes.hall, "days")
    await passes.hear(passes.hall)
    plan = await ok(await http.get("/api/v1/plans/days"))
    await ok(await http.put("/api/v1/plans/days", json=plan | {"allowance": 5}))
    assert (await ok(await http.get("/api/v1/accounts/days")))["left"] == 4


async def test_sales_at_the_same_moment_all_count(
    http: httpx.AsyncClient, passes: PassHouse
) -> None:
    path = "/api/v1/accounts/carnet/purchases"
    sales = (http.post(path, json={"amount": 1}) for _ in range(10))
    assert {each.status_code for each in await asyncio.gather(*sales)} == {201}
    assert (await ok(await http.get("/api/v1/accounts/carnet")))["left"] == 10


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/plans/nothing"),
        ("GET", "/api/v1/subscriptions/nothing"),
        ("GET", "/api/v1/accounts/nothing"),
        ("POST", "/api/v1/passes/99/refund"),
        ("DELETE", "/api/v1/plans/nothing"),
    ],
)
async def test_what_is_not_there_is_not_found(
    http: httpx.AsyncClient, method: str, path: str
) -> None:
    answer = await http.request(method, path, json={"reason": "x"} if method == "POST" else None)
    assert answer.status_code == 404


# ---- windows ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("window", "at", "start", "end"),
    [
        # the last second before Monday's cut-off, and the first of the new week
        ("week", 1_760_317_199, 1_759_712_400, 1_760_317_200),
        ("week", 1_760_317_200, 1_760_317_200, 1_760_922_000),
        # summer time ends on 26 October 2025: the week has an hour more
        ("week", 1_761_400_000, 1_760_922_000, 1_761_530_400),
        ("month", 1_761_400_000, 1_759_280_400, 1_761_962_400),
        # February 2024 has 29 days
        ("month", 1_709_200_000, 1_706_752_800, 1_709_258_400),
        # the year's last night
        ("month", 1_767_231_000, 1_764_554_400, 1_767_232_800),
    ],
)
def test_windows_begin_at_the_cut_off(window: str, at: int, start: int, end: int) -> None:
    assert PARIS.window(window, at) == (start, end)


def test_halves_of_a_day_by_the_clock_on_the_wall() -> None:
    assert [PARIS.half(PERIOD), PARIS.half(PERIOD + 10 * 3600)] == ["am", "pm"]


@pytest.mark.parametrize(("text", "shown"), [("=1+1", "'=1+1"), ("@x", "'@x"), ("Léa", "Léa")])
def test_a_sheet_holds_no_formula(text: str, shown: str) -> None:
    assert safe(text) == shown


async def test_what_was_left_at_a_moment(office_of: Office, passes: PassHouse) -> None:
    await passes.buy("carnet", 2, at=START - 5000)
    passes.takes(passes.hall, "carnet")
    await passes.hear(passes.hall)
    async with office_of.database.reading() as session:
        before = await accounts.left_at(session, "carnet", START // 1000 - 1)
        after = await accounts.left_at(session, "carnet", START // 1000 + 1)
        assert await accounts.left_at(session, "nothing", 0) is None
    assert (before, after) == (Balance(2), Balance(1))


@pytest.fixture
def office_of(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]
