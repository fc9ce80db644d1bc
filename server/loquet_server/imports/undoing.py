"""Takes an import back, as long as nobody has built on it."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.imports.repository import ImportRepository
from loquet_server.models import (
    Credential,
    Holder,
    ImportRun,
    Membership,
    Organisation,
    PassAccount,
    Subscription,
)
from loquet_server.people.refusals import InTheWay
from loquet_server.web.i18n import N_

TABLES: dict[str, type[Any]] = {
    "credentials": Credential,
    "subscriptions": Subscription,
    "memberships": Membership,
    "holders": Holder,
    "organisations": Organisation,
}
"""In the order in which rows may be deleted."""
TOUCHED = N_(
    "This import can no longer be undone: %(names)s came, or was changed, since. Change what is"
    " wrong on their own pages."
)
NAMED = 5


class Undoing:
    """One import to take back."""

    def __init__(self, session: AsyncSession, run: ImportRun) -> None:
        self._repository = ImportRepository(session)
        self._run = run
        self._made: dict[str, dict[str, dict[str, Any]]] = {table: {} for table in TABLES}
        for each in run.created:
            self._made[each["table"]][each["id"]] = each["made"]

    async def undo(self) -> list[str]:
        """Delete what was made, restore what was changed; return the members it is about."""
        repository, made = self._repository, self._made
        rows = {name: await repository.some(TABLES[name], ids) for name, ids in made.items()}
        ids = [each["holder"] for each in self._run.changed]
        changed = await repository.some(Holder, ids)
        touched = await self._touched(rows, changed)
        if touched:
            names = ", ".join(sorted(touched)[:NAMED])
            raise InTheWay("", TOUCHED, names=names + (" …" if len(touched) > NAMED else ""))
        about = set(rows["holders"]) | set(changed)
        about |= {each.holder for each in rows["subscriptions"].values()}
        about |= {each.holder for each in rows["memberships"].values()}
        about |= {each.holder for each in rows["credentials"].values() if each.holder}
        for each in self._run.changed:
            row = changed.get(each["holder"])
            for name, value in each["before"].items() if row is not None else ():
                setattr(row, name, value)
        await self._delete(rows)
        return sorted(about)

    async def _delete(self, rows: dict[str, dict[str, Any]]) -> None:
        repository = self._repository
        await repository.flush()
        accounts = {row.account for row in rows["subscriptions"].values() if row.account}
        for name in ("credentials", "subscriptions", "memberships"):
            await repository.remove(TABLES[name], rows[name])
        mine = await repository.owned(PassAccount, rows["holders"])
        still = await repository.owned_accounts(accounts)
        await repository.remove(PassAccount, (set(mine) | accounts) - still)
        await repository.remove(Holder, rows["holders"])
        empty = [each for each in rows["organisations"] if not await repository.people_of(each)]
        await repository.remove(Organisation, empty)

    async def _touched(
        self, rows: dict[str, dict[str, Any]], changed: dict[str, Holder]
    ) -> set[str]:
        """Return the names of those whom somebody has dealt with since."""
        repository, people = self._repository, {**rows["holders"], **changed}
        found = await repository.used(rows["holders"])
        for table, ids in self._made.items():
            for name, made in ids.items():
                row = rows[table].get(name)
                if row is None or any(getattr(row, key) != value for key, value in made.items()):
                    found.add(_holder_of(row, name))
        for each in self._run.changed:
            row = changed.get(each["holder"])
            after = each["after"].items()
            if row is None or any(getattr(row, key) != value for key, value in after):
                found.add(each["holder"])
        for table in ("credentials", "subscriptions", "memberships"):
            owned = await repository.owned(TABLES[table], rows["holders"])
            found |= {holder for name, holder in owned.items() if name not in self._made[table]}
        accounts = {each.account for each in rows["subscriptions"].values() if each.account}
        moved = await repository.moved(accounts)
        found |= {e.holder for e in rows["subscriptions"].values() if e.account in moved}
        names = await repository.some(Holder, found - set(people))
        return {_name(people.get(each) or names.get(each), each) for each in found}


def _holder_of(row: Any, name: str) -> str:
    return str(getattr(row, "holder", None) or getattr(row, "id", name))


def _name(row: Any, name: str) -> str:
    return str(row.name) if row is not None else name
