"""One small house in a database, and its unit as the wire sees it."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from loquet_contract.access.credential import from_uid
from loquet_contract.ids import BootId, JournalId, SiteId, UnitId
from loquet_contract.wire import topics
from loquet_contract.wire.codec import decode_text, encode, to_plain
from loquet_contract.wire.envelope import Ack, Batch, Entry, chain_of, first_chain
from loquet_contract.wire.messages import Change, UnitState
from loquet_contract.wire.signing import Purpose, Signer, SigningKey, Verifier
from loquet_server.database import Database
from loquet_server.ingest.service import IngestService, Message, Result
from loquet_server.keys import Keys
from loquet_server.models import (
    AccessPoint,
    Area,
    Base,
    Credential,
    Desk,
    Door,
    Holder,
    Incident,
    Plan,
    Rule,
    Schedule,
    Site,
    Subscription,
    Unit,
)
from loquet_server.publication import Publication

SITE = SiteId("maison")
UNIT = UnitId("hall")
UID = bytes.fromhex("04a1b2c3d4e5f6")
FIRST = JournalId("j1")
START = 1_760_000_000_000
"""Thursday, 9 October 2025, 08:53:20 UTC."""
_salts = itertools.count()


def make_keys() -> Keys:
    """Return keys of a server, in memory."""
    return Keys(SigningKey(b"s" * 32), b"x" * 32, b"p" * 32, "00" * 32, b"a" * 32)


@dataclass
class Journal:
    """A unit's journal as it writes it, and signs its batches."""

    key: SigningKey
    unit: UnitId = UNIT
    site: SiteId = SITE
    name: JournalId = FIRST
    sequence: int = 0
    chain: str = ""
    entries: list[tuple[Entry, str]] = field(default_factory=list)
    """Each entry with the chain before it."""

    def __post_init__(self) -> None:
        self.chain = first_chain(self.unit, self.name)

    def write(self, event: Any, at: int = START, **more: Any) -> Entry:
        """Append a fact and return its entry."""
        body = to_plain(event)
        return self.write_raw(body.pop("kind"), body, at, **more)

    def write_raw(
        self, kind: str, body: Any, at: int = START, *, trusted: bool = True, boot: str = "b1",
        monotonic: int = 1000,
    ) -> Entry:  # fmt: skip
        """Append a fact of any kind."""
        self.sequence += 1
        salt = f"salt{next(_salts)}"
        entry = Entry(self.sequence, at, monotonic, BootId(boot), trusted, kind, salt, body)
        self.entries.append((entry, self.chain))
        self.chain = chain_of(self.chain, entry)
        return entry

    def batch(self, first: int, last: int | None = None) -> Batch:
        """Return entries ``first`` to ``last`` as a batch."""
        last = last or self.sequence
        chosen = self.entries[first - 1 : last]
        chain = self.entries[last][1] if last < self.sequence else self.chain
        entries = tuple(entry for entry, _ in chosen)
        return Batch(self.site, self.unit, self.name, chosen[0][1], chain, entries)

    def message(self, first: int = 1, last: int | None = None) -> Message:
        """Return a signed batch as it comes from the broker."""
        return self.signed(self.batch(first, last))

    def signed(self, batch: Batch, key: SigningKey | None = None) -> Message:
        """Return any batch, signed with any key, on this unit's topic."""
        document = Signer(key or self.key).sign(Purpose.BATCH, encode(batch))
        return Message(self.topic(topics.Channel.EVENTS), document.encode())

    def topic(self, channel: topics.Channel) -> str:
        """Return the unit's topic of a channel."""
        return topics.unit_topic(self.site, self.unit, channel)

    def state(self, **changes: Any) -> Message:
        """Return a signed state."""
        values: dict[str, Any] = {
            "site": self.site, "unit": self.unit, "boot": BootId("b1"), "utc": START,
            "clock_trusted": True, "challenge": "c1", "journal": self.name,
            "last_sequence": self.sequence, "backlog": 0,
        }  # fmt: skip
        said = UnitState(**(values | changes))
        document = Signer(self.key).sign(Purpose.STATE, encode(said))
        return Message(self.topic(topics.Channel.STATE), document.encode())


