"""What mosquitto says of those who come: refusals become incidents, old sessions are ended.

mosquitto tells its log on topics of its own (mosquitto.conf(5), ``log_dest topic``), so it may run
on any machine. It says who was turned away, what each client subscribes to (whether it has a
right to it or not), and under which client id each user has a session. Of a unit that is shut out
it takes the rights and keeps the session; we end that by taking it over: of two with one id, a
broker keeps the later (MQTT 3.1.1, 3.1.4-2). What was published, or left as a will, without right
it says to a file alone (``mosquitto_file``).
"""

import asyncio
import re
from collections import deque
from collections.abc import Collection
from typing import Final

from loquet_contract.wire.certificates import SERVER_NAME
from loquet_server.certificates.mosquitto_file import MosquittoFile
from loquet_server.certificates.mosquitto_lines import (
    MOST_REFUSALS,
    MOST_SESSIONS,
    Sessions,
    body,
    came,
    is_cut,
    name,
    topic,
)
from loquet_server.certificates.refusals import (
    LOOK_SECONDS,
    OVERREACH,
    REFUSED,
    Refusal,
    raise_refusals,
)
from loquet_server.certificates.repository import CertificateRepository
from loquet_server.certificates.topic_rights import Right, unit_may
from loquet_server.chores import again
from loquet_server.mqtt import Address, Incoming, MqttSession, session_name
from loquet_server.office import Office

SUBSCRIPTIONS: Final = "$SYS/broker/log/M/subscribe"
LOG_TOPICS: Final = ("$SYS/broker/log/E", "$SYS/broker/log/N", SUBSCRIPTIONS)
"""Errors, notices and subscriptions; readable for the server alone (``topic_rights``)."""
_KNOCK = re.compile(r"New connection from (?P<from>.+):\d+ on port")
_IN_CLEAR = re.compile(r"Client connection from (?P<from>\S+) failed: (?P<what>.+)")
_OF_TLS = re.compile(r"OpenSSL Error\[\d+\]: (?P<what>.+)")
_TOO_MUCH = re.compile(
    r"Client (?P<client>.*) disconnected (?P<what>due to (?:oversize packet|malformed packet|"
    r"protocol error))\.$"
)
_NOT_AUTHORISED = re.compile(r"Client (?P<client>.*) disconnected, (?P<what>not authorised)\.$")
_QUALITY = re.compile(r" \d{1,3}(?= )")
"""Between client id and filter; what follows begins with the space."""
_NOISE = ("unexpected eof while reading", "application data after close notify")
"""A connection that was cut, and nobody who was refused."""


def client_id(unit: str) -> str:
    """Return under which client id a unit comes."""
    return f"loquet-{unit}"


class LogReader:
    """Makes refusals and sessions of the lines of a log; one line at a time.

    ``own``: the user as which the server itself comes.
    """

    def __init__(self, most: int = MOST_SESSIONS, own: str = SERVER_NAME) -> None:
        self._own = own
        self._refusals: deque[Refusal] = deque(maxlen=MOST_REFUSALS)
        self._sessions = Sessions(most)
        self._knocker = "an unknown address"

    def read(self, line: str) -> None:
        """Take in an error or a notice; what is not about who comes is passed over."""
        said = body(line)
        if who := came(line):
            self._came(who.client, who.user, who.where)
        elif found := _KNOCK.match(said):
            self._knocker = found["from"]
        elif found := _IN_CLEAR.match(said):
            self._note(REFUSED, found["from"], found["what"])
        elif found := _OF_TLS.match(said):
            if not found["what"].endswith(_NOISE):  # the line itself does not say who it was
                self._note(REFUSED, f"{self._knocker} (the last to come)", found["what"])
        elif found := _NOT_AUTHORISED.match(said):
            self._note(REFUSED, self._sessions.named(found["client"]), found["what"])
        elif found := _TOO_MUCH.match(said):
            self._note(OVERREACH, self._sessions.named(found["client"]), found["what"])

    def subscribed(self, line: str) -> None:
        """Take in who subscribes to what; of who came before us we do not know who it is."""
        client, asked = self._sessions.parted(body(line), _QUALITY)
        user, asked = self._sessions.user_of(client), asked[1:]
        if user is None or not self._is_unit(user):
            return
        if is_cut(line) or not unit_may(user, Right.READ, asked):
            self._note(
                OVERREACH, self._sessions.named(client), f"may not subscribe to {topic(asked)}"
            )

    def refusals(self) -> list[Refusal]:
        """Return what was refused since the last call."""
        found = list(self._refusals)
        self._refusals.clear()
        return found

    def sessions_of(self, users: Collection[str]) -> list[str]:
        """Return client ids of these users, each once for each time that it came."""
        return self._sessions.take(users)

    def _came(self, client: str | None, user: str, where: str) -> None:
        if client is None:
            self._note(OVERREACH, where, "came by a name that is too long to be told: not a unit")
            return
        self._sessions.add(client, user)
        if self._is_unit(user) and client != client_id(user):
            self._note(
                OVERREACH, where, f"came as {name(user)} by the name of {name(client)}:"
                " not the unit",
            )  # fmt: skip

    def _is_unit(self, user: str) -> bool:
        return "." not in user and user != self._own  # names with a dot are no units'

    def _note(self, kind: str, who: str, what: str) -> None:
        self._refusals.append(Refusal(kind, f"{who}: {what}"[:300]))


class MosquittoEar:
    """Hears the log of an external mosquitto, and acts on it once a round."""

    def __init__(self, office: Office, address: Address) -> None:
        self._office, self._reader = office, LogReader(own=address.user)
        path = office.settings.broker_log
        self._file = None if path is None else MosquittoFile(path)
        self._session = MqttSession(address, session_name("log"), self._hear, persistent=False)
        for each in LOG_TOPICS:
            self._session.subscribe(each)

    async def start(self) -> None:
        """Begin to listen."""
        await self._session.start()

    async def wait_online(self, seconds: float) -> None:
        """Wait for the session; raise BrokerAway."""
        await self._session.wait_online(seconds)

    async def stop(self) -> None:
        """Leave the broker."""
        await self._session.stop()

    async def round(self) -> None:
        """Raise what was refused, and end the sessions of who is shut out."""
        await raise_refusals(self._office, self._reader.refusals())
        if self._file is not None:
            await self._round_of(self._file)
        async with self._office.database.reading() as session:
            shut_out = await CertificateRepository(session).shut_out()
        for client in self._reader.sessions_of(set(shut_out)):
            await self._office.exchange.end_session(client)

    async def _round_of(self, file: MosquittoFile) -> None:
        found = await asyncio.to_thread(file.read)
        if found:
            await raise_refusals(self._office, found)
            await asyncio.to_thread(file.empty)

    def _hear(self, message: Incoming) -> None:
        self._session.done(message)
        line = message.payload.decode(errors="replace")
        take = self._reader.subscribed if message.topic == SUBSCRIPTIONS else self._reader.read
        take(line)


async def watch_mosquitto(office: Office, address: Address) -> None:
    """Act on what an external mosquitto says, for as long as the server runs."""
    ear = MosquittoEar(office, address)
    await ear.start()
    try:
        await again("watch-broker", ear.round, every=LOOK_SECONDS)
    finally:
        await ear.stop()
