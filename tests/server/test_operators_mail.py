"""Mail: a message to oneself, what goes wrong said in plain words, and a password kept sealed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from loquet_server.broker import free_port
from loquet_server.identity.mail import MailFailed, MailServer, Security, send
from loquet_server.models import Audit, Preference
from tests.server.front_desk import add_operator, browser, front_desk, sign_in
from tests.server.house import House

pytestmark = pytest.mark.parametrize("database_kind", ["sqlite"])


class Postbox:
    """A small mail server on loopback that keeps what it is given, or refuses."""

    def __init__(self) -> None:
        self.port = 0
        self.messages: list[str] = []
        self.refuse = ""
        self.offers = b"fine"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 postbox\r\n")
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split()[0].upper()
                if self.refuse and line.upper().startswith(self.refuse):
                    writer.write(b"550 not here\r\n")
                elif verb == "DATA":
                    writer.write(b"354 go on\r\n")
                    body = await reader.readuntil(b"\r\n.\r\n")
                    self.messages.append(body.decode())
                    writer.write(b"250 kept\r\n")
                else:
                    said = b"221 bye" if verb == "QUIT" else b"250 fine"
                    if verb == "EHLO":
                        said = b"250-postbox\r\n250 " + self.offers
                    writer.write(said + b"\r\n")
                if verb == "QUIT":
                    break
        finally:
            writer.close()


@pytest.fixture
async def postbox() -> AsyncIterator[Postbox]:
    """A mail server that runs."""
    found = Postbox()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
    await server.wait_closed()


def form(port: int) -> dict[str, str]:
    return {
        "host": "127.0.0.1", "port": str(port), "security": "none",
        "sender": "loquet@maison.example", "password": "mail secret",
    }  # fmt: skip


async def test_a_test_message_arrives_and_invitations_follow(
    house: House, tmp_path: Path, postbox: Postbox
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    async with browser(app) as http:
        await sign_in(http, "owner")
        saved = await http.post("/setup/mail", data=form(postbox.port))
        assert saved.headers["location"] == "/setup/mail?done=saved"
        sent = await http.post("/setup/mail/test")
        assert "on its way to owner@maison.example" in sent.text
        ali = {"name": "Ali", "mail": "ali@maison.example", "role": "host", "language": "en"}
        invited = await http.post("/operators/new", data=ali)
        assert "It was sent to ali@maison.example." in invited.text
        assert "mail secret" not in (await http.get("/setup/mail")).text
    assert len(postbox.messages) == 2
    assert "To: ali@maison.example" in postbox.messages[1]
    assert "/link/" in postbox.messages[1]
    [row] = [each for each in await house.all(Preference) if each.name == "mail"]
    assert "secret" not in repr(row.__dict__)
    assert "mail secret" not in repr([each.__dict__ for each in await house.all(Audit)])


async def test_a_mail_server_that_refuses_is_quoted_and_the_link_is_shown(
    house: House, tmp_path: Path, postbox: Postbox
) -> None:
    await add_operator(house, "owner")
    _, app = front_desk(house, tmp_path)
    postbox.refuse = "RCPT"
    async with browser(app) as http:
        await sign_in(http, "owner")
        await http.post("/setup/mail", data=form(postbox.port))
        tried = await http.post("/setup/mail/test")
        assert (tried.status_code, "refused the recipient" in tried.text) == (502, True)
        assert "550" in tried.text
        ali = {"name": "Ali", "mail": "ali@maison.example", "role": "host", "language": "en"}
        invited = (await http.post("/operators/new", data=ali)).text
        assert "could not be sent" in invited
        assert "/link/" in invited


async def test_what_goes_wrong_is_said_in_plain_words(database_kind: str) -> None:
    nobody = MailServer("127.0.0.1", free_port(), Security.NONE, "a@b.example")
    with pytest.raises(MailFailed, match="does not answer"):
        await send(nobody, "c@d.example", "s", "t")
    clear = MailServer("smtp.example", 25, Security.NONE, "a@b.example", "u", "p")
    with pytest.raises(MailFailed, match="in clear"):
        await send(clear, "c@d.example", "s", "t")


@pytest.mark.parametrize(
    ("host", "user", "password"), [("mail..example", "", ""), ("127.0.0.1", "zoé", "été 2025")]
)
async def test_what_the_protocol_cannot_carry_is_said_too(
    postbox: Postbox, database_kind: str, host: str, user: str, password: str
) -> None:
    postbox.offers = b"AUTH PLAIN"
    server = MailServer(host, postbox.port, Security.NONE, "a@b.example", user, password)
    with pytest.raises(MailFailed, match="without accents"):
        await send(server, "c@d.example", "s", "t")


async def test_a_server_without_protection_is_not_taken_for_one(
    postbox: Postbox, database_kind: str
) -> None:
    server = MailServer("127.0.0.1", postbox.port, Security.STARTTLS, "a@b.example")
    with pytest.raises(MailFailed):
        await send(server, "c@d.example", "s", "t")
    assert postbox.messages == []
