"""Bookings' pages: from what can be booked to a booking that is made, moved and cancelled."""

from pathlib import Path

import httpx
import pytest
from icalendar import Calendar

from loquet_server.models import (
    Area,
    Booking,
    BookingTerms,
    CalendarEntry,
    Desk,
    Equipment,
    ExtraWindow,
)
from loquet_server.office import Office
from tests.server.bookings import DAY, asked, book, furnish, ms
from tests.server.desk import client, make_office
from tests.server.front_desk import browser as anybody
from tests.server.house import SITE, House
from tests.server.member_desk import enter, members_desk
from tests.server.pages.desk import browser
from tests.server.pages.forms import submit
from tests.server.pages.reading import text_of

WISH = {
    "what": "room/reunion", "day": DAY, "starts": "10:00", "ends": "12:00", "holder": "h1",
    "title": "Board", "participants": ["h2"],
}  # fmt: skip
API = {
    "kind": "room", "resource": "reunion", "holder": "h1", "starts": f"{DAY}T10:00",
    "ends": f"{DAY}T12:00",
}  # fmt: skip


@pytest.fixture
async def office(house: House, tmp_path: Path) -> Office:
    await furnish(house)
    return make_office(house, tmp_path)[0]


async def test_a_room_is_booked_moved_and_cancelled(house: House, office: Office) -> None:
    async with browser(office) as pages:
        empty = text_of((await pages.get(f"/bookings?day={DAY}")).text)
        assert "Réunion" in empty
        form = await pages.get(f"/bookings/new?what=room/reunion&day={DAY}&start=10:00")
        assert 'value="10:00"' in form.text
        assert "Free on that day" in text_of(form.text)
        made = await submit(pages, form, "/bookings/new", **WISH)
        assert made.status_code == 303
        path = made.headers["location"].partition("?")[0]
        shown = text_of((await pages.get(made.headers["location"])).text)
        assert "It is booked; the doors are told at once." in shown
        assert "Friday 10 October, 10:00 – 12:00 (2 h) For Camille" in shown
        assert "Comes along Yanis What for Board" in shown
        again = await submit(pages, form, "/bookings/new", **WISH)
        assert again.status_code == 422
        assert "Somebody has booked this already. It is free again Fri 10 Oct 12:00." in text_of(
            again.text
        )
        assert 'value="Board"' in again.text
        moved = await pages.get(f"{path}/edit")
        done = await submit(pages, moved, f"{path}/edit", starts="13:00", ends="14:00")
        assert done.status_code == 303
        day = text_of((await pages.get(f"/bookings?day={DAY}")).text)
        assert "Camille 13:00 – 14:00" in day
        week = text_of((await pages.get(f"/bookings?what=room/reunion&day={DAY}")).text)
        assert "Week of 6 Oct 2025" in week
        await pages.post(f"{path}/cancel", data={"reason": "the projector is broken"})
        gone = text_of((await pages.get(path)).text)
        assert "cancelled" in gone
        assert "the projector is broken" in gone
    windows = await house.all(ExtraWindow)
    assert all(each.cancelled_at is not None for each in windows)


async def close(house: House, starts: str, ends: str) -> None:
    async with house.database.with_transaction() as session:
        await session.merge(
            CalendarEntry(id="k", site=str(SITE), kind="closure", name="Pont", starts=starts,
                          ends=ends)
        )  # fmt: skip


async def test_what_is_closed_is_said_once(house: House, office: Office) -> None:
    async with browser(office) as pages:
        await close(house, "2025-10-09T12:00", "2025-10-09T18:00")
        assert "free until 12:00" in text_of((await pages.get("/bookings")).text)
        await close(house, "2025-10-09T09:00", "2025-10-09T18:00")
        assert "closed until 18:00" in text_of((await pages.get("/bookings")).text)
        await close(house, "2025-10-09T09:00", "2025-10-10T00:00")
        assert "closed for today" in text_of((await pages.get("/bookings")).text)
        await close(house, "2025-10-09T00:00", "2025-10-11T00:00")
        for path in ("/bookings", f"/bookings?day={DAY}"):
            said = text_of((await pages.get(path)).text)
            assert said.count("Closed on this day: nothing can be booked.") == 1
            assert "nothing free" not in said and "free for" not in said
        assert "closed for today" in said, "another day is shown: what rooms do now stands above"
        week = text_of((await pages.get(f"/bookings?what=room/reunion&day={DAY}")).text)
        assert "Closed all week" not in week and "closed" in week


