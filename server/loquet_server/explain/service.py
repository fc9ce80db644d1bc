"""Why was she refused at 08:02? Who could enter on Sunday? The same ``decide`` answers."""

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now, decide
from loquet_contract.access.policy import InMemoryPolicy
from loquet_contract.access.presence import Presence
from loquet_contract.access.reasons import WORDS
from loquet_contract.ids import AccessPointId, CredentialDigest, DoorId, LockdownId
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey
from loquet_server.errors import NotFound
from loquet_server.explain.repository import ExplainRepository
from loquet_server.explain.schemas import Explanation
from loquet_server.policy.history import lines_at, policy_of
from loquet_server.policy.repository import PolicyRepository


class ExplainService:
    """Questions about one moment."""

    def __init__(self, session: AsyncSession, server_key: VerifyKey) -> None:
        self._session = session
        self._repository = ExplainRepository(session)
        self._verifier = Verifier(server_key)

    async def passage(self, passage: int, language: str = "en") -> Explanation:
        """Explain what a unit did, by the policy that it then enforced; raise NotFound."""
        row = await self._repository.passage(passage)
        if row is None:
            raise NotFound(f"there is no passage {passage}")
        digests = () if row.credential is None else (CredentialDigest(row.credential),)
        request = AccessRequest(AccessPointId(row.access_point), digests, Assurance(row.assurance))
        policy = await self._policy(row.unit, row.policy_version)
        presence = await self._presence(row.door, row.at)
        found = decide(request, policy, presence, Now(0.0, row.at / 1000, row.trusted))
        shown = self._shown(found, row.access_point, row.at, row.policy_version, language)
        recorded = row.reason or row.outcome
        same = row.reason == shown.reason and (row.outcome == "denied") == isinstance(found, Denied)
        return shown.model_copy(update={"recorded": recorded, "agrees": same})

    async def holder(
        self, holder: str, access_point: str, at_ms: int, language: str = "en"
    ) -> Explanation:
        """Say whether a holder could pass there then, with any of their badges; raise NotFound."""
        place = await self._repository.place(access_point)
        if place is None or place[1] is None:
            raise NotFound(f"there is no access point {access_point!r} with a unit")
        if await self._repository.holder(holder) is None:
            raise NotFound(f"there is no holder {holder!r}")
        door, unit = place
        version = await PolicyRepository(self._session).version_at(unit or "", at_ms)
        policy = await self._policy(unit or "", version)
        presence = await self._presence(door, at_ms)
        digests = await self._repository.digests(holder) or [""]
        answers = [
            decide(
                AccessRequest(
                    AccessPointId(access_point),
                    (CredentialDigest(digest),),
                    Assurance.AUTHENTICATED,
                ),
                policy,
                presence,
                Now(0.0, at_ms / 1000),
            )
            for digest in digests
        ]
        best = next((each for each in answers if isinstance(each, Granted)), answers[0])
        return self._shown(best, access_point, at_ms, version, language)

    async def _policy(self, unit: str, version: int | None) -> InMemoryPolicy:
        if version is None:
            return InMemoryPolicy(None)
        versions = await PolicyRepository(self._session).versions(unit, version)
        if not versions or versions[-1].version != version:
            raise NotFound(f"version {version} of the policy of unit {unit!r} is not kept")
        payload = self._verifier.payload(Purpose.POLICY, versions[-1].manifest)
        return policy_of(decode_text(Manifest, payload), lines_at(versions))

    async def _presence(self, door: str, at_ms: int) -> Presence:
        found = await self._repository.lockdown(door, at_ms)
        return Presence({} if found is None else {DoorId(door): LockdownId(found)})

    def _shown(
        self,
        found: Granted | Denied,
        access_point: str,
        at_ms: int,
        version: int | None,
        language: str,
    ) -> Explanation:
        denied = found if isinstance(found, Denied) else None
        return Explanation(
            answer="granted" if denied is None else "denied",
            reason=None if denied is None else denied.reason.value,
            words="" if denied is None else WORDS[language][denied.reason].manager,
            when=None if denied is None else denied.when,
            rule=found.rule if isinstance(found, Granted) else None,
            holder=found.holder,
            access_point=access_point,
            at=at_ms,
            policy_version=version,
        )
