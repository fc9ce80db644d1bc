"""Pages of plans and passes: made from a ready one, given, prolonged, sold, given back."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from loquet_server.models import (
    Audit,
    Holder,
    PassPurchase,
    PassUse,
    Plan,
    Rule,
    Schedule,
    Subscription,
)
from loquet_server.office import Office
from loquet_server.plans.ready import READY
from tests.server.desk import make_office
from tests.server.house import SITE, START, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of
from tests.server.passes import PassHouse


@pytest.fixture
def office(house: House, tmp_path: Path) -> Office:
    return make_office(house, tmp_path)[0]


_INPUT = re.compile(r"<input([^>]*)>")
_SELECT = re.compile(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def form_of(html: str) -> dict[str, Any]:
    """Return what a browser would send of the page's first form, untouched."""
    html = html[html.index('<form class="form"') :]
    html = html[: html.index("</form>")]
    found: dict[str, Any] = {}
    for tag in _INPUT.findall(html):
        marks = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if marks.get("type") == "checkbox" and not re.search(r"\schecked\b", tag):
            continue
        found.setdefault(marks["name"], []).append(marks.get("value", ""))
    for name, options in _SELECT.findall(html):
        chosen = re.search(r'value="([^"]*)" selected', options)
        first = re.search(r'value="([^"]*)"', options)
        assert first is not None
        found.setdefault(name, []).append((chosen or first)[1])
    return found


async def made(pages: httpx.AsyncClient, kind: str, **changed: Any) -> str:
    """Make a plan of a kind; return its page."""
    form = form_of((await pages.get(f"/plans/new?kind={kind}")).text) | changed
    answer = await pages.post("/plans/new", data=form)
    assert answer.status_code == 303, text_of(answer.text)
    return answer.headers["location"].partition("?")[0]


async def test_every_ready_plan_can_be_made_and_says_what_it_allows(
    house: House, office: Office
) -> None:
    async with browser(office) as pages:
        for kind in READY:
            path = await made(pages, kind)
            assert (await pages.get(path)).status_code == 200
        listed = text_of((await pages.get("/plans")).text)
        french = text_of((await pages.get("/plans?lang=fr")).text)
    for sentence in (
        "Day and night, in all areas.",
        "In opening hours, in all areas, 8 days a month, then refused.",
        "In opening hours, in all areas, 4 half-days a week, then refused.",
        "In opening hours, in all areas, on the weekdays chosen with each member.",
        "In opening hours, in all areas, each day takes a pass, then refused.",
        "each day takes a pass, then let in and marked for billing.",
    ):
        assert sentence in listed
    assert "Aux heures d'ouverture, dans toutes les zones, 8 jours par mois, puis refus." in french
    assert len(await house.all(Plan)) == 1 + len(READY)
    assert sorted(each.hours for each in await house.all(Schedule)) == [
        "", "Mo-Fr 18:00-24:00; Sa-Su 00:00-24:00",
    ]  # fmt: skip


async def test_a_plan_is_changed_with_its_effect_in_view(house: House, office: Office) -> None:
    async with browser(office) as pages:
        form = form_of((await pages.get("/plans/resident")).text)
        assert form["ways_0"] == ["in", "quiet"]
        form |= {"counts": ["day"], "window": ["month"], "allowance": ["8"]}
        shown = text_of((await pages.post("/plans/resident", data=form)).text)
        assert "1 member: as often as they like → 8 days a month, then refused" in shown
        assert (await house.get(Plan, "resident")).counts is None
        saved = await pages.post("/plans/resident", data=form | {"confirmed": "true"})
        assert saved.status_code == 303
        nothing = await pages.post("/plans/resident", data=form)
        assert nothing.status_code == 303
    row = await house.get(Plan, "resident")
    assert (row.counts, row.allowance, row.window) == ("day", 8, "month")
    (rule,) = await house.all(Rule)
    assert (rule.id, rule.access_points, rule.schedule) == ("r1", ["in", "quiet"], "always")
    assert (await house.get(Subscription, "s1")).account is not None


