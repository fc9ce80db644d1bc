"""The ways to reach somebody: what each needs, what pages say of it, and how it is sent by.

A way's address holds its secrets (a topic of ntfy is one: who knows it reads along). It is
sealed to the server's key, and never shown again.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from loquet_contract.wire.sealing import CannotOpen, open_sealed, seal
from loquet_server.database import Database
from loquet_server.hooks.addresses import Networks, NotThere, judged
from loquet_server.identity import mail
from loquet_server.keys import Keys
from loquet_server.notices import push
from loquet_server.notices.letter import Letter

CONTEXT: Final = "notice-way"
MAIL: Final = "mail"
PUSH: Final = ("ntfy", "gotify")
WAYS: Final = (MAIL, *PUSH)
SECRETS: Final = ("topic", "token")


@dataclass(frozen=True, slots=True)
class Outcome:
    """``problem`` None: the other side has it. ``said``: its own words, without our secrets."""

    problem: str | None = None
    said: str = ""


def sealed(keys: Keys, address: Mapping[str, str]) -> str:
    """Return an address that this server alone can read."""
    return seal(keys.seal_public, json.dumps(dict(address)).encode(), CONTEXT)


def opened(keys: Keys, text: str) -> dict[str, str]:
    """Return an address; raise CannotOpen."""
    found = json.loads(open_sealed(keys.sealing, text, CONTEXT))
    return {str(name): str(value) for name, value in found.items()}


def shown(way: str, address: Mapping[str, str]) -> str:
    """Return what pages may say of an address."""
    return address["to"] if way == MAIL else urlsplit(address["server"]).netloc


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends by any way. ``networks``: private ones that are allowed."""

    database: Database
    keys: Keys
    networks: Networks

    async def send(self, way: str, sealed_address: str, letter: Letter, name: str) -> Outcome:
        """Try once; never raises for what the other side does. ``name`` is the letter's own."""
        try:
            address = opened(self.keys, sealed_address)
        except (CannotOpen, ValueError):
            return Outcome("cannot_open")
        if way == MAIL:
            return await self._mail(address, letter, name)
        return await self._push(way, address, letter)

    async def _mail(self, address: Mapping[str, str], letter: Letter, name: str) -> Outcome:
        async with self.database.reading() as session:
            server = await mail.load(session, self.keys)
        if server is None:
            return Outcome("no_mail_server")
        try:
            await mail.send(server, address["to"], letter.title, letter.whole, name=name)
        except mail.MailFailed as failure:
            return Outcome(PROBLEM_OF_MAIL, f"{failure.text}\n{failure.said}".strip()[:300])
        return Outcome()

    async def _push(self, way: str, address: Mapping[str, str], letter: Letter) -> Outcome:
        try:
            at = await judged(address["server"], self.networks)
        except NotThere as error:
            return Outcome(error.problem)
        problem, said = await push.send(way, address, at, letter)
        for secret in (address.get(each, "") for each in SECRETS):
            said = said.replace(secret, "…") if secret else said
        return Outcome(problem, said[:300])


PROBLEM_OF_MAIL: Final = "mail_failed"
