"""Why was she refused at 08:02? The same ``decide``, the same policy, the same moment."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest, Denied, Granted, Now
from loquet_contract.access.policy import InMemoryPolicy
from loquet_contract.access.presence import NOBODY
from loquet_contract.ids import AccessPointId, CredentialDigest
from loquet_contract.wire.codec import decode_text
from loquet_contract.wire.messages import Manifest
from loquet_contract.wire.signing import Purpose, Verifier, VerifyKey
from loquet_server.errors import NotFound
from loquet_server.explain import moment, telling
from loquet_server.explain.repository import ExplainRepository, Place
from loquet_server.explain.scene import Scene
from loquet_server.explain.schemas import Explanation
from loquet_server.explain.sentences import exact
from loquet_server.explain.wording import Clock, manager, said
from loquet_server.foresight.ladder import Case, Why, why
from loquet_server.foresight.layers import proving
from loquet_server.foresight.layers import request as question
from loquet_server.models import Holder, Passage, Site
from loquet_server.policy.history import lines_at, policy_of
from loquet_server.policy.repository import PolicyRepository
from loquet_server.policy.rules import rule_of
from loquet_server.web.i18n import N_
from loquet_server.who import LOCAL, Actor, own

_DOUBT = N_(
    "The unit judged otherwise. It may have held other moving facts (passes, who is inside) than"
    " this server now knows of, or its record was corrected since."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question before its answer."""

    site: Site
    place: Place
    at_ms: int
    trusted: bool = True
    row: Passage | None = None


