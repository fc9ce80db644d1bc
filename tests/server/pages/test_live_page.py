"""The live page: what it says of a space, and what it never says."""

import httpx
import pytest

from loquet_server.database import Database
from loquet_server.days import day_of
from loquet_server.live.fragments import render_fragments
from loquet_server.live.orders import OrderFailed
from loquet_server.live.schemas import (
    AreaView,
    DeskView,
    DoorView,
    LiveView,
    PassageView,
    PeopleView,
    SpaceView,
)
from loquet_server.models import Door, DoorState, Holder, Passage, Site, UnitState
from tests.server.pages import space
from tests.server.pages.house import OrdersTaken
from tests.server.pages.reading import part_of, text_of


async def html(client: httpx.AsyncClient, path: str = "/") -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


async def test_without_a_space_it_says_how_to_begin(client: httpx.AsyncClient) -> None:
    assert "loquet-server demo" in text_of(await html(client))


async def test_a_space_without_anything_explains_each_empty_place(
    client: httpx.AsyncClient, database: Database
) -> None:
    async with database.with_transaction() as session:
        session.add(Site(id="moulin", name="Le Moulin"))
    text = text_of(await html(client, "/?lang=en"))
    for said in ("No door yet", "No desk has a sensor yet", "No unit yet", "Nobody has badged yet"):
        assert said in text


