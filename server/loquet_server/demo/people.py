"""Rows of Le Moulin's plans, members, badges and calendar."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from loquet_contract.access.credential import from_uid
from loquet_server import models
from loquet_server.demo import offers, village
from loquet_server.keys import Keys
from loquet_server.models.base import Base

OPENING = "ouverture"
_EVENINGS = "soirs"
_ALWAYS = "jour-et-nuit"
_COMMUNE = "communaute"
_SHARED = "a-communaute"
_CARNET = 10
GUEST = "hinvite"
_DAY_MS = 86_400_000


def plans(now_ms: int) -> Iterator[Base]:
    """Return schedules, plans and their rules."""
    for name, title, always, hours in (
        (OPENING, "Horaires d'ouverture", False, offers.OPENING),
        (_EVENINGS, "Soirs et week-ends", False, offers.EVENINGS),
        (_ALWAYS, "Jour et nuit", True, ""),
    ):
        yield models.Schedule(
            id=name, site=village.SITE, name=title, always=always, hours=hours,
            follows_calendar=not always,
        )  # fmt: skip
    for each in offers.OFFERS:
        yield models.Plan(
            id=each.id,
            site=village.SITE,
            kind=each.kind,
            name_fr=each.name_fr,
            name_en=each.name_en,
            counts=each.counts,
            allowance=each.allowance,
            window=each.window,
            prices=each.price_labels,
            grace_days=5,
            stale_days=7,
            expires_days=each.offline_days,
        )
    own = {None: _ALWAYS, "": None, offers.EVENINGS: _EVENINGS}
    for each in offers.OFFERS:
        yield models.Rule(
            id=each.id, plan=each.id, areas=list(each.areas), schedule=own[each.hours]
        )
    yield models.Organisation(
        id=_COMMUNE, site=village.SITE, name="Communauté de communes", kind="commune"
    )
    yield models.PassAccount(
        id=_SHARED, site=village.SITE, plan="occasionnel", organisation=_COMMUNE, created_at=now_ms
    )
    yield _bought(_SHARED, 2 * _CARNET, now_ms)


def people(keys: Keys, now: datetime) -> Iterator[Base]:
    """Return members with what they have: memberships, accounts, subscriptions, badges."""
    members, now_ms = village.members(), int(now.timestamp() * 1000)
    today = now.astimezone(ZoneInfo(village.TIMEZONE)).date()
    yield from (_holder(each, now_ms) for each in members)
    for each in members:
        yield models.Membership(
            id=f"m{each.id[1:]}",
            holder=each.id,
            starts_on=_on(today, -120),
            ends_on=_on(today, 245),
            price="15 €",
            paid_on=_on(today, -120),
            created_at=now_ms,
        )
    counted = [each for each in members if _has_own_account(each)]
    for each in counted:
        yield models.PassAccount(
            id=_account(each), site=village.SITE, plan=each.plan, holder=each.id, created_at=now_ms
        )
    for each in counted:
        if offers.offer(each.plan).bought and each.state != "empty":
            yield _bought(_account(each), _CARNET, now_ms)
    yield from (_subscription(each, today, now_ms) for each in members)
    yield from (_badge(each, keys, now_ms) for each in members)


def calendar(now: datetime) -> Iterator[Base]:
    """Return a closure at the end of the year, an evening for everybody, and a guest tomorrow."""
    today = now.astimezone(ZoneInfo(village.TIMEZONE)).date()
    friday = today + timedelta((4 - today.weekday()) % 7 or 7)
    yield models.CalendarEntry(
        id="fetes", site=village.SITE, kind="closure", name="Fermeture de fin d'année",
        starts=f"{today.year}-12-24T14:00", ends=f"{today.year + 1}-01-02T00:00",
    )  # fmt: skip
    yield models.CalendarEntry(
        id="apero", site=village.SITE, kind="event", name="Apéro du vendredi", area="openspace",
        starts=f"{friday}T18:30", ends=f"{friday}T22:00", everybody=True,
    )  # fmt: skip
    yield models.Holder(
        id=GUEST, site=village.SITE, name="Ada Martin", kind="guest", note="Formatrice",
        created_at=int(now.timestamp() * 1000),
    )  # fmt: skip
    nine = datetime.combine(today + timedelta(1), datetime.min.time(), ZoneInfo(village.TIMEZONE))
    starts = int(nine.timestamp() * 1000) + _DAY_MS * 9 // 24
    yield models.ExtraWindow(
        id="ada", site=village.SITE, holder=GUEST, area="openspace", starts_at=starts,
        ends_at=starts + _DAY_MS // 3, note="Formation tableur",
    )  # fmt: skip


def _holder(member: village.MemberPlan, now_ms: int) -> models.Holder:
    return models.Holder(
        id=member.id,
        site=village.SITE,
        name=member.name,
        organisation=_COMMUNE if member.shares else None,
        suspended=member.state == "suspended",
        suspended_reason="Cotisation en retard" if member.state == "suspended" else "",
        extended_release=member.extended,
        may_lift_lockdown=member.lifts,
        created_at=now_ms,
    )


def _subscription(member: village.MemberPlan, today: date, now_ms: int) -> models.Subscription:
    account = _SHARED if member.shares else _account(member)
    counts = offers.offer(member.plan).counts is not None
    return models.Subscription(
        id=f"s{member.id[1:]}",
        site=village.SITE,
        holder=member.id,
        plan=member.plan,
        starts_on=_on(today, 30 if member.state == "future" else -200),
        ends_on=_on(today, -30) if member.state == "expired" else None,
        account=account if counts else None,
        created_at=now_ms,
    )


def _badge(member: village.MemberPlan, keys: Keys, now_ms: int) -> models.Credential:
    representation, lost = from_uid(bytes.fromhex(member.uid)), member.state == "disabled"
    return models.Credential(
        id=f"b{member.id[1:]}",
        site=village.SITE,
        holder=member.id,
        form=representation.form.value,
        number_sealed=keys.seal_number(representation),
        last4=representation.value.hex()[-4:].upper(),
        digest=keys.unit_digest(representation),
        label=f"Badge de {member.name}",
        status="lost" if lost else "handed_out",
        disabled=lost,
        deposit_cents=500,
        handed_out_at=now_ms,
        ended_at=now_ms if lost else None,
        created_at=now_ms,
    )


def _has_own_account(member: village.MemberPlan) -> bool:
    return offers.offer(member.plan).counts is not None and not member.shares


def _account(member: village.MemberPlan) -> str:
    return f"a{member.id[1:]}"


def _bought(account: str, amount: int, now_ms: int) -> models.PassPurchase:
    return models.PassPurchase(account=account, amount=amount, at=now_ms, actor="Camille")


def _on(today: date, days: int) -> str:
    return (today + timedelta(days)).isoformat()
