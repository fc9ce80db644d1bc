"""Who takes incidents on and who closes them: the rule, and that pages offer just that."""

from pathlib import Path

import pytest

from loquet_server.incidence.attending import AT_THE_DOOR, ATTENDS, closer
from loquet_server.incidence.kinds import KINDS
from loquet_server.models import Incident
from loquet_server.roles import PERMISSIONS, Role
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import SITE, House
from tests.server.pages.reading import text_of
from tests.server.pages.test_incidents_pages import wrong

TAKE_ON = {"owner", "manager", "host", "installer"}
CLOSE = {"door_held_open": TAKE_ON, "forged_batch": {"owner", "manager", "installer"}}
"""Read by a person first: one kind of each sort, and the roles that may close it."""


@pytest.mark.parametrize("kind", [*KINDS, "of_the_future"])
def test_whoever_is_told_of_a_kind_and_may_do_anything_may_take_it_on(kind: str) -> None:
    taking = {role.value for role in Role if ATTENDS in PERMISSIONS[role]}
    closing = {role.value for role in Role if closer(kind) in PERMISSIONS[role]}
    assert taking == TAKE_ON
    assert closing == CLOSE["door_held_open" if kind in AT_THE_DOOR else "forged_batch"]


def test_what_is_at_the_door_is_known() -> None:
    assert KINDS.keys() >= AT_THE_DOOR


@pytest.mark.parametrize("database_kind", ["sqlite"])
@pytest.mark.parametrize("role", ["manager", "host", "read_only"])
async def test_pages_offer_what_a_role_may_do_and_no_more(
    house: House, tmp_path: Path, role: str
) -> None:
    await add_operator(house, role, str(SITE))
    _, app = front_desk(house, tmp_path)
    takes = role in TAKE_ON
    async with browser(app) as http:
        await sign_in(http, role)
        for kind, closing in CLOSE.items():
            number, closes = await wrong(house, kind, "front"), role in closing
            page, order = f"/incidents/{number}", f"/live/incidents/{number}"
            one = (await http.get(page)).text
            assert (f"{page}/acknowledge" in one) is takes
            assert (f"{page}/resolve" in one) is closes
            live = (await http.get("/")).text
            assert (f"{order}/close" in live) is takes
            asked = await http.get(f"{order}/close")
            assert asked.status_code == (200 if takes else 403)
            assert ("I have seen to it" in asked.text) is closes
            assert ("an owner closes it" in asked.text) is (takes and not closes)
            taken = await http.post(f"{order}/take-on")
            assert taken.status_code == (200 if takes else 403)
            again = await http.post(f"{order}/take-on")
            assert again.status_code == (409 if takes else 403)
            live = (await http.get("/")).text
            assert ("looks after it" in text_of(live)) is takes
            assert (f"{order}/close" in live) is closes
            closed = await http.post(f"{order}/close")
            assert closed.status_code == (200 if closes else 403)
            row = await house.get(Incident, number)
            assert (row.acknowledged_at is not None) is takes
            assert (row.ended_at is not None) is closes