async def test_desks_are_counted_and_unknown_is_never_free(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    text = part_of(await html(client), "figures")
    assert "11 sur 20" in text
    assert "7 occupés · 2 inconnus" in text


@pytest.mark.parametrize(
    ("free", "said"), [(0, "0 libre sur 2"), (1, "1 libre sur 2"), (2, "2 libres sur 2")]
)
def test_free_desks_of_an_area_are_counted_as_french_does(free: int, said: str) -> None:
    desks = tuple(DeskView(f"d{at}", "1", "free" if at < free else "occupied") for at in range(2))
    area = AreaView("calme", "Calme", False, PeopleView(0), desks)
    view = LiveView(SpaceView("moulin", "Le Moulin", "Europe/Paris"), space.NOW, (area,))
    assert said in text_of(render_fragments(view, "fr")["area-calme"])


@pytest.mark.parametrize(("letters", "shown"), [("nrle", True), ("rl", False), ("n", False)])
def test_who_may_not_have_it_explained_is_not_sent_to_the_explanation(
    letters: str, shown: bool
) -> None:
    refused = PassageView(7, space.NOW, "entree", "Entrée", "denied", "Malo", "blocked")
    door = DoorView("entree", "Entrée", "entree", passage=refused)
    view = LiveView(
        SpaceView("moulin", "Le Moulin", "Europe/Paris"), space.NOW,
        doors=(door,), passages=(refused,),
    )  # fmt: skip
    found = render_fragments(view, f"en:{letters}")
    for part in ("passages", "door-entree"):
        assert ("/explain/passages/7" in found[part]) is shown
    assert ('href="/journal"' in found["passages"]) is ("n" in letters)


async def test_where_exits_are_not_sensed_people_are_seen_today_and_never_present(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    text = part_of(await html(client), "figures")
    assert "14 passés aujourd'hui Les sorties ne sont pas comptées ici" in text
    assert "Salle calme 5 présents Estimation : entre 3 et 7" in text
    assert text.count("présent") == 1


def test_a_late_evening_belongs_to_its_day() -> None:
    half_past_one = space.NOW - 12 * 3_600_000  # 02:32 in Paris
    assert day_of(half_past_one, "Europe/Paris") == "2026-11-15"
    assert day_of(space.NOW, "Europe/Paris") == space.DAY


async def test_a_door_shows_leaf_lock_and_its_last_passage(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    text = part_of(await html(client, "/?lang=en"), "door-entree")
    assert "Open Released" in text
    assert "14:31 Camille Morvan Went in" in text


async def test_a_refusal_shows_its_reason_in_the_managers_words(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    text = part_of(await html(client), "door-atelier")
    assert "Malo Le Gall Refusé Aucune règle du membre ne couvre cet accès" in text


async def test_a_lockdown_says_who_why_and_whether_the_door_has_confirmed(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    text = part_of(await html(client), "door-atelier")
    assert "Verrouillage d'urgence · Dégât des eaux" in text
    assert "Camille, 14:23 · la porte n'a pas encore confirmé" in text
    assert "Lever le verrouillage" in text


async def test_doors_of_an_offline_unit_are_marked_as_the_last_that_is_known(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    page = await html(client, "/?lang=en")
    assert "Unit offline: this is the last that is known" in part_of(page, "door-jardin")
    assert "Offline last seen 11:12" in part_of(page, "unit-atelier")
    assert "Unit offline" not in part_of(page, "door-entree")


async def test_desks_of_an_offline_unit_are_unknown(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        row = await session.get(UnitState, "entree")
        assert row is not None
        row.online = False
    page = await html(client, "/?lang=en")
    figures = part_of(page, "figures")
    assert "0 of 20 1 occupied · 19 unknown" in figures  # the other unit's two desks are heard
    assert "the unit is offline" in part_of(page, "area-openspace")
    assert "5 present Estimate: between 3 and 7" in figures


async def test_the_newest_tap_is_on_top_even_if_the_clock_was_set_back(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        session.add(
            Passage(journal="j1", sequence=99, site="moulin", unit="entree", door="entree",
                    access_point="entree-in", holder="h4", at=space.NOW - 3_600_000, day=space.DAY,
                    outcome="taken")
        )  # fmt: skip
    page = await html(client)
    assert "13:32 Inès Haddad" in part_of(page, "door-entree")
    assert part_of(page, "passages").index("Inès") < part_of(page, "passages").index("Camille")


async def test_alarms_stand_on_top_with_their_place(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    text = part_of(await html(client), "incidents")
    assert "14:31 Ouverte sans autorisation · Porte du jardin" in text
    assert "Un lecteur ne répond pas · Boîtier de l'atelier · atelier-in" in text


async def test_a_unit_says_which_policy_it_enforces_and_what_waits(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    text = part_of(await html(client, "/?lang=en"), "unit-atelier")
    assert "Clock uncertain Waiting to be sent 42 facts" in text
    assert "Reader atelier-in does not answer" in text


@pytest.mark.parametrize(
    ("state", "said"), [("well", "en ordre"), ("lost", "ne répond pas"), ("dusty", "dusty")]
)
async def test_a_reader_says_how_it_is(
    client: httpx.AsyncClient, furnished: Database, state: str, said: str
) -> None:
    async with furnished.with_transaction() as session:
        await session.merge(UnitState(unit="entree", online=True, readers={"entree-in": state}))
    page = await html(client)
    assert f"Lecteur entree-in {said}" in part_of(page, "unit-entree")
    assert (f'class="bad">{said}' in page) is (state != "well")


@pytest.mark.parametrize("mode", ["fire", "schedule", "from_the_future"])
async def test_every_mode_renders_even_one_that_we_do_not_know(
    client: httpx.AsyncClient, furnished: Database, mode: str
) -> None:
    async with furnished.with_transaction() as session:
        await session.merge(DoorState(door="calme", leaf="ajar", lock="half", mode=mode))
    assert "ajar half" in part_of(await html(client), "door-calme")


async def test_names_are_text_and_never_markup(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    async with furnished.with_transaction() as session:
        await session.merge(Holder(id="h0", site="moulin", name="<script>alert(1)</script>"))
        await session.merge(Door(id="calme", site="moulin", unit="entree", name='"><b>x'))
    page = await html(client)
    assert "<script>alert" not in page
    assert '"><b>x' not in page


async def test_an_order_needs_a_reason_and_says_so(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken
) -> None:
    answer = await client.post("/live/doors/entree/release", data={"reason": "  "})
    assert answer.status_code == 422
    assert "Merci d'écrire un motif" in text_of(answer.text)
    assert orders.asked == []


@pytest.mark.parametrize("order", ["release", "lock_down", "lift"])
async def test_an_order_is_given_once_with_its_reason(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken, order: str
) -> None:
    form = await html(client, f"/live/doors/entree/{order}")
    assert f'action="/live/doors/entree/{order}"' in form
    answer = await client.post(f"/live/doors/entree/{order}", data={"reason": " Livraison "})
    assert answer.status_code == 200
    assert orders.asked == [(order, "entree", "Livraison")]


async def test_a_failed_order_says_why_and_keeps_what_was_written(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken
) -> None:
    orders.failure = OrderFailed("Le boîtier ne répond pas.", 504)
    answer = await client.post("/live/doors/entree/release", data={"reason": "Livraison"})
    assert answer.status_code == 504
    assert "Le boîtier ne répond pas." in answer.text
    assert 'value="Livraison"' in answer.text


async def test_the_whole_space_is_locked_down_and_lifted(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken
) -> None:
    shown = await html(client)
    assert 'id="site-lock-down"' in shown
    assert 'id="site-lift"' not in shown
    form = await html(client, "/live/site/lock_down")
    assert "Verrouiller d'urgence toutes les portes de « Le Moulin » ?" in text_of(form)
    assert 'action="/live/site/lock_down?site=moulin"' in form
    missing = await client.post("/live/site/lock_down", data={"reason": " "})
    assert (missing.status_code, orders.asked) == (422, [])
    answer = await client.post("/live/site/lock_down", data={"reason": " Intrus "})
    assert "Toutes les portes passent en verrouillage d'urgence" in text_of(answer.text)
    await client.post("/live/site/lift", data={"reason": "Fini"})
    assert orders.asked == [("lock_down_site", "moulin", "Intrus"), ("lift_site", "moulin", "Fini")]
    orders.failure = OrderFailed("Pas maintenant.", 409)
    failed = await client.post("/live/site/lift", data={"reason": "Encore"})
    assert (failed.status_code, 'value="Encore"' in failed.text) == (409, True)


async def test_a_lockdown_in_force_offers_to_lift_all(
    client: httpx.AsyncClient, troubled: Database
) -> None:
    said = part_of(await html(client, "/?lang=en"), "site-orders")
    assert said == "Lock down all doors Lift all lockdowns 1 door of 4 locked down"


@pytest.mark.parametrize(
    "path", ["/live/site/release", "/live/doors/nowhere/release", "/live/doors/entree/explode"]
)
async def test_an_order_to_nothing_is_not_found(
    client: httpx.AsyncClient, furnished: Database, orders: OrdersTaken, path: str
) -> None:
    for answer in (await client.get(path), await client.post(path, data={"reason": "x"})):
        assert answer.status_code == 404
    assert orders.asked == []
