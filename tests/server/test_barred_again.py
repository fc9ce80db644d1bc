"""A restore over a database lets nobody in whom that one had barred since the backup."""

from pathlib import Path

import pytest

from loquet_contract.wire.signing import SigningKey
from loquet_server.backup import barred
from loquet_server.backup.barred import Barred, Kind, replayed
from loquet_server.backup.restore import NotEmpty, Restored, restore
from loquet_server.backup_commands import BARRED
from loquet_server.badges.schemas import Act, Ending
from loquet_server.badges.service import BadgeService
from loquet_server.certificates.revoking import revoke
from loquet_server.commands import Order
from loquet_server.doors.service import DoorService
from loquet_server.keys import load as load_keys
from loquet_server.members.service import MemberService
from loquet_server.models import (
    Action,
    ApiToken,
    Audit,
    Credential,
    Door,
    Holder,
    Lockdown,
    Operator,
    Theft,
    Unit,
)
from loquet_server.office import Office, committed
from loquet_server.processes import CannotServe
from loquet_server.serving import running
from loquet_server.settings import Settings
from loquet_server.thefts.service import TheftService
from loquet_server.who import SHELL
from tests.server.desk import make_office
from tests.server.house import SITE, START, House
from tests.server.test_backup import PHRASE, backed_up, quick, where

__all__ = ["quick"]
ORDER = Order(actor="Zoé", reason="inondation")
NEW_KEY = SigningKey(b"n" * 32).public.text


async def furnish(house: House) -> None:
    """Add a third unit, three more badges, a lockdown, an operator and her token."""
    async with house.database.with_transaction() as session:
        session.add_all([
            Unit(id="third", site=SITE, name="Third", public_key="k3", enrolled_at=START - 9),
            Holder(id="h2", site=SITE, name="Lou"),
            Operator(id="o1", mail="o@x.example", name="Max", role="manager", created_at=START),
        ])  # fmt: skip
        await session.flush()
        session.add_all([
            *[Credential(id=f"c{each}", site=SITE, holder="h2", form="uid7", number_sealed="",
                         digest=str(each) * 43) for each in (2, 3, 4)],
            ApiToken(id="t1", operator="o1", name="cron", digest="d" * 64, created_at=START),
            Lockdown(id="l1", site=SITE, door="far", actor="Zoé", reason="feu", since=START - 9),
        ])  # fmt: skip


async def a_bad_day(office: Office) -> None:
    """All that bars somebody, and some of it taken back."""
    async with committed(office) as transaction:
        session = transaction.session
        badges = BadgeService(office, transaction, SHELL)
        doors = {name: await session.get_one(Door, name) for name in ("front", "quiet", "far")}
        await badges.end("c1", Act.LOSE, Ending(reason="bus"))
        await badges.end("c2", Act.BLOCK, Ending())
        await badges.end("c3", Act.LOSE, Ending())
        await badges.end("c3", Act.FIND, Ending())
        await MemberService(office, transaction, SHELL).suspend("h1", "impayé")
        service = DoorService(office)
        await service.lift(transaction, [doors["far"]], ORDER)
        await service.lock_down(transaction, [doors["front"]], ORDER)
        await service.block(transaction, doors["quiet"], ORDER, to=True)
        await TheftService(office, transaction, SHELL).report("hall", "volé")
        await revoke(session, "other", "Zoé", "", office.now_ms())
        third = await session.get_one(Unit, "third")
        third.public_key, third.enrolled_at = NEW_KEY, office.now_ms()
        (await session.get_one(ApiToken, "t1")).revoked_at = office.now_ms()
        session.add(Audit(at=office.now_ms(), action=Action.TOKEN_REVOKED, subject="t1", actor="x"))


