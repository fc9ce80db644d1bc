"""One person in every table: read, taken out, moved to a number, scrubbed from what was written."""

import json
from collections.abc import Iterable
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    String,
    Table,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.models import (
    Credential,
    DeadLetter,
    DesiredState,
    Desk,
    Entry,
    Holder,
    Look,
    MovingFact,
    Operator,
    Organisation,
    Passage,
    Unit,
)
from loquet_server.peppers.repository import former_digests
from loquet_server.privacy import traces

SOME = 400
_NO_ONE = {"holder": None, "credential": None, "account": None, "period": None, "sealed": None,
           "grant": None}  # fmt: skip


class PersonRepository:
    """Queries of one transaction about one person."""

    def __init__(self, session: AsyncSession, holder: str) -> None:
        self._session, self._holder = session, holder

    # ---- what there is

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return the rows of a table that name the person, without secrets."""
        columns = traces.shown_columns(table)
        query = select(*columns).where(self._names(table)).order_by(*table.primary_key.columns)
        return [dict(row) for row in (await self._session.execute(query)).mappings()]

    async def digests(self) -> list[str]:
        """Return what units know the person's badges by, and knew under earlier peppers."""
        query = select(Credential.digest).where(Credential.holder == self._holder)
        now = (await self._session.execute(query)).scalars()
        return [*now, *await former_digests(self._session, self._holder)]

    async def badge_ids(self) -> list[str]:
        """Return the ids of the person's badges."""
        query = select(Credential.id).where(Credential.holder == self._holder)
        return list((await self._session.execute(query)).scalars())

    async def has_evidence(self) -> bool:
        """Return True if anything is accounting evidence about the person."""
        for table in traces.naming():
            if table.name in traces.EVIDENCE:
                query = select(func.count()).select_from(table).where(self._names(table))
                if (await self._session.execute(query)).scalar_one():
                    return True
        return False

    async def namesake(self, name: str) -> bool:
        """Return True if an operator has this name: what they did stays theirs."""
        query = select(func.count()).select_from(Operator).where(Operator.name == name)
        return bool((await self._session.execute(query)).scalar_one())

    async def facts(self) -> list[str]:
        """Return the keys of what units are told of the person."""
        query = select(MovingFact.key).where(MovingFact.key.contains(self._holder, autoescape=True))
        keys = (await self._session.execute(query)).scalars()
        return [key for key in keys if self._holder in key.split("/")]

    # ---- taking out

    async def move_evidence(self, number: str) -> None:
        """Let accounting evidence go on under a number."""
        for table in traces.naming():
            if table.name in traces.EVIDENCE:
                for column in traces.holder_columns(table):
                    await self._set(table, column, number)

    async def blank_passages(self) -> None:
        """Let passages name nobody."""
        await self._session.execute(
            update(Passage).where(Passage.holder == self._holder).values(**_NO_ONE)
        )
        await self._session.execute(
            update(Desk).where(Desk.assigned_holder == self._holder).values(assigned_holder=None)
        )

    async def delete_rows(self) -> None:
        """Delete what names the person elsewhere, or let it name nobody where it may."""
        for table in traces.naming():
            if table.name in traces.EVIDENCE or table.name in ("passages", "desks"):
                continue
            for column in traces.holder_columns(table):
                if column.nullable and not column.primary_key and table.name != "credentials":
                    await self._set(table, column, None)
                else:
                    await delete_with_children(self._session, table, column == self._holder)
        await self._session.execute(delete(Look).where(Look.holder == self._holder))

    async def delete_person(self) -> None:
        """Delete the person's own row."""
        await self._session.execute(delete(Holder).where(Holder.id == self._holder))

    async def blank_contact(self, mail: str) -> None:
        """Let no organisation name the person as whom to ask."""
        if mail:
            await self._session.execute(
                update(Organisation)
                .where(Organisation.contact_mail == mail)
                .values(contact_name="", contact_mail="")
            )

    async def delete_letters(self, words: Iterable[str]) -> None:
        """Delete unreadable messages in which one of these stands."""
        wanted = [word.encode() for word in words]
        query = select(DeadLetter.id, DeadLetter.payload).execution_options(yield_per=20)
        found = [
            row.id
            async for row in await self._session.stream(query)
            if any(word in row.payload for word in wanted)
        ]
        await self._session.execute(delete(DeadLetter).where(DeadLetter.id.in_(found)))

    # ---- what was written

    async def scrub(self, scrubber: traces.Scrubber, *, but: frozenset[str]) -> int:
        """Take words out of all that people or programs wrote; return how many rows changed.

        ``but``: columns (by name) that stay as they are.
        """
        changed = 0
        for table in traces.telling():
            columns = [each for each in traces.text_columns(table) if each.name not in but]
            changed += await self._scrub(table, columns, scrubber)
        own = traces.HOLDERS.c
        note = [own.note, own.suspended_reason]
        return changed + await self._scrub(traces.HOLDERS, note, scrubber)

    async def _scrub(
        self, table: Table, columns: list[Column[Any]], scrubber: traces.Scrubber
    ) -> int:
        if not columns or not scrubber.words:
            return 0
        keys = list(table.primary_key.columns)
        told = or_(*(_tells(column, word) for column in columns for word in scrubber.words))
        rows = (await self._session.execute(select(*keys, *columns).where(told))).all()
        changed = 0
        for row in rows:
            before = dict(zip(columns, row[len(keys) :], strict=True))
            after = {each: scrubber.scrubbed(value) for each, value in before.items()}
            if after != before:
                here = and_(*(key == value for key, value in zip(keys, row, strict=False)))
                values = {each.name: value for each, value in after.items()}
                await self._session.execute(update(table).where(here).values(values))
                changed += 1
        return changed

    async def desired_naming(self, site: str, words: Iterable[str]) -> list[str]:
        """Return the units of a site whose desired state has one of these words in it."""
        column = DesiredState.__table__.c.document
        query = (
            select(DesiredState.unit)
            .join(Unit, Unit.id == DesiredState.unit)
            .where(Unit.site == site, or_(*(_tells(column, word) for word in words)))
        )
        return list((await self._session.execute(query)).scalars())

    async def entries_naming(self, words: Iterable[str]) -> list[tuple[str, int]]:
        """Return the keys of journal entries in whose body one of these stands in quotes."""
        told = or_(*(Entry.body.contains(f'"{word}"', autoescape=True) for word in words))
        rows = (
            await self._session.execute(select(Entry.journal, Entry.sequence).where(told))
        ).all()
        return [(row[0], row[1]) for row in rows]

    def _names(self, table: Table) -> Any:
        if table is traces.HOLDERS:
            return traces.HOLDERS.c.id == self._holder
        return or_(*(column == self._holder for column in traces.holder_columns(table)))

    async def _set(self, table: Table, column: Column[Any], value: str | None) -> None:
        await self._session.execute(
            update(table).where(column == self._holder).values({column.name: value})
        )


def _tells(column: Any, word: str) -> Any:
    """Return a condition: a word stands in a column, perhaps as JSON writes it."""
    text = cast(column, String) if isinstance(column.type, JSON) else column
    written = json.dumps(word)[1:-1]
    found = text.contains(word, autoescape=True)
    return found if written == word else or_(found, text.contains(written, autoescape=True))


async def delete_with_children(session: AsyncSession, table: Table, where: Any) -> int:
    """Delete rows and what refers to them (or let that refer to nothing); return how many rows."""
    for other, column, target in traces.children(table):
        about = column.in_(select(target).where(where))
        if column.nullable and not column.primary_key:
            await session.execute(update(other).where(about).values({column.name: None}))
        else:
            await delete_with_children(session, other, about)
    found: Any = await session.execute(delete(table).where(where))
    return int(found.rowcount)
