"""A day at the Moulin, overheard: no broker, monitor or log ever learns who came."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import CAMILLE, LATE, YANIS, Stack
from tests.leaks import People, found, in_traffic

NAME, MAIL, PHONE = "Zéphyrine Qvortrup", "zephyrine@example.org", "+33 6 98 76 54 32"
STRANGER = "04c0ffee5eed77"
HERS = "04ab17fe90c3d2"


def everybody(stack: Stack) -> People:
    """All that the database knows of people, and all cards that were shown."""
    rows = stack.rows("SELECT id, name, mail, phone FROM holders")
    return People(
        names=tuple(row["name"] for row in rows if " " in row["name"]),
        mails=tuple(row["mail"] for row in rows if row["mail"]),
        phones=tuple(row["phone"] for row in rows if row["phone"]),
        numbers=(*(member.uid for member in village.members()), STRANGER, HERS),
        ids=tuple(row["id"] for row in rows),
    )


def logs(folder: Path) -> Iterator[tuple[str, str]]:
    """Every log of server, broker and units."""
    for path in sorted(folder.rglob("*.log")):
        yield str(path.relative_to(folder)), path.read_text("utf-8", "replace")


def a_day(stack: Stack) -> None:
    """People come, are refused, sit, leave; the office does what an office does."""
    unit = stack.entree
    member = stack.post("members", name=NAME, mail=MAIL, phone=PHONE, note="voisine de Rose")
    badge = stack.post("badges", holder=member["id"], form="uid7", number=HERS)
    assert unit.badge("entree-in", CAMILLE.uid).kind == "access_granted"
    unit.leaf("entree", opened=True)
    unit.leaf("entree", opened=False)
    assert unit.badge("entree-in", LATE.uid).kind == "access_denied"
    assert unit.badge("entree-in", STRANGER).kind == "access_denied"
    assert unit.badge("calme-in", YANIS.uid).kind in ("access_granted", "access_denied")
    assert unit.badge("entree-in", HERS).kind == "access_denied", "she has no plan"
    desk = next(each for each in village.desks() if each.unit == "entree" and each.sensor == "seat")
    with unit.board() as board:
        board.set_active(f"{desk.sensor}:{desk.id}", True)
    unit.waits_for("desk_occupied")
    with unit.board() as board:
        board.set_active(f"{desk.sensor}:{desk.id}", False)
    stack.post("doors/entree/release", reason="badge oublié")
    stack.post("doors/calme/lock-down", reason="exercice")
    stack.post("doors/calme/lift", reason="exercice")
    stack.post(f"badges/{badge['id']}/lost")
    for page in ("/", "/members", f"/members/{member['id']}", "/journal", "/occupancy", "/hooks"):
        assert stack.api.get(page, headers={"accept": "text/html"}).status_code == 200, page
    assert stack.api.get("/api/v1/members/no-such-member").status_code == 404


@pytest.fixture
def day(stack: Stack) -> Iterator[list[tuple[str, bytes]]]:
    """All messages of a day; what stood retained at its beginning is among them."""
    stack.wait_online()
    with stack.broker_session("#") as listener:
        began = time.monotonic()
        a_day(stack)
        stack.wait_online()
        counts = f"loquet/v1/{village.SITE}/areas/"
        until(lambda: any(t.startswith(counts) for t, _, _ in listener.heard), "counts are told")
        print(f"a day took {time.monotonic() - began:.1f} s: {len(listener.heard)} messages")
        yield [(topic, payload) for topic, payload, _ in listener.heard]


def test_a_day_names_nobody(stack: Stack, day: list[tuple[str, bytes]]) -> None:
    people = everybody(stack)
    assert NAME in people.names
    assert len(people.ids) > 20
    channels = {topic.rsplit("/", 1)[1] for topic, _ in day}
    assert {"events", "policy", "commands", "reply", "counts", "changes"} <= channels
    assert in_traffic(people, day) == []

    metrics = stack.api.get("/metrics").text
    assert 'loquet_area_desks{area="openspace"' in metrics
    assert found(people, "/metrics", metrics) == []

    told = dict(logs(stack.data))
    assert {"server.log", "units/entree/unit.log"} <= told.keys()
    leaks = [leak for name, text in told.items() for leak in found(people, name, text)]
    assert leaks == []