class ExplainService:
    """Questions about one moment; ``actor`` sees only what belongs to their site."""

    def __init__(self, session: AsyncSession, server_key: VerifyKey, actor: Actor = LOCAL) -> None:
        self._session = session
        self._repository = ExplainRepository(session)
        self._verifier = Verifier(server_key)
        self._actor = actor

    async def passage(self, passage: int, language: str = "en") -> Explanation:
        """Explain what a unit did, by the policy that it then enforced; raise NotFound."""
        row = await self._repository.passage(passage)
        own(self._actor, None if row is None else row.site, f"passage {passage}")
        site = None if row is None else await self._repository.site(row.site)
        if row is None or site is None:
            raise NotFound(f"there is no passage {passage}")
        place = await self._repository.place(row.access_point) or _gone(row)
        digests = () if row.credential is None else (CredentialDigest(row.credential),)
        request = AccessRequest(AccessPointId(row.access_point), digests, Assurance(row.assurance))
        policy = await self._policy(row.unit, row.policy_version)
        request = moment.as_it_was_typed(request, policy, row)
        decided_at = row.at if row.said_at is None else row.said_at  # by the unit's own clock
        asked = Asked(site, place, decided_at, row.trusted, row)
        scene = await self._scene(asked, request, policy, row.unit, language)
        recorded = row.reason or row.outcome
        shown = self._shown(scene, asked)
        same = row.reason == shown.reason and (row.outcome == "denied") == (
            shown.answer == "denied"
        )
        doubt = "" if same else scene.clock.texts.gettext(_DOUBT)
        version = {"policy_version": row.policy_version}
        return shown.model_copy(
            update={"recorded": recorded, "agrees": same, "doubt": doubt, **version}
        )

    async def site_of(self, passage: int) -> Site:
        """Return the space of a passage; raise NotFound."""
        row = await self._repository.passage(passage)
        own(self._actor, None if row is None else row.site, f"passage {passage}")
        site = None if row is None else await self._repository.site(row.site)
        if site is None:
            raise NotFound(f"there is no passage {passage}")
        return site

    async def holder(
        self, holder: str, access_point: str, at_ms: int, language: str = "en"
    ) -> Explanation:
        """Say whether a holder could pass there then, with any of their badges; raise NotFound."""
        place = await self._repository.place(access_point)
        own(self._actor, None if place is None else place.site, f"access point {access_point!r}")
        if place is None or place.unit is None:
            raise NotFound(f"there is no access point {access_point!r} with a unit")
        person = await self._repository.holder(holder)
        own(self._actor, None if person is None else person.site, f"holder {holder!r}")
        site = await self._repository.site(place.site)
        if person is None or site is None:
            raise NotFound(f"there is no holder {holder!r}")
        version = await PolicyRepository(self._session).version_at(place.unit, at_ms)
        policy = await self._policy(place.unit, version)
        digests = await self._repository.known_by(holder)
        held = [each for each in digests if policy.credential(CredentialDigest(each)) is not None]
        scenes = [
            await self._scene(
                Asked(site, place, at_ms),
                proving(question(AccessPointId(access_point), CredentialDigest(each)), policy),
                policy,
                place.unit,
                language,
                person,
            )
            for each in held or digests[:1] or [""]
        ]
        granted = (each for each in scenes if isinstance(each.why.answer, Granted))
        shown = self._shown(next(granted, scenes[0]), Asked(site, place, at_ms))
        return shown.model_copy(update={"policy_version": version})

    async def _policy(self, unit: str, version: int | None) -> InMemoryPolicy:
        if version is None:
            return InMemoryPolicy(None)
        versions = await PolicyRepository(self._session).versions(unit, version)
        if not versions or versions[-1].version != version:
            raise NotFound(f"version {version} of the policy of unit {unit!r} is not kept")
        payload = self._verifier.payload(Purpose.POLICY, versions[-1].manifest)
        return policy_of(decode_text(Manifest, payload), lines_at(versions))

    async def _scene(
        self,
        asked: Asked,
        request: AccessRequest,
        policy: InMemoryPolicy,
        unit: str,
        language: str,
        person: Holder | None = None,
    ) -> Scene:
        """Gather all that takes part, and judge."""
        repository, row, site = self._repository, asked.row, asked.site
        lockdown = await repository.lockdown(asked.place.door, asked.at_ms)
        case = Case(request, policy, NOBODY, Now(0.0, asked.at_ms / 1000, asked.trusted))
        known = case.found()
        presence = await moment.then(
            self._session, policy, site.id, known[1] if known else None, lockdown, asked.at_ms
        )
        if row is not None:
            presence = moment.as_the_unit_saw_it(presence, policy, row)
        case = Case(request, policy, presence, case.now)
        found = why(case)
        badge = await repository.badge(request.digests[0]) if request.digests else None
        name = found.answer.holder or (badge.holder if badge else None)
        return Scene(
            case=case,
            why=found,
            site=site,
            place=asked.place,
            unit_name=await repository.unit_name(unit),
            clock=Clock(language, site.timezone),
            holder=person or (await repository.holder(name) if name else None),
            badge=badge,
            lockdown=lockdown,
            plans=await repository.plans(_rules(found)),
        )

    def _shown(self, scene: Scene, asked: Asked) -> Explanation:
        answer = scene.why.answer
        denied = answer if isinstance(answer, Denied) else None
        language, utc = scene.clock.language, asked.at_ms / 1000
        member = Clock(_language_of(scene), scene.site.timezone)
        return Explanation(
            answer="granted" if denied is None else "denied",
            reason=None if denied is None else denied.reason.value,
            words="" if denied is None else manager(denied.reason, language),
            exact=exact(scene),
            said=""
            if denied is None
            else said(denied.reason, denied.when, member, utc, scene.site.contact),
            when=None if denied is None else denied.when,
            rule=answer.rule if isinstance(answer, Granted) else None,
            holder=answer.holder,
            member=None if scene.holder is None else scene.holder.name,
            access_point=asked.place.access_point,
            door=scene.place.door_name,
            area=scene.place.area_name,
            at=asked.at_ms,
            ladder=telling.ladder(scene),
            also=telling.also(scene),
            ways=telling.ways(scene),
            advice=telling.advice(scene),
        )


def _rules(found: Why) -> set[str]:
    names = {rule_of(each.rule) for each in found.ways}
    if isinstance(found.answer, Granted):
        names.add(rule_of(found.answer.rule))
    return names


def _language_of(scene: Scene) -> str:
    """Return the language in which the member was told."""
    wish = scene.holder.language if scene.holder else scene.site.locale
    return wish if wish in ("fr", "en") else "fr"


def _gone(row: Passage) -> Place:
    """Return what stands for a door that is no more."""
    area = row.area_to or ""
    return Place(row.access_point, row.door, row.door, row.site, row.unit, area, area)
