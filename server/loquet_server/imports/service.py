"""Imports: a file becomes a draft, a draft is applied in one transaction, and can be undone."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.sealing import open_sealed, seal
from loquet_server.days import DAY_MS, instant, zone
from loquet_server.errors import Conflict, Invalid, NotFound
from loquet_server.hooks.outbox import notice
from loquet_server.imports.columns import Field, guess
from loquet_server.imports.draft import Draft, House, Known, draft
from loquet_server.imports.making import Making
from loquet_server.imports.repository import ImportRepository
from loquet_server.imports.rows import wishes
from loquet_server.imports.sheet import Sheet, UnreadableSheet, read
from loquet_server.imports.undoing import Undoing
from loquet_server.models import Action, ImportRun, Site
from loquet_server.office import Office, Transaction
from loquet_server.people.changes import new_id, note, tell_doors
from loquet_server.people.refusals import DoesNotFit
from loquet_server.peppers.repository import pepper_of
from loquet_server.web.i18n import N_
from loquet_server.who import Actor, own

CONTEXT = "import-file"
NOT_DRAFT = N_("This import was applied already.")
WRONG_LINES = N_("Something is wrong with some lines. Correct the file, or leave them out.")
NO_NAME = N_("No column is read as the name. Choose one.")
TWICE = N_("Two columns are read as the same thing. Choose one of them.")


@dataclass(frozen=True, slots=True)
class Seen:
    """A draft with all that it would do."""

    run: ImportRun
    sheet: Sheet
    mapping: Mapping[int, Field]
    by_name: bool
    draft: Draft


class ImportService:
    """Imports of one transaction, by one actor."""

    def __init__(self, office: Office, transaction: Transaction, actor: Actor) -> None:
        self._office = office
        self._transaction = transaction
        self._actor = actor
        self._repository = ImportRepository(transaction.session)

    @property
    def session(self) -> AsyncSession:
        """The session of the transaction."""
        return self._transaction.session

    async def upload(self, file_name: str, raw: bytes, site: str | None = None) -> ImportRun:
        """Keep a file as a draft, its columns guessed; raise Invalid if it is no table."""
        place = await self._site(site)
        try:
            sheet = await asyncio.to_thread(read, raw)
        except UnreadableSheet as error:
            raise DoesNotFit("file", error.text, **error.values) from error
        now = self._office.now_ms()
        await self._repository.forget_drafts(now - DAY_MS)
        run = ImportRun(
            id=new_id("i"), site=place.id, at=now, actor=self._actor.name,
            file_name="".join(each for each in file_name if each.isprintable())[:200],
            rows=len(sheet.rows), created=[], changed=[], complete=False,
            content=seal(self._office.keys.seal_public, raw, CONTEXT).encode("ascii"),
        )  # fmt: skip
        _write_mapping(run, guess(sheet.headers), False)
        self._repository.add(run)
        await self._repository.flush()
        return run

    async def run(self, run: str) -> ImportRun:
        """Return one import; raise NotFound, also for another site's."""
        found = await self._repository.run(run)
        own(self._actor, None if found is None else found.site, f"import {run!r}")
        if found is None:
            raise NotFound(f"there is no import {run!r}")
        return found

    async def seen(self, run: ImportRun) -> Seen:
        """Return what a draft would do to what is there now; raise Conflict if it is none."""
        if run.complete or run.content is None:
            raise Conflict(NOT_DRAFT)
        keys = self._office.keys
        raw = open_sealed(keys.sealing, run.content.decode("ascii"), CONTEXT)
        sheet = await asyncio.to_thread(read, raw)
        mapping, by_name = _mapping(run)
        wanted, complaints = await asyncio.to_thread(wishes, sheet, mapping)
        pepper = await pepper_of(self._transaction.session, keys, run.site)
        digests = {each.line: pepper.digest(each.badge) for each in wanted if each.badge}
        house = await self._house(run.site, digests)
        found = await asyncio.to_thread(draft, wanted, complaints, house, digests, by_name=by_name)
        return Seen(run, sheet, mapping, by_name, found)

    async def map(self, run: ImportRun, columns: Mapping[int, Field], by_name: bool) -> None:
        """Say what each column is; raise Invalid where that cannot be."""
        if run.complete:
            raise Conflict(NOT_DRAFT)
        chosen = list(columns.values())
        if len(chosen) != len(set(chosen)):
            raise DoesNotFit("columns", TWICE)
        if not {Field.NAME, Field.FIRST_NAME, Field.LAST_NAME} & set(chosen):
            raise DoesNotFit("columns", NO_NAME)
        _write_mapping(run, columns, by_name)

    async def apply(self, run: ImportRun, *, skip: bool = False) -> None:
        """Do what the draft says, all of it or nothing; raise Invalid or Conflict."""
        seen = await self.seen(run)
        if seen.draft.complaints and not skip:
            raise DoesNotFit("skip", WRONG_LINES)
        making = Making(self._office, self._transaction, self._actor, run)
        changed = await making.make(seen.draft)
        run.complete, run.content, run.at = True, None, self._office.now_ms()
        self._note(run, Action.IMPORT_APPLIED)
        said = {"site": run.site, "import": run.id, "rows": run.rows}
        await self._transaction.session.run_sync(
            notice, run.site, "import.applied", said, self._office.now_ms()
        )
        await tell_doors(self._office, self._transaction, run.site, changed)

    async def undo(self, run: ImportRun) -> None:
        """Take an import back as long as nothing of it was used or changed; raise Conflict."""
        if not run.complete or run.undone_at is not None:
            raise Conflict("this import was not applied, or was undone already")
        changed = await Undoing(self._transaction.session, run).undo()
        run.undone_at = self._office.now_ms()
        self._note(run, Action.IMPORT_UNDONE)
        await tell_doors(self._office, self._transaction, run.site, changed)

    async def drop(self, run: ImportRun) -> None:
        """Forget a draft and its file; raise Conflict for an import that was applied."""
        if run.complete:
            raise Conflict(NOT_DRAFT)
        await self._repository.drop(run)

    async def _site(self, site: str | None) -> Site:
        wanted = self._actor.site or site
        found = await self._repository.site(wanted)
        if found is None or (site is not None and found.id != site):
            raise Invalid(f"there is no site {site!r}" if site else "there is no space yet")
        return found

    async def _house(self, site: str, digests: Mapping[int, str]) -> House:
        repository = self._repository
        place = await repository.site(site)
        timezone = place.timezone if place is not None else "Europe/Paris"
        plans: dict[str, list[tuple[str, str, str | None]]] = {}
        for each in await repository.subscriptions(site):
            plans.setdefault(each.holder, []).append((each.plan, each.starts_on, each.ends_on))
        years: dict[str, list[tuple[str, str]]] = {}
        for year in await repository.memberships(site):
            years.setdefault(year.holder, []).append((year.starts_on, year.ends_on))
        offered = await repository.plans(site)
        return House(
            members=tuple(
                Known(
                    row.id, row.name, row.mail, row.phone, row.kind, row.language, row.note,
                    row.organisation, row.archived_at is not None,
                    tuple(plans.get(row.id, ())), tuple(years.get(row.id, ())),
                )
                for row in await repository.holders(site)
            ),
            plans={
                name.casefold(): each.id
                for each in offered
                for name in (each.name_en, each.name_fr, each.id)
            },
            organisations={e.name.casefold(): e.id for e in await repository.organisations(site)},
            badges=await repository.badges(digests.values()),
            today=instant(self._office.now_ms()).astimezone(zone(timezone)).date(),
        )  # fmt: skip

    def _note(self, run: ImportRun, action: Action) -> None:
        detail = {"created": len(run.created), "changed": len(run.changed), "rows": run.rows}
        note(
            self._office, self._transaction, self._actor, action, run.id, run.site, detail=detail
        )  # fmt: skip


def _write_mapping(run: ImportRun, columns: Mapping[int, Field], by_name: bool) -> None:
    plain = {str(at): field.value for at, field in sorted(columns.items())}
    run.mapping = {"columns": plain, "by_name": by_name}


def _mapping(run: ImportRun) -> tuple[dict[int, Field], bool]:
    plain = run.mapping or {}
    columns = {int(at): Field(name) for at, name in plain.get("columns", {}).items()}
    return columns, bool(plain.get("by_name"))