async def test_what_is_wrong_is_said_beside_its_field(office: Office) -> None:
    async with browser(office, "fr") as pages:
        answer = await pages.post("/bookings/new", data={**WISH, "ends": "09:00", "holder": "h2"})
        assert "La fin n'est pas après le début. Choisissez une fin plus tardive." in text_of(
            answer.text
        )
        answer = await pages.post("/bookings/new", data={**WISH, "starts": "10:10"})
        assert "par créneaux de 30 minutes" in text_of(answer.text)
        answer = await pages.post("/bookings/new", data={**WISH, "holder": ""})
        assert "aria-invalid" in answer.text
        answer = await pages.post("/bookings/new", data={**WISH, "holder": "h2"})
        assert "Le forfait ne comprend pas cette réservation." in text_of(answer.text)
        beyond = await pages.post("/bookings/new", data={**WISH, "holder": "h2", "beyond": "true"})
        assert beyond.status_code == 303
        late = {**WISH, "starts": "23:00", "ends": "00:00"}
        assert (await pages.post("/bookings/new", data=late)).status_code == 303


async def test_a_series_lists_its_conflicts(house: House, office: Office) -> None:
    await book(office, asked("2025-10-17T10:00", "2025-10-17T11:00", holder="h2"))
    async with browser(office) as pages:
        wish = {**WISH, "until": "2025-10-24"}
        refused = await pages.post("/bookings/new", data=wish)
        assert refused.status_code == 422
        assert "Friday 17 October, 10:00 – 12:00: Somebody has booked this already." in text_of(
            refused.text
        )
        assert (await pages.post("/bookings/new", data=wish | {"skip": "true"})).status_code == 303
    assert len(await house.all(Booking)) == 3


async def test_a_manager_says_what_can_be_booked(house: House, office: Office) -> None:
    async with browser(office) as pages:
        listed = text_of((await pages.get("/bookings/settings")).text)
        assert "only with a booking" in listed
        room = "/bookings/settings/room/calme"
        saved = await pages.post(room, data={"how": "only", "slot": "15", "lead": "5", "lag": "0"})
        assert saved.status_code == 303
        assert (await pages.post(room, data={"how": "perhaps"})).status_code == 422
        await pages.post("/bookings/settings/desk/d2", data={"bookable": "true", "slot": "60"})
        wrong = await pages.post("/bookings/settings/equipment/new", data={"name": ""})
        assert "Please fill this in." in text_of(wrong.text)
        await pages.post("/bookings/settings/equipment/new", data={"name": "Bike", "count": "3"})
        await pages.post("/bookings/settings/equipment/e1/archive")
        terms = {"kinds": ["room"], "longest": "120", "month_hours": "10", "price": "free"}
        await pages.post("/bookings/settings/plans/resident", data=terms)
        await pages.post("/bookings/settings", data={"release_after": "20"})
        after = text_of((await pages.get("/bookings/settings")).text)
        assert "3 of them" in after
        assert "Projector" not in after
    assert (await house.get(Area, "calme")).booking_only
    assert (await house.get(Desk, "d2")).bookable
    assert (await house.get(Equipment, "e1")).archived_at is not None
    kept = await house.get(BookingTerms, "resident")
    assert (kept.kinds, kept.longest, kept.month_minutes) == (["room"], 120, 600)


async def test_a_program_books_once_however_often_it_asks(house: House, office: Office) -> None:
    async with client(office) as http:
        keys = {"idempotency-key": "k1"}
        first = await http.post("/api/v1/bookings", json=API, headers=keys)
        again = await http.post("/api/v1/bookings", json=API, headers=keys)
        assert first.status_code == again.status_code == 201
        assert first.json() == again.json()
        taken = await http.post("/api/v1/bookings", json=API)
        assert taken.status_code == 409
        assert taken.json()["refusal"] == "taken"
        assert taken.json()["next_free"]["starts_at"] == ms(f"{DAY}T12:00")
        name = first.json()["bookings"][0]["id"]
        assert (await http.get(f"/api/v1/bookings/{name}")).json()["state"] == "booked"
        at = ms(f"{DAY}T11:00")
        held = (await http.get(f"/api/v1/bookings/reserved?at={at}")).json()
        assert held["reunion"]["booking"] == name
        assert "holder" not in held["reunion"]
        weekly = await http.post("/api/v1/bookings", json={**API, "until": "2025-10-17"})
        assert [each["refusal"] for each in weekly.json()["conflicts"]] == ["taken"]
        kinds = {each["kind"] for each in (await http.get("/api/v1/bookings/resources")).json()}
        assert kinds == {"room", "desk", "equipment"}
        moved = {**API, "starts": f"{DAY}T11:00"}
        changed = await http.put(f"/api/v1/bookings/{name}", json=moved)
        assert changed.json()["starts_at"] == at
        assert (await http.post(f"/api/v1/bookings/{name}/leave")).status_code == 409
        house.now = at / 1000
        assert (await http.post(f"/api/v1/bookings/{name}/check-in")).json()["checked_in_at"] == at
        ended = await http.post(f"/api/v1/bookings/{name}/leave")
        assert ended.json()["free_at"] == at
        assert (await http.post(f"/api/v1/bookings/{name}/cancel", json={})).status_code == 409
        assert len((await http.get("/api/v1/bookings")).json()) == 1