async def test_fewer_hours_are_said_before_they_are_saved(house: House, office: Office) -> None:
    async with house.database.with_transaction() as session:
        session.add(Schedule(id="week", site="maison", name="Week", hours="Mo-Fr 09:00-18:00"))
    async with browser(office) as pages:
        form = form_of((await pages.get("/plans/resident")).text) | {"hours_0": "week"}
        shown = text_of((await pages.post("/plans/resident", data=form)).text)
    assert "1 member loses Saturday" in shown or "1 member loses every Saturday" in shown


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"name_fr": " "}, "Please fill this in."),
        ({"counts": "day", "window": "month"}, "Say how many, and for each week or each month."),
        ({"expires_days": "3"}, "The warning must come before the end."),
        ({"expires_days": "401"}, "This number is too large."),
        ({"price_euros": ["twelve", ""]}, "Write a price such as 12 or 12.50."),
        ({"price_euros": ["12", ""], "price_from": ["none", "1"]}, "Please write a whole number."),
        ({"price_euros": ["12"], "price_from": ["9" * 5000]}, "Please write a whole number."),
    ],
)
async def test_what_does_not_fit_is_said_and_nothing_is_lost(
    house: House, office: Office, changed: dict[str, Any], said: str
) -> None:
    async with browser(office) as pages:
        form = form_of((await pages.get("/plans/new?kind=full_time")).text)
        form |= {"name_en": "Kept as typed"} | changed
        answer = await pages.post("/plans/new", data=form)
    assert answer.status_code == 422
    assert said in text_of(answer.text)
    assert 'value="Kept as typed"' in answer.text
    assert len(await house.all(Plan)) == 1


async def test_prices_are_kept_as_labels(house: House, office: Office) -> None:
    async with browser(office) as pages:
        path = await made(
            pages, "carnet", price_label=["Carnet", "Solidaire"], price_euros=["120", "60,5"],
            price_per=["carnet", "carnet"], price_from=["10", "1"],
            price_tariff=["full", "solidarity"],
        )  # fmt: skip
        shown = (await pages.get(path)).text
        assert 'value="60.50"' in shown
        give = (await pages.get(f"/members/h1/plans/new?plan={path.rpartition('/')[2]}")).text
        assert "Carnet · 120 € (× 10+)" in give
    row = await house.get(Plan, path.rpartition("/")[2])
    assert [(each["cents"], each["solidarity"]) for each in row.prices] == [
        (12_000, False), (6050, True),
    ]  # fmt: skip


async def test_a_plan_in_use_is_put_away_not_deleted(house: House, office: Office) -> None:
    async with browser(office) as pages:
        refused = await pages.post("/plans/resident/delete")
        assert refused.status_code == 409
        assert "used by 1 subscriptions" in text_of(refused.text)
        assert (await pages.post("/plans/resident/away")).status_code == 303
        assert "1 plan is not offered any more" in text_of((await pages.get("/plans")).text)
        offered = text_of((await pages.get("/members/h1/plans/new")).text)
        assert "There is no plan to give yet." in offered
        await pages.post("/plans/resident/back")
        path = await made(pages, "day")
        assert (await pages.post(f"{path}/delete")).status_code == 303
    assert [each.id for each in await house.all(Plan)] == ["resident"]
    actions = [each.action for each in await house.all(Audit)]
    assert actions == [
        "plan:record:archive", "plan:record:unarchive", "plan:record:create", "plan:record:delete",
    ]  # fmt: skip


async def test_a_carnet_is_given_sold_and_prolonged(house: House, office: Office) -> None:
    async with browser(office) as pages:
        plan = (await made(pages, "carnet")).rpartition("/")[2]
        form = form_of((await pages.get(f"/members/h1/plans/new?plan={plan}")).text)
        assert form["starts_on"] == ["2025-10-09"]
        wrong = await pages.post(
            "/members/h1/plans/new", data=form | {"ends_on": "2025-10-01", "passes": "10"}
        )
        assert "The last day must not be before the first." in text_of(wrong.text)
        given = await pages.post(
            "/members/h1/plans/new", data=form | {"passes": "10", "price": "Carnet · 120 €"}
        )
        assert given.status_code == 303, text_of(given.text)
        shown = text_of((await pages.get("/members/h1/plans")).text)
        assert "Passes left 10" in shown
        row = next(each for each in await house.all(Subscription) if each.plan == plan)
        path = f"/members/h1/plans/{row.id}"
        form = form_of((await pages.get(path)).text)
        assert (await pages.post(path, data=form | {"ends_on": "2025-12-31"})).status_code == 303
        assert (await pages.post(f"{path}/end")).status_code == 303
        assert "1 plan has ended" in text_of((await pages.get("/members/h1/plans")).text)
        assert (await pages.post(f"{path}/delete")).status_code == 303
    (purchase,) = await house.all(PassPurchase)
    assert (purchase.amount, purchase.price) == (10, "Carnet · 120 €")


async def test_chosen_weekdays_have_to_be_chosen(house: House, office: Office) -> None:
    async with browser(office) as pages:
        plan = (await made(pages, "weekdays")).rpartition("/")[2]
        form = form_of((await pages.get(f"/members/h1/plans/new?plan={plan}")).text)
        wrong = await pages.post("/members/h1/plans/new", data=form)
        assert "Choose the weekdays" in text_of(wrong.text)
        given = await pages.post("/members/h1/plans/new", data=form | {"weekdays": ["1", "3"]})
        assert given.status_code == 303
        assert "Tuesday" in text_of((await pages.get("/members/h1/plans")).text)
    rows = [each for each in await house.all(Subscription) if each.plan == plan]
    assert [each.weekdays for each in rows] == [[1, 3]]


