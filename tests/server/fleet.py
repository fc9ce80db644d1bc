"""Units without walls: the edge's own stores of policy and peppers, asked over the office's API."""

from __future__ import annotations

import contextlib
from pathlib import Path

import httpx

from loquet_contract.access.credential import Representation, digests
from loquet_contract.access.pin import pin_digest
from loquet_contract.ids import BootId, HolderId, JournalId, UnitId
from loquet_contract.wire import base64url, topics
from loquet_contract.wire.codec import decode_text, encode
from loquet_contract.wire.enrolment import Identity, PolicyRequest
from loquet_contract.wire.messages import Desired, Online
from loquet_contract.wire.signing import Purpose, Signer, SigningKey
from loquet_edge.identity import UnitIdentity
from loquet_edge.pepper_store import PepperStore
from loquet_edge.policy_store import StoredPolicy
from loquet_edge.policy_writer import PepperMissing, PolicyWriter
from loquet_server.ingest.service import Message
from loquet_server.models import DesiredState
from tests.server.house import SITE, House, Journal


class WallUnit:
    """One unit; ``turn`` is all it does while it is in touch."""

    def __init__(self, house: House, folder: Path, name: str, key: SigningKey) -> None:
        self._house, self._folder, self.name, self._key = house, folder, UnitId(name), key
        self.journal = Journal(key, self.name, name=JournalId(f"j-{name}"))
        folder.mkdir(parents=True)
        self.path = folder / "identity.json"
        identity = Identity(
            SITE, self.name, "127.0.0.1", 1883, name, "password", "http://localhost",
            house.keys.signing.public.text, base64url.to_text(house.keys.seal_public),
            house.keys.pepper_id, base64url.to_text(house.keys.pepper),
        )  # fmt: skip
        UnitIdentity(identity, key).save(self.path)
        self._now = 0.0
        self.start()

    def start(self) -> None:
        """Start, or start again after a loss of power."""
        self._identity = UnitIdentity.load(self.path)
        who = self._identity.identity
        self.store = PepperStore(self.path, self._identity)
        self.writer = PolicyWriter(
            self._folder / "policy.db", self._identity.verifier, SITE, self.name, who.pepper_id
        )
        self.policy = StoredPolicy(self._folder / "policy.db")
        self.store.follow(self.policy.pepper_id)

    def stop(self) -> None:
        """Lose power."""
        self.writer.close()
        self.policy.close()

    def knows(self, *presented: Representation) -> bool:
        """Whether a badge is found in the policy in force."""
        asked = digests(self.store.in_force, presented)
        return any(self.policy.credential(each) is not None for each in asked)

    def knows_pin(self, presented: Representation, digits: str) -> bool:
        """Whether a badge's holder has this PIN in the policy in force."""
        for each in digests(self.store.in_force, [presented]):
            found = self.policy.credential(each)
            if found is not None and found[1] is not None:
                holder = HolderId(found[1].holder)
                typed = {pin_digest(raw, holder, digits) for raw in self.store.in_force}
                return found[1].pin in typed
        return False

    async def turn(self, http: httpx.AsyncClient) -> None:
        """Hear what stands retained, ask for what is missing, and say how it stands."""
        await self.hear()
        await self.ask_peppers(http)
        await self.fetch(http)
        await self.say()

    async def hear(self) -> None:
        """Take in the desired state."""
        row = await self._house.get(DesiredState, self.name)
        if row is not None:
            payload = self._identity.verifier.payload(Purpose.DESIRED, row.document)
            self.store.want(decode_text(Desired, payload).peppers)

    async def ask_peppers(self, http: httpx.AsyncClient) -> None:
        """Fetch the peppers that are missing."""
        self._now += 100.0
        wish = self.store.wish(self._now)
        if wish is not None:
            answer = await http.post(f"/api/v1/units/{self.name}/peppers", content=wish)
            if answer.status_code == 200:
                self.store.take(answer.text)
        self.store.follow(self.policy.pepper_id)

    async def fetch(self, http: httpx.AsyncClient) -> None:
        """Fetch the whole policy; one under a pepper that is not here waits."""
        self.writer.peppers = frozenset(self.store.told)
        wish = PolicyRequest(SITE, self.name, self.writer.version, "ab" * 16)
        document = Signer(self._key).sign(Purpose.POLICY_REQUEST, encode(wish))
        answer = await http.post(f"/api/v1/units/{self.name}/policy", content=document)
        if answer.status_code == 200:
            with contextlib.suppress(PepperMissing):
                self.writer.apply_whole(answer.text.splitlines())
        self.policy.refresh()
        self.store.follow(self.policy.pepper_id)

    async def say(self) -> None:
        """Tell that it is there, and how it stands."""
        await self.online(True)
        said = self.journal.state(
            policy_version=self.policy.version, policy_digest=self.policy.digest,
            peppers=self.store.told,
        )  # fmt: skip
        await self._house.take(said)

    async def online(self, here: bool) -> None:
        """Come, or go."""
        topic = self.journal.topic(topics.Channel.ONLINE)
        said = Online(self.name, here, BootId("b1"))
        await self._house.take(Message(topic, encode(said).encode()))
