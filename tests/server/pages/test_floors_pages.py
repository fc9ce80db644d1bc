"""Floors without a mouse and without scripts; the live view with a plan, and several spaces."""

import io
from pathlib import Path

import httpx
import pytest
from PIL import Image

from loquet_server.database import Database
from loquet_server.live.fragments import render_fragments
from loquet_server.live.schemas import DeskView, ReservedView
from loquet_server.live.service import LiveService
from loquet_server.models import Area, DeskState, Floor, Site, UnitState
from tests.server.desk import make_office
from tests.server.house import House
from tests.server.pages import space
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.house import OrdersTaken
from tests.server.pages.reading import part_of, text_of

PLAN = {
    "shapes": [{"kind": "room", "points": [[20, 20], [900, 500]], "text": ""}],
    "marks": [
        {"kind": "area", "subject": "openspace", "points": [[20, 20], [900, 500]]},
        {"kind": "desk", "subject": "g01", "points": [[100, 200]]},
        {"kind": "desk", "subject": "g02", "points": [[200, 200]]},
        {"kind": "desk", "subject": "gone", "points": [[300, 200]]},
        {"kind": "door", "subject": "entree", "points": [[500, 500]]},
        {"kind": "unit", "subject": "entree", "points": [[600, 400]]},
    ],
}


@pytest.fixture
async def drawn(furnished: Database) -> Database:
    """The furnished space with a plan."""
    async with furnished.with_transaction() as session:
        session.add(Floor(id="rez", site="moulin", name="Rez", height=600, plan=PLAN))
    return furnished


