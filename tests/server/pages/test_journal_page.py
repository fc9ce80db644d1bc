"""The journal page: words, filters, and pages that neither skip nor repeat."""

import re

import httpx
import pytest
from sqlalchemy import update

from loquet_server.database import Database
from loquet_server.journal.page_repository import GROUPS, PAGE, JournalPageRepository, Key
from loquet_server.models import BootClock, Entry, Journal, Passage
from loquet_server.web import details
from loquet_server.web.i18n import translations
from tests.server.pages import space
from tests.server.pages.reading import text_of


async def read(client: httpx.AsyncClient, path: str = "/journal") -> str:
    answer = await client.get(path)
    assert answer.status_code == 200
    return answer.text


async def test_an_empty_journal_says_when_the_first_fact_comes(client: httpx.AsyncClient) -> None:
    assert "The journal is empty" in text_of(await read(client, "/journal?lang=en"))


async def test_facts_are_words_with_names(client: httpx.AsyncClient, furnished: Database) -> None:
    text = text_of(await read(client))
    assert "14:13:05 Accès accordé Porte d'entrée Camille Morvan" in text
    assert "Accès refusé Porte de l'atelier Malo Le Gall Aucune règle du membre" in text
    assert "Poste occupé G1 contact d'assise" in text


async def test_a_fact_of_the_future_is_shown_and_is_only_text(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    page = await read(client)
    assert "from the future" in text_of(page)
    assert "<b>green</b>" not in page


@pytest.mark.parametrize(
    "body",
    ['{"door":5,"holder":7}', '{"desk":true}', '{"door":"\\u0000"}', '{"by":[1]}', "[]", "5"],
)
async def test_a_body_of_any_shape_is_shown(
    client: httpx.AsyncClient, furnished: Database, body: str
) -> None:
    async with furnished.with_transaction() as session:
        session.add(
            Entry(journal="j3", sequence=1, unit="entree", utc=space.NOW, monotonic=1, boot="b",
                  trusted=True, kind="door_opened", salt="s", body=body, chain="c",
                  received_at=space.NOW)
        )  # fmt: skip
    assert "14:32:05 Porte ouverte" in text_of(await read(client))


async def test_only_the_names_in_the_lines_are_read(furnished: Database) -> None:
    async with furnished.reading() as session:
        names = await JournalPageRepository(session).names([{"holder": "h1", "door": "entree"}])
    assert names["holder"] == {"h1": "Yanis Benali"}
    assert names["door"] == {"entree": "Porte d'entrée"}
    assert names["desk"] == {}
    assert set(names["unit"]) == {"entree", "atelier"}


async def test_filters_keep_what_they_say(client: httpx.AsyncClient, furnished: Database) -> None:
    text = text_of((await read(client, "/journal?group=desks&lang=en")).split("<tbody>")[1])
    assert "Desk occupied" in text
    assert "Door opened" not in text
    nothing = await read(client, "/journal?unit=atelier&lang=en")
    assert "No fact fits" in text_of(nothing)


async def test_pages_neither_skip_nor_repeat_facts_of_the_same_instant(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    count = PAGE * 2 + 7
    async with furnished.with_transaction() as session:
        session.add_all(
            Entry(journal="j2", sequence=at, unit="entree", utc=space.NOW, monotonic=at, boot="b",
                  trusted=True, kind="door_closed", salt="s", body=f'{{"door":"door-{at:03d}"}}',
                  chain="c", received_at=space.NOW)
            for at in range(count)
        )  # fmt: skip
    seen: list[str] = []
    path = "/journal?group=doors"
    while path:
        page = await read(client, path)
        seen += re.findall(r"door-\d{3}", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        path = older[1].replace("&amp;", "&") if older else ""
    assert seen == [f"door-{at:03d}" for at in reversed(range(count))]


async def test_a_broken_page_key_shows_the_newest(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    for key in ("x", "1~2", "1~j~-3", "9" * 40 + "~j~1", "²~j~1"):
        page = await read(client, f"/journal?before={key}")
        assert "14:19:05" in page, key


def test_a_page_key_is_read_as_it_was_written() -> None:
    key = Key(17, "j-1", 4)
    assert Key.parse(str(key)) == key


def test_every_kind_is_in_a_group() -> None:
    assert {"access_denied", "door_opened", "desk_freed", "reader_lost"} <= frozenset().union(
        *GROUPS.values()
    )
    assert "fire_alarm" in GROUPS["doors"] & GROUPS["alarms"]


async def test_an_uncertain_time_shows_between_what_it_lies(
    client: httpx.AsyncClient, furnished: Database
) -> None:
    hour = 3_600_000
    async with furnished.with_transaction() as session:
        session.add(Journal(id="j3", unit="entree", acked=2, chain="c", started_at=space.NOW))
        await session.flush()
        for boot, low in (("wide", space.NOW - 2 * hour), ("open", None), ("sure", space.NOW)):
            session.add(
                BootClock(journal="j3", boot=boot, first_sequence=1, first_monotonic=0,
                          last_sequence=9, last_monotonic=0, low=low, high=space.NOW,
                          guess=space.NOW)
            )  # fmt: skip
        for at, boot in enumerate(("wide", "open", "sure"), 1):
            session.add(
                Entry(journal="j3", sequence=at, unit="entree", utc=space.NOW, monotonic=0,
                      boot=boot, trusted=False, kind="door_opened", salt="s", body="{}",
                      chain="c", received_at=space.NOW, said=1)
            )  # fmt: skip
    text = text_of(await read(client))
    assert "Heure incertaine : entre 12:32 et 14:32" in text
    assert "Heure incertaine : avant 14:32" in text
    assert text.count("(heure retrouvée après coup)") == 1
    assert "n'est comptée" not in text
    async with furnished.with_transaction() as session:
        await session.execute(update(Passage).where(Passage.outcome == "taken").values(day=""))
    assert "comptées aucun jour" in text_of(await read(client))


SAID = {
    details.repaired("j1", 5, 6, 9): "lignes 5 à 6 sont sauvées, les lignes 7 à 9 sont perdues",
    details.repaired("j1", 5, 6, None): "lignes 5 à 6 sont sauvées, aucune perte connue",
    details.repaired("j1", 5, 4, 9): "les lignes 5 à 9 sont perdues",
    details.repaired("j1", 5, 4, 4): "rien n'y attendait",
    "what nobody has thought of": "what nobody has thought of",
}


@pytest.mark.parametrize("detail", SAID)
def test_what_is_wrong_with_a_journal_is_said_in_the_readers_language(detail: str) -> None:
    assert SAID[detail] in details.said(translations("fr"), detail)
    assert details.said(translations("en"), detail) == detail
