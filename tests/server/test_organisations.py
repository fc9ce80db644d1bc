"""Organisations: their people, and day counts that say nothing of anybody."""

from collections import Counter
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from loquet_server.models import Audit, Holder, Organisation, PassAccount, PassPurchase, PassUse
from loquet_server.organisations.days import FEWEST, Use, by_month
from tests.server.desk import client, make_office
from tests.server.house import SITE, START, House
from tests.server.pages.desk import browser
from tests.server.pages.reading import text_of

USES = st.lists(
    st.builds(
        Use,
        st.sampled_from("abcdef"),
        st.dates().map(lambda day: day.replace(year=2026, month=day.month % 3 + 1).isoformat()
                       if day.day < 29 else "2026-01-15"),
        st.booleans(),
    ),
    max_size=60,
)  # fmt: skip


@given(USES)
def test_day_counts_add_up_and_few_people_are_not_counted(uses: list[Use]) -> None:
    months = by_month(uses)
    assert sum(each.days for each in months) == sum(0.5 if use.half else 1 for use in uses)
    people = Counter(month for month, _ in {(use.day[:7], use.holder) for use in uses})
    assert {each.month: each.people for each in months} == {
        month: count if count >= FEWEST else None for month, count in people.items()
    }
    assert [each.month for each in months] == sorted(people, reverse=True)


async def shared(house: House) -> None:
    """Let three people share an account, and use it."""
    async with house.database.with_transaction() as session:
        session.add(Organisation(id="o1", site=SITE, name="=Plouf", kind="commune"))
        await session.flush()
        session.add_all([
            Holder(id=f"p{at}", site=SITE, name=f"Person {at}", organisation="o1")
            for at in range(3)
        ])  # fmt: skip
        session.add(PassAccount(id="a1", site=SITE, plan="resident", organisation="o1"))
        await session.flush()
        session.add(PassPurchase(account="a1", amount=10, at=START, actor="Léa"))
        for at, (who, day, half, refunded) in enumerate(
            (
                ("p0", "2025-10-01", None, None), ("p1", "2025-10-01", "am", None),
                ("p2", "2025-10-02", None, None), ("p2", "2025-10-03", None, START),
                ("p0", "2025-09-30", None, None),
            )
        ):  # fmt: skip
            session.add(
                PassUse(
                    account="a1", holder=who, period=at, day=day, half=half, at=START,
                    refunded_at=refunded,
                )
            )  # fmt: skip


async def test_the_representative_sees_day_counts_only(house: House, tmp_path: Path) -> None:
    await shared(house)
    office, _ = make_office(house, tmp_path)
    async with client(office) as http:
        counts = (await http.get("/api/v1/organisations/o1/days")).json()
        assert counts == [
            {"month": "2025-10", "days": 2.5, "people": 3},
            {"month": "2025-09", "days": 1.0, "people": None},
        ]
    async with browser(office, "fr") as pages:
        table = await pages.get("/organisations/o1/days.csv")
        assert table.text.splitlines()[1:] == ["2025-10;2,5;3", "2025-09;1;moins de 3"]
        assert "attachment" in table.headers["content-disposition"]
        shown = (await pages.get("/organisations/o1/days")).text
        assert "Octobre 2025" in text_of(shown)
        for secret in ("Person 1", "2025-10-01", "Front"):
            assert secret not in shown + table.text
    looks = [row.action for row in await house.all(Audit)]
    assert looks == ["organisation:days:read"] * 3


async def test_an_organisation_is_added_changed_and_archived(house: House, tmp_path: Path) -> None:
    await shared(house)
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert (await pages.post("/organisations/new", data={"name": ""})).status_code == 422
        made = await pages.post("/organisations/new", data={"name": "ACME", "kind": "employer"})
        path = made.headers["location"].partition("?")[0]
        await pages.post(f"{path}/edit", data={"name": "ACME & Co", "kind": "association"})
        assert "ACME & Co Association" in text_of((await pages.get(path)).text)
        assert 'value="ACME &amp; Co"' in (await pages.get(f"{path}/edit")).text
        one = text_of((await pages.get("/organisations/o1")).text)
        assert "Person 1" in one
        assert "10 passes bought, 4 passes used 6 left" in one
        await pages.post(f"{path}/archive")
        assert "ACME" not in text_of((await pages.get("/organisations")).text)
        assert "ACME" in (await pages.get("/organisations?archived=true")).text
        await pages.post(f"{path}/unarchive")
    async with client(office) as http:
        listed = (await http.get("/api/v1/organisations")).json()
        assert {each["name"] for each in listed} == {"ACME & Co", "=Plouf"}
        one = path.rpartition("/")[2]
        given = {"name": "Zed", "kind": "other"}
        assert (await http.put(f"/api/v1/organisations/{one}", json=given)).json()[
            "kind"
        ] == "other"
        assert (await http.post("/api/v1/organisations", json=given)).status_code == 201
        assert (await http.get("/api/v1/organisations/none")).status_code == 404
        assert (await http.post(f"/api/v1/organisations/{one}/archive")).status_code == 200
        assert (await http.post(f"/api/v1/organisations/{one}/unarchive")).status_code == 200