async def test_passes_are_sold_corrected_and_given_back(house: House, office: Office) -> None:
    passes = PassHouse(house)
    await passes.furnish()
    passes.takes(passes.hall, "carnet", at=START - 1000)
    passes.takes(passes.hall, "bill", at=START - 1000)
    await passes.hear(passes.hall)
    async with browser(office) as pages:
        shown = text_of((await pages.get("/passes")).text)
        assert "let in on a pass that another door had taken already" in shown
        assert "Camille bill 9 Oct 2025" in shown
        path = "/passes/accounts/carnet"
        await pages.post(f"{path}/sell", data={"amount": "10", "price": "120"})
        wrong = await pages.post(f"{path}/correct", data={"amount": "-2"})
        assert (wrong.status_code, "Please fill this in." in wrong.text) == (422, True)
        await pages.post(f"{path}/correct", data={"amount": "-2", "reason": "typed twice"})
        assert "7 passes left" in text_of((await pages.get(path)).text)
        (use,) = await passes.uses("carnet")
        refund = f"/passes/uses/{use.id}"
        assert "The pass goes back to the account." in text_of((await pages.get(refund)).text)
        assert (await pages.post(refund, data={})).status_code == 422
        assert (await pages.post(refund, data={"reason": "alarm drill"})).status_code == 303
        again = await pages.post(refund, data={"reason": "alarm drill"})
        assert "given back already" in text_of(again.text)
        after = text_of((await pages.get(path)).text)
        assert "8 passes left" in after
        assert "given back: alarm drill" in after
    actions = {each.action for each in await house.all(Audit)}
    assert actions >= {"pass:purchase:create", "pass:purchase:correct", "pass:use:refund"}


async def test_what_is_to_be_billed_comes_as_a_sheet(house: House, office: Office) -> None:
    passes = PassHouse(house)
    await passes.furnish()
    passes.takes(passes.hall, "bill", at=START - 1000)
    await passes.hear(passes.hall)
    async with browser(office, "fr") as pages:
        sheet = await pages.get("/passes/billed.csv?month=2025-10")
        assert (await pages.get("/passes/billed.csv?month=2025-13")).status_code == 422
    lines = sheet.content.decode("utf-8-sig").splitlines()
    assert lines == ["Membre;Forfait;Jour;Demi-journée", "Camille;bill;2025-10-09;"]
    (use,) = await house.all(PassUse)
    assert use.billed


@pytest.mark.parametrize("month", ["0000-01", "0001-01", "9999-12"])
async def test_months_that_no_calendar_has_are_refused(office: Office, month: str) -> None:
    async with browser(office) as pages:
        assert (await pages.get(f"/passes?month={month}")).status_code == 422
        assert (await pages.get("/passes?month=2100-12")).status_code == 200


async def test_a_plan_with_used_passes_is_not_deleted_and_its_form_is_shown(
    house: House, office: Office
) -> None:
    passes = PassHouse(house)
    await passes.furnish()
    passes.takes(passes.hall, "carnet", at=START - 1000)
    await passes.hear(passes.hall)
    path = "/members/h1/plans/s9"
    async with house.database.with_transaction() as session:
        session.add(
            Subscription(
                id="s9", site=SITE, holder="h1", plan="carnet", account="carnet",
                starts_on="2025-01-01",
            )
        )  # fmt: skip
    async with browser(office) as pages:
        answer = await pages.post(f"{path}/delete")
        assert answer.status_code == 409
        assert "Passes were used by it: end it instead." in text_of(answer.text)
        assert form_of(answer.text)["ends_on"] == [""]


async def test_a_plan_is_found_at_whoever_has_it(house: House, office: Office) -> None:
    async with house.database.with_transaction() as session:
        session.add(Holder(id="h9", site=SITE, name="Somebody else"))
    async with browser(office) as pages:
        assert (await pages.get("/members/h1/plans/s1")).status_code == 200
        assert (await pages.get("/members/h9/plans/s1")).status_code == 404
        assert (await pages.post("/members/h9/plans/s1/end")).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/plans/none", "/plans/new?kind=none", "/members/none/plans", "/members/h1/plans/none",
        "/passes/accounts/none", "/passes/uses/99",
    ],
)  # fmt: skip
async def test_what_is_not_there_is_said_so(office: Office, path: str) -> None:
    async with browser(office) as pages:
        assert (await pages.get(path)).status_code == 404