async def secret_of(page: httpx.Response) -> str:
    """Return the path of the calendar's address that a page shows."""
    begin = page.text.index("/feeds/")
    return page.text[begin : page.text.index("<", begin)]


async def test_a_calendar_is_read_by_its_address_until_it_is_withdrawn(
    house: House, office: Office
) -> None:
    await book(office, asked(title="Board"))
    async with browser(office) as pages:
        made = await pages.post("/bookings/calendars/room/reunion/make")
        address = await secret_of(made)
        answer = await pages.get(address)
        assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
        assert "Board" not in answer.text
        assert "Camille" not in answer.text
        assert len(Calendar.from_ical(answer.text).walk("VEVENT")) == 1
        same = await pages.get(address, headers={"if-none-match": answer.headers["etag"]})
        assert same.status_code == 304
        listed = await pages.get("/bookings/calendars")
        assert "/feeds/" not in listed.text
        begin = listed.text.index("/bookings/calendars/f")
        revoke = listed.text[begin : listed.text.index('"', begin)]
        await pages.post(revoke)
        assert (await pages.get(address)).status_code == 404
        row = (await house.all(Booking))[0]
        one = await pages.get(f"/bookings/{row.id}/calendar.ics")
        assert "Board" in one.text


async def test_a_space_without_anything_to_book_says_how_to_begin(
    house: House, tmp_path: Path
) -> None:
    office, _ = make_office(house, tmp_path)
    async with browser(office) as pages:
        assert "Nothing can be booked yet." in text_of((await pages.get("/bookings")).text)
        assert "Nothing can be booked yet." in text_of((await pages.get("/bookings/new")).text)
        assert (await pages.get("/bookings/none")).status_code == 404
    assert await house.all(Booking) == []
    assert str(SITE) == "maison"


async def test_members_book_for_themselves_and_see_no_names(house: House, tmp_path: Path) -> None:
    await furnish(house)
    office, app = members_desk(house, tmp_path)
    other = await book(office, asked(f"{DAY}T08:00", f"{DAY}T09:00", holder="h2", title="Secret"))
    async with anybody(app) as http:
        await enter(http, office)
        await http.get("/me?lang=en")
        empty = text_of((await http.get("/me/bookings")).text)
        assert "You have booked nothing." in empty
        form = await http.get(f"/me/bookings/new?what=room/reunion&day={DAY}&start=10:00")
        shown = text_of(form.text)
        assert "Yanis" not in shown
        assert "Secret" not in shown
        assert "09:00 – " in shown
        wish = {"holder": "h2", "paid": "true", "participants": "h2", "beyond": "true"}
        made = await submit(http, form, "/me/bookings/new", **wish)
        assert made.headers["location"] == "/me/bookings?done=made"
        taken = await submit(http, form, "/me/bookings/new", starts="08:00", ends="09:00")
        assert "Somebody has booked this already." in text_of(taken.text)
        long = await submit(http, form, "/me/bookings/new", starts="12:00", ends="20:00")
        assert "The plan allows bookings of 4 h at most." in text_of(long.text)
        (mine,) = [row for row in await house.all(Booking) if row.id != other.rows[0].id]
        assert (mine.holder, mine.paid, mine.created_by) == ("h1", False, "member h1")
        assert "Friday 10 October, 10:00 – 11:00" in text_of((await http.get("/me/bookings")).text)
        for what in ("cancel", "calendar.ics"):
            assert (await http.get(f"/me/bookings/{other.rows[0].id}/{what}")).status_code == 404
        address = await secret_of(await http.post("/me/bookings/calendar/make"))
        assert "Réunion" in (await http.get(address)).text
        assert (await http.get(f"/me/bookings/{mine.id}/calendar.ics")).status_code == 200
        page = await http.get(f"/me/bookings/{mine.id}/cancel")
        gone = await submit(http, page, f"/me/bookings/{mine.id}/cancel")
        assert gone.status_code == 303
        assert (await http.get("/bookings")).status_code in (303, 403)
    assert (await house.get(Booking, mine.id)).state == "cancelled"
