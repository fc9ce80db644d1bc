"""A manager erases a member on the pages: the badge is dead at the door, and no word remains."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from loquet_server.demo import village
from tests.brokers import until
from tests.journey.stack import CAMILLE, LATE, LOUISE, YANIS, Stack

GONE = next(
    each
    for each in reversed(village.members())
    if each.state == "valid" and each not in (CAMILLE, YANIS, LOUISE, LATE)
)


def named(stack: Stack) -> dict[str, int]:
    """Return how many rows of which tables still name the member."""
    counts = {}
    for table, column in (("holders", "name"), ("passages", "holder"), ("entries", "body"),
                          ("policy_records", "line"), ("audit", "detail")):  # fmt: skip
        query = f"SELECT count(*) AS n FROM {table} WHERE {column} LIKE ? OR {column} LIKE ?"
        (row,) = stack.rows(query, f"%{GONE.id}%", f"%{GONE.name}%")
        counts[table] = row["n"]
    return counts


def test_an_erased_members_badge_is_dead_at_once_and_nothing_names_them(
    stack: Stack, page: Page
) -> None:
    stack.wait_online()
    unit = stack.entree
    known = unit.badge("entree-in", GONE.uid)
    assert known.body["holder"] == GONE.id
    until(lambda: named(stack)["passages"] > 0, "the server knows of the passage")
    applied = len(unit.entries("policy_applied"))
    page.goto(f"{stack.url}/members/{GONE.id}")
    page.get_by_role("link", name="Ses données").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(GONE.name)
    page.get_by_role("link", name="Effacer cette personne").click()
    page.get_by_label("Recopiez le nom").fill(GONE.name)
    page.get_by_label("Motif").fill("l'a demandé")
    page.get_by_role("button", name="Effacer définitivement").click()
    expect(page.get_by_role("status")).to_contain_text("plus rien ne nomme cette personne")
    unit.waits_for("policy_applied", applied + 1)
    assert unit.badge("entree-in", GONE.uid).body["reason"] == "credential_unknown"
    assert set(named(stack).values()) == {0}
    (stone,) = (stack.data / "erased").read_text().splitlines()
    assert GONE.id not in stone
    proven = stack.run("verify")
    assert proven.returncode == 0, proven.stderr
