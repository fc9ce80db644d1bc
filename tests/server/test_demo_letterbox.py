"""The demo's mail is shown and sent to nobody, unless a visitor has set a server of their own."""

from loquet_server.demo.letterbox import SENDER, letterbox, use
from loquet_server.identity import mail
from tests.server.house import House


async def test_a_letter_is_shown_as_people_read_it(house: House) -> None:
    shown: list[str] = []
    async with letterbox(shown.append) as port:
        async with house.database.with_transaction() as session:
            await use(session, house.keys, port)
        async with house.database.reading() as session:
            server = await mail.load(session, house.keys)
        assert server is not None
        for text in ("Depuis 22:00\n.caché\n", "un\x1b[2J deux"):
            await mail.send(server, "lou@le-moulin.example", "Le Moulin : serrure bloquée", text)
    head = "Mail to lou@le-moulin.example, shown here and sent to nobody:\n  Le Moulin : serrure"
    assert shown == [
        f"{head} bloquée\n  Depuis 22:00\n  .caché",
        f"{head} bloquée\n  un [2J deux",
    ]


async def test_a_later_start_has_another_port_and_leaves_a_visitors_own_server(
    house: House,
) -> None:
    async with house.database.with_transaction() as session:
        for port in (1025, 1026):
            await use(session, house.keys, port)
        known = await mail.load(session, house.keys)
        assert known == mail.MailServer("127.0.0.1", 1026, "none", SENDER)
        own = mail.MailServer("mail.example.org", 465, "tls", "moi@example.org")
        await mail.store(session, house.keys, own)
        await use(session, house.keys, 1027)
        assert await mail.load(session, house.keys) == own