async def restored(house: House, folder: Path, file: Path) -> Restored:
    chosen = where(house, folder / "first", house.database.url)
    return await restore(chosen, file, PHRASE, force=True)


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_what_barred_somebody_since_the_backup_holds_after_it_was_restored(
    house: House, tmp_path: Path, quick: None
) -> None:
    await furnish(house)
    file = await backed_up(house, tmp_path)
    await a_bad_day(make_office(house, tmp_path / "first")[0])
    # An attempt that was cut short left this; what is older than the backup is in it.
    barred.keep(tmp_path / "first", [Barred(Kind.BADGE, "c4", START, word="returned")])
    barred.keep(tmp_path / "first", [Barred(Kind.SUSPENDED, "h2", START - 1)])
    found = await restored(house, tmp_path, file)
    kinds = [each.kind for each in found.again or ()]
    assert kinds == [
        Kind.STOLEN, Kind.UNIT, Kind.RENEWED, Kind.BADGE, Kind.BADGE, Kind.BADGE,
        Kind.SUSPENDED, Kind.LIFTED, Kind.LOCKED_DOWN, Kind.BLOCKED, Kind.TOKEN,
    ]  # fmt: skip
    assert set(BARRED) == {each.value for each in Kind}
    units = {each.id: each.revoked_at for each in await house.all(Unit)}
    assert None not in units.values() and len(units) == 3
    assert len(await house.all(Theft)) == 1
    status = {each.id: (each.status, each.disabled) for each in await house.all(Credential)}
    assert status == {
        "c1": ("lost", True), "c2": ("blocked", True), "c3": ("handed_out", False),
        "c4": ("returned", True),
    }  # fmt: skip
    suspended = await house.get(Holder, "h1")
    assert not (await house.get(Holder, "h2")).suspended
    assert suspended.suspended and "impayé" in suspended.suspended_reason
    assert [row.door for row in await house.all(Lockdown) if row.lifted_at is None] == ["front"]
    assert (await house.get(Door, "quiet")).blocked
    assert (await house.get(ApiToken, "t1")).revoked_at is not None
    assert (await house.get(Operator, "o1")).disabled_at is None
    told = {row.action for row in await house.all(Audit) if row.actor == SHELL.name}
    assert {Action.BADGE_LOST, Action.UNIT_STOLEN, Action.DOOR_LOCKED_DOWN} <= told
    (row,) = [each for each in await house.all(Audit) if each.action == Action.BACKUP_RESTORED]
    assert row.detail["over"] is True
    assert not (tmp_path / "first" / barred.FILE).exists()


@pytest.mark.parametrize("database_kind", ["sqlite"])
async def test_a_key_in_the_way_ends_a_restore_that_has_touched_nothing(
    house: House, tmp_path: Path, quick: None
) -> None:
    file = await backed_up(house, tmp_path)
    chosen = where(house, tmp_path / "other")
    load_keys(chosen.keys_folder)
    with pytest.raises(NotEmpty, match="is another key"):
        await restore(chosen, file, PHRASE, force=False)
    barred.refuse_unfinished(chosen.data)


@pytest.mark.parametrize(
    ("actions", "left"),
    [
        ((Action.BADGE_LOST,), ["lost"]),
        ((Action.BADGE_LOST, Action.BADGE_BLOCKED), ["blocked"]),
        ((Action.BADGE_LOST, Action.BADGE_FOUND), []),
        ((Action.BADGE_LOST, Action.BADGE_FOUND, Action.BADGE_RETURNED), ["returned"]),
        ((Action.MEMBER_SUSPENDED, Action.BADGE_FOUND), [""]),
        ((Action.BADGE_FOUND,), []),
    ],
)
def test_the_last_word_of_the_record_counts(actions: tuple[Action, ...], left: list[str]) -> None:
    found = replayed((each.value, "x", at, "") for at, each in enumerate(actions))
    assert [each.word for each in found] == left


async def test_no_server_starts_on_a_restore_that_was_cut_short(tmp_path: Path) -> None:
    barred.keep(tmp_path, None)
    assert barred.read(tmp_path) is None
    with pytest.raises(CannotServe, match="loquet-server restore' with --force again"):
        async with running(Settings(data=tmp_path, port=0)):
            pass
    lost = Barred(Kind.BADGE, "c1", START, "bus", "lost")
    barred.keep(tmp_path, [lost])
    barred.keep(tmp_path, None)  # emptied by the first attempt: what it read still counts
    assert barred.read(tmp_path) == [lost]
    assert (tmp_path / barred.FILE).stat().st_mode & 0o777 == 0o600
    barred.forget(tmp_path)
    barred.refuse_unfinished(tmp_path)