async def test_a_plan_is_made_by_typing_alone(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as http:
        empty = await http.get("/floors")
        assert "No plan yet" in text_of(empty.text)
        made = await submit(http, empty, "/floors", name="Ground")
        path = made.headers["location"]
        page = await http.get(path)
        wrong = await submit(http, page, path, **{"x:desk:d1": "a", "y:desk:d1": "20"})
        assert wrong.status_code == 422
        assert "Write numbers from 0 to 100" in text_of(wrong.text)
        typed = {"x:desk:d1": "12.5", "y:desk:d1": "20", "points:area:salle": "5 5; 60 50"}
        saved = await submit(http, page, path, shapes="wall 0 0; 100 0", **typed)
        assert saved.headers["location"] == f"{path}?done=saved"
        again = await submit(http, page, path, name="Mine")
        assert (again.status_code, "while you were drawing" in text_of(again.text)) == (409, True)
        assert 'value="Mine"' in again.text
        meant = await submit(http, again, path)
        assert meant.status_code == 303
        live = await http.get("/")
        assert 'aria-label="Plan of Mine"' in live.text
    (row,) = await house.all(Floor)
    assert (row.name, row.revision) == ("Mine", 3)


async def test_a_picture_is_served_for_ever_and_only_as_ours(house: House, tmp_path: Path) -> None:
    office, _ = make_office(house, tmp_path)
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    async with browser(office) as http:
        path = (await http.post("/floors", data={"name": "Ground"})).headers["location"]
        put = f"{path}/image"
        sent = await http.post(put, files={"file": ("plan.png", out.getvalue(), "image/png")})
        assert sent.status_code == 303
        (row,) = await house.all(Floor)
        assert row.height == 750
        shown = await http.get(f"{put}/{row.image}")
        assert shown.headers["content-type"] == "image/webp"
        assert "immutable" in shown.headers["cache-control"]
        assert (await http.get(f"{put}/{'0' * 64}")).status_code == 404
        for name, body, said in (
            ("x.svg", b"<svg/>", "may hold programs"), ("x.png", b"no", "no picture"),
            ("x.png", bytes(5 << 20), "larger than 4 MB"), ("", b"", "Choose a picture"),
        ):  # fmt: skip
            bad = await http.post(put, files={"file": (name, body)})
            assert (bad.status_code, said in text_of(bad.text)) == (422, True), said
        assert (await http.post(f"{put}/remove")).status_code == 303
        assert (await http.post(f"{path}/delete")).status_code == 303
    assert await house.all(Floor) == []


async def test_the_plan_says_each_state_by_word_and_in_a_table_too(
    client: httpx.AsyncClient, drawn: Database
) -> None:
    until = space.NOW + 12 * space.MINUTE
    async with drawn.with_transaction() as session:
        await session.merge(DeskState(desk="g02", state="away", evidence="badge", until=until))
    page = (await client.get("/")).text
    assert part_of(page, "plan-desk-g01") == "G1 occupé"
    assert part_of(page, "plan-desk-g02") == "G2 12 min"
    assert 'aria-label="G2, Absent un instant, de nouveau libre dans 12 minutes' in page
    assert "Absent un instant" in part_of(page, "desk-g02")
    assert "plan-desk-gone" not in page
    assert 'aria-label="Porte d&#39;entrée, Ouverte"' in page
    assert 'class="legend"' in page


async def test_desks_of_an_offline_unit_are_unknown_on_the_plan(
    client: httpx.AsyncClient, drawn: Database
) -> None:
    async with drawn.with_transaction() as session:
        await session.merge(UnitState(unit="entree", online=False))
    page = (await client.get("/?lang=en")).text
    assert part_of(page, "plan-desk-g01") == "G1 unknown"
    assert "is-unknown" in page.split('id="plan-door-entree"')[1].split(">")[0]


def test_booking_and_presence_are_combined_for_display_only() -> None:
    booked = ReservedView(space.NOW, space.NOW + space.MINUTE)
    shown = {
        state: DeskView("d", "1", state, reserved=booked).shown
        for state in ("free", "occupied", "away", "unknown", "melted")
    }
    assert shown == {
        "free": "reserved", "occupied": "occupied", "away": "away", "unknown": "unknown",
        "melted": "unknown",
    }  # fmt: skip


async def test_a_change_of_one_desk_changes_few_fragments(drawn: Database) -> None:
    live = LiveService(drawn.read, lambda: space.NOW)

    async def fragments() -> dict[str, str]:
        view = await live.view()
        assert view is not None
        return render_fragments(view, "fr")

    before = await fragments()
    async with drawn.with_transaction() as session:
        await session.merge(DeskState(desk="g01", state="free", evidence="hold_ended"))
    after = await fragments()
    assert {name for name in after if after[name] != before[name]} == {
        "figures", "area-openspace", "floor-rez-1", "plan-area-openspace", "plan-desk-g01",
        "desk-g01",
    }  # fmt: skip


async def test_a_large_screen_names_nobody_and_orders_nothing(
    client: httpx.AsyncClient, drawn: Database
) -> None:
    page = (await client.get("/?big=1")).text
    assert "Camille Morvan" not in page
    for path in ("/release", "/lock_down", "/live/refusals"):
        assert path not in page


async def test_one_space_of_several_is_shown_and_remembered(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        session.add(Site(id="annexe", name="L'Annexe"))
        await session.flush()
        session.add(Area(id="cave", site="annexe", name="Cave", exit_sensing=True))
    page = (await client.get("/?site=annexe")).text
    assert '<option value="annexe" selected>' in page
    assert "Cave" in part_of(page, "figures")
    assert "Cave" in part_of((await client.get("/")).text, "figures")
    text = text_of((await client.get("/spaces?lang=en")).text)
    assert "about 0 people 0 – 0" in text.replace("0–0", "0 – 0")
    assert "1 open of 4" in text
    assert (await client.get("/?site=nowhere")).status_code == 404


async def test_a_release_takes_one_more_tap_with_a_ready_reason(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken
) -> None:
    asked = await client.get("/live/doors/entree/release")
    assert 'name="preset" value="badge_forgotten">Badge oublié<' in asked.text
    answer = await client.post("/live/doors/entree/release", data={"preset": "badge_forgotten"})
    assert "Le boîtier l'a confirmé" in text_of(answer.text)
    assert orders.asked == [("release", "entree", "Badge oublié")]
    odd = await client.post("/live/doors/entree/release", data={"preset": "nonsense"})
    assert (odd.status_code, len(orders.asked)) == (422, 1)


async def test_a_refusal_and_an_incident_are_looked_after(
    client: httpx.AsyncClient, troubled: Database, orders: OrdersTaken
) -> None:
    page = (await client.get("/")).text
    assert "Malo Le Gall" in part_of(page, "refusals")
    asked = text_of((await client.get("/live/refusals/5")).text)
    assert "Malo Le Gall · Porte de l'atelier Refusé" in asked
    done = await client.post("/live/refusals/5", data={"note": "Appelé"})
    assert "quelqu'un s'en est occupé" in text_of(done.text)
    assert ("follow_up", "5", "Appelé") in orders.asked
    assert (await client.get("/live/refusals/999")).status_code == 404
    closed = await client.post("/live/incidents/1/close")
    assert (closed.status_code, orders.asked[-1][:2]) == (200, ("close_incident", "1"))
    assert (await client.post("/live/incidents/77/close")).status_code == 404


async def test_a_lockdown_says_of_each_door_how_far_it_is(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    said = part_of((await client.get("/?lang=en")).text, "wishes")
    assert "Porte de l'atelier · Lock down its unit is offline" in said
    async with troubled.with_transaction() as session:
        await session.merge(UnitState(unit="atelier", online=True))
    assert "silent: go and look" in part_of((await client.get("/?lang=en")).text, "wishes")