class House:
    """The house's rows, its unit's journal, and an ingest that reads it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.keys = make_keys()
        self.unit_key = SigningKey(b"u" * 32)
        self.now = START / 1000
        self.ingest = IngestService(database, self.keys.signer, lambda: self.now)
        self.journal = Journal(self.unit_key)

    async def build(self) -> None:
        """Write the rows, in order of their references."""
        async with self.database.with_transaction() as session:
            for rows in self._rows():
                session.add_all(rows)
                await session.flush()

    def _rows(self) -> list[list[Base]]:
        site = str(SITE)
        number = from_uid(UID)
        other = SigningKey(b"o" * 32).public.text
        return [
            [Site(id=site, name="La Maison", timezone="Europe/Paris", locale="fr", contact="")],
            [
                Area(id="salle", site=site, name="Salle"),
                Area(id="calme", site=site, name="Calme", exit_sensing=True),
                Unit(id=UNIT, site=site, name="Hall", public_key=self.unit_key.public.text),
                Unit(id="other", site=site, name="Other", public_key=other),
                Schedule(id="always", site=site, name="Always", always=True),
                Plan(id="resident", site=site, name_fr="Résident", name_en="Resident"),
            ],
            [
                Rule(id="r1", plan="resident", access_points=["in", "quiet"], schedule="always"),
                Door(id="front", site=site, unit=UNIT, name="Front"),
                Door(id="quiet", site=site, unit=UNIT, name="Quiet"),
                Door(id="far", site=site, unit="other", name="Far"),
                Holder(id="h1", site=site, name="Camille"),
                Desk(id="d1", site=site, area="salle", unit=UNIT, name="1"),
                Desk(id="d2", site=site, area="calme", unit=UNIT, name="2"),
            ],
            [
                Subscription(
                    id="s1", site=site, holder="h1", plan="resident", starts_on="2025-01-01"
                ),
                _way("in", "front", "outside", "salle"),
                _way("quiet", "quiet", "salle", "calme"),
                Credential(
                    id="c1", site=site, holder="h1", form=number.form.value,
                    number_sealed=self.keys.seal_number(number),
                    digest=self.keys.unit_digest(number), label="Blue",
                ),
            ],
        ]  # fmt: skip

    async def take(self, *messages: Message) -> Result:
        """Let ingest handle these in one transaction."""
        return await self.ingest.handle(messages)

    async def all(self, model: type[Any]) -> list[Any]:
        """Return all rows of a table."""
        async with self.database.reading() as session:
            return list((await session.execute(select(model))).scalars())

    async def get(self, model: type[Any], key: Any) -> Any:
        """Return one row or None."""
        async with self.database.reading() as session:
            return await session.get(model, key)

    async def kinds(self) -> list[str]:
        """Return the kinds of all open incidents, sorted."""
        return sorted(each.kind for each in await self.all(Incident) if each.ended_at is None)

    def acks(self, publications: list[Publication]) -> list[Ack]:
        """Return the acknowledgements among what was published; their signatures hold."""
        verifier = Verifier(self.keys.signing.public)
        return [
            decode_text(Ack, verifier.payload(Purpose.ACK, each.payload))
            for each in publications
            if each.topic.endswith("/ack") and each.retain
        ]

    def changes(self, publications: list[Publication]) -> list[Change]:
        """Return the changes among what was published."""
        return [
            decode_text(Change, each.payload)
            for each in publications
            if each.topic.endswith("/server/changes")
        ]


def _way(name: str, door: str, area_from: str, area_to: str) -> AccessPoint:
    return AccessPoint(id=name, door=door, reader=name, area_from=area_from, area_to=area_to)
