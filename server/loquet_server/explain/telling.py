"""From a scene to what people read: each right, the ladder, what to do."""

from loquet_contract.access import passes
from loquet_contract.access.decision import Denied, Granted
from loquet_contract.access.policy import RuleRecord
from loquet_contract.access.reasons import Reason
from loquet_server.explain import words
from loquet_server.explain.scene import Scene
from loquet_server.explain.schemas import AdviceOut, StepOut, WayOut
from loquet_server.explain.wording import manager
from loquet_server.foresight.ladder import Way
from loquet_server.foresight.spans import Span

DAY = 86_400


def ladder(scene: Scene) -> list[StepOut]:
    """Return every rung and what came of it."""
    texts = scene.clock.texts
    return [
        StepOut(rung=rung, step=step, words=texts.gettext(words.RUNGS[rung]))
        for rung, step in scene.why.steps()
    ]


def also(scene: Scene) -> list[str]:
    """Return what would have refused as well."""
    return [manager(each.reason, scene.clock.language) for each in scene.why.obstacles[1:]]


def ways(scene: Scene) -> list[WayOut]:
    """Return each right of the member, those that lead there first."""
    found = [_way(scene, each) for each in scene.why.ways]
    return sorted(found, key=lambda each: each.reason == Reason.UNAUTHORIZED)


def advice(scene: Scene) -> list[AdviceOut]:
    """Return what to do about it, and where."""
    answer, texts = scene.why.answer, scene.clock.texts
    if isinstance(answer, Granted):
        return []
    found = []
    for text, where in words.ADVICE[answer.reason]:
        href = _href(scene, where)
        if href is not None:
            found.append(AdviceOut(words=texts.gettext(text), href=href))
    return found


def _href(scene: Scene, where: str) -> str | None:
    holder = None if scene.holder is None else scene.holder.id
    of_member = {
        words.PLAN: f"/members/{holder}/plans",
        words.MEMBER: f"/members/{holder}",
        words.BADGE: f"/members/{holder}/badges/new",
        words.PIN: f"/members/{holder}/pin",
        words.WHEN: f"/explain/members/{holder}",
    }
    if where in of_member:
        return None if holder is None else of_member[where]
    if where == words.BADGES:
        return "/members"
    others = {
        words.DOOR: f"/doors/{scene.place.door}", words.UNITS: "/enforcement", words.LIVE: "/",
        words.HOURS: "/hours",
    }  # fmt: skip
    return others[where]


# ---- each right ----------------------------------------------------------------------------


def _way(scene: Scene, way: Way) -> WayOut:
    answer, plan = way.answer, scene.plan(way.rule)
    denied = answer if isinstance(answer, Denied) else None
    opens, again, always = _hours(scene, way.record)
    right = way.right
    return WayOut(
        rule=way.rule,
        plan=None if plan is None else plan.id,
        name=scene.name_of(way.rule),
        answer="granted" if denied is None else "denied",
        reason=None if denied is None else denied.reason.value,
        words="" if denied is None else _way_words(scene, denied),
        when=None if denied is None else denied.when,
        always=always,
        opens=opens,
        opens_again=again,
        valid_from=None if right is None else right.valid_from,
        valid_until=None if right is None else right.valid_until,
        grace_from=None if right is None else right.grace_from,
        left=_left(scene, way),
    )


def _way_words(scene: Scene, denied: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    if denied.reason is Reason.UNAUTHORIZED:
        return texts.gettext("Does not lead here")
    if denied.reason is Reason.CREDENTIAL_EXPIRED and denied.when is not None:
        day = clock.when(denied.reason, denied.when, scene.utc)
        return texts.gettext("Ended on %(day)s") % {"day": day}
    if denied.reason is Reason.CREDENTIAL_NOT_YET_VALID and denied.when is not None:
        return texts.gettext("Begins on %(day)s") % {"day": clock.day(denied.when)}
    return manager(denied.reason, clock.language)


def _hours(scene: Scene, rule: RuleRecord | None) -> tuple[list[Span], int | None, bool]:
    """Return the spans of a rule's hours that touch the local day, and when they begin again."""
    schedule = None if rule is None else scene.case.policy.schedule(rule.schedule)
    if schedule is None or schedule.always:
        return [], None, schedule is not None
    local = scene.clock.local(scene.utc)
    start = int(local.replace(hour=0, minute=0, second=0, microsecond=0).timestamp())
    bounds = schedule.bounds
    pairs = zip(bounds[::2], bounds[1::2], strict=True)
    day = [(begin, end) for begin, end in pairs if begin < start + DAY and end > start]
    return day, schedule.next_start(scene.utc), False


def _left(scene: Scene, way: Way) -> int | None:
    found = scene.case.found()
    if way.record is None or way.record.passes is None or found is None:
        return None
    if not _consumes(scene):
        return None
    account = passes.account_of(found[1], way.right)
    policy, presence = scene.case.policy, scene.case.presence
    return passes.balance(way.record.passes, policy, presence, account, scene.utc).left


def _consumes(scene: Scene) -> bool:
    place = scene.case.policy.access_point(scene.case.request.access_point)
    return place is not None and bool(place.consumes)
