"""``/plans``: what members pay for; made from ready ones, changed with its effect in view."""

from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from loquet_server.errors import NotFound
from loquet_server.office import Office, ReadingDep, Transaction, TransactionDep
from loquet_server.people.frame import Frame
from loquet_server.people.refusals import InTheWay
from loquet_server.people.text import ID_PATTERN, in_language
from loquet_server.plans import service, words
from loquet_server.plans.effect import effect_of
from loquet_server.plans.form import PER, RIGHTS, PlanForm, price_lines, terms_from, values_of
from loquet_server.plans.ready import EVENINGS, READY
from loquet_server.plans.repository import Places, PlanRepository
from loquet_server.plans.schemas import PlanIn, PlanTerms
from loquet_server.plans.service import Shown
from loquet_server.web.forms import Typed, typed
from loquet_server.web.i18n import N_, Translations
from loquet_server.web.rooms import go
from loquet_server.who import Actor, Permission, needs

Reader = Annotated[Actor, needs(Permission.PLANS_READ)]
Writer = Annotated[Actor, needs(Permission.PLANS_WRITE)]
PlanId = Annotated[str, Path(pattern=ID_PATTERN)]
DONE: Final = {
    "made": N_("The plan is there. Give it to members from their pages."),
    "saved": N_("Saved. The doors know it."),
    "away": N_("Put away: it is not offered any more, and whoever has it keeps it."),
    "back": N_("It is offered again."),
    "deleted": N_("Deleted."),
}


def routes(office: Office) -> APIRouter:
    """Return the pages of plans."""
    router = APIRouter(include_in_schema=False)
    pages = PlanPages(office)
    router.get("/plans")(pages.all)
    router.get("/plans/new")(pages.blank)
    router.post("/plans/new")(pages.create)
    router.get("/plans/{plan}")(pages.one)
    router.post("/plans/{plan}")(pages.change)
    router.post("/plans/{plan}/away")(pages.away)
    router.post("/plans/{plan}/back")(pages.back)
    router.post("/plans/{plan}/delete")(pages.delete)
    return router


@dataclass(frozen=True, slots=True)
class PlanPages:
    """The pages of one office."""

    office: Office

    async def all(
        self, request: Request, session: ReadingDep, actor: Reader, new: str = ""
    ) -> HTMLResponse:
        """Show the plans, and what one may begin with."""
        frame = await Frame.of(request, self.office, session, actor)
        repository = PlanRepository(session)
        rows = await repository.all(frame.site.id)
        shown = await service.shown(repository, rows, frame.now_ms)
        shown.sort(key=lambda each: (each.plan.name_fr.casefold(), each.plan.id))
        lines = [_line(each, frame.texts) for each in shown]
        values = {
            "plans": [each for each in lines if not each["away"]],
            "put_away": [each for each in lines if each["away"]],
            "ready": [_offer(name, frame.texts) for name in READY],
            "said": frame.said(DONE),
        }
        return frame.show("plans.html", values)

    async def blank(
        self, request: Request, session: ReadingDep, actor: Writer, kind: str = ""
    ) -> HTMLResponse:
        """Show a ready plan to be named and adapted."""
        frame = await Frame.of(request, self.office, session, actor)
        places = await _places(session, frame)
        ready = READY.get(kind)
        if ready is None:
            raise NotFound(f"there is no plan to begin with called {kind[:40]!r}")
        terms = ready.terms([area.id for area in places.areas])
        given: Typed[PlanForm] = Typed(values_of(terms))
        return _form(frame, places, given, terms, None)

    async def create(
        self, request: Request, transaction: TransactionDep, actor: Writer
    ) -> Response:
        """Make a plan."""
        frame = await Frame.of(request, self.office, transaction.session, actor)
        places = await _places(transaction.session, frame)
        given = await typed(request, PlanForm, frame.texts)
        terms = terms_from(given, None, frame.texts)
        if terms is None:
            return _form(frame, places, given, None, None, status=422)
        made = PlanIn(site=frame.site.id, **dict(terms))
        row = await service.create(self.office, transaction, actor, made)
        return go(f"/plans/{row.id}", "made")

    async def one(
        self, request: Request, session: ReadingDep, actor: Reader, plan: PlanId
    ) -> HTMLResponse:
        """Show one plan as a form."""
        frame, shown, places = await self._one(request, session, actor, plan)
        given: Typed[PlanForm] = Typed(values_of(shown.terms))
        return _form(frame, places, given, shown.terms, shown)

    async def change(
        self, request: Request, transaction: TransactionDep, actor: Writer, plan: PlanId
    ) -> Response:
        """Change a plan; first show what that means for whoever has it."""
        session = transaction.session
        frame, shown, places = await self._one(request, session, actor, plan)
        given = await typed(request, PlanForm, frame.texts)
        terms = terms_from(given, shown.terms, frame.texts)
        if terms is None or given.model is None:
            return _form(frame, places, given, shown.terms, shown, status=422)
        if not given.model.confirmed:
            effect = await effect_of(session, shown, terms, frame.now_ms)
            found = effect.sentences(frame.texts)
            if found:
                return _form(frame, places, given, terms, shown, effects=found)
        await service.change(self.office, transaction, actor, shown.plan, terms)
        return go(f"/plans/{plan}", "saved")

    async def away(
        self, transaction: TransactionDep, actor: Writer, plan: PlanId
    ) -> RedirectResponse:
        """Offer a plan no more."""
        return await self._put(transaction, actor, plan, away=True)

    async def back(
        self, transaction: TransactionDep, actor: Writer, plan: PlanId
    ) -> RedirectResponse:
        """Offer a plan again."""
        return await self._put(transaction, actor, plan, away=False)

    async def delete(
        self, request: Request, transaction: TransactionDep, actor: Writer, plan: PlanId
    ) -> Response:
        """Delete a plan that nobody has or had."""
        frame, shown, places = await self._one(request, transaction.session, actor, plan)
        try:
            await service.delete(self.office, transaction, actor, shown.plan)
        except InTheWay as refused:
            given: Typed[PlanForm] = Typed(values_of(shown.terms))
            said = refused.said(frame.texts)
            return _form(frame, places, given, shown.terms, shown, status=409, problem=said)
        return go("/plans", "deleted")

    async def _put(
        self, transaction: Transaction, actor: Actor, plan: str, *, away: bool
    ) -> RedirectResponse:
        row = await service.plan_of(PlanRepository(transaction.session), actor, plan)
        await service.put_away(self.office, transaction, actor, row, away=away)
        return go(f"/plans/{plan}", "away" if away else "back")

    async def _one(
        self, request: Request, session: AsyncSession, actor: Actor, plan: str
    ) -> tuple[Frame, Shown, Places]:
        repository = PlanRepository(session)
        row = await service.plan_of(repository, actor, plan)
        frame = await Frame.of(request, self.office, session, actor, row.site)
        (shown,) = await service.shown(repository, [row], frame.now_ms)
        places = await repository.places(row.site)
        assert places is not None
        return frame, shown, places


async def _places(session: AsyncSession, frame: Frame) -> Places:
    found = await PlanRepository(session).places(frame.site.id)
    assert found is not None
    return found


def _line(shown: Shown, texts: Translations) -> dict[str, Any]:
    return {
        "id": shown.plan.id,
        "name": in_language(shown.plan.name_fr, shown.plan.name_en, texts),
        "sentence": words.sentence(shown.terms, shown.names, texts),
        "members": shown.members,
        "away": shown.plan.archived_at is not None,
    }


def _offer(name: str, texts: Translations) -> dict[str, str]:
    ready = READY[name]
    shown = in_language(ready.name_fr, ready.name_en, texts)
    return {"kind": name, "name": shown, "hint": texts.gettext(ready.hint)}


def _form(
    frame: Frame,
    places: Places,
    given: Typed[PlanForm],
    terms: PlanTerms | None,
    shown: Shown | None,
    *,
    status: int = 200,
    effects: list[str] | None = None,
    problem: str = "",
) -> HTMLResponse:
    texts, names = frame.texts, service.names_of(places)
    plan = None if shown is None else shown.plan
    values = {
        "typed": given,
        "plan": plan,
        "title": "" if plan is None else in_language(plan.name_fr, plan.name_en, texts),
        "members": 0 if shown is None else shown.members,
        "sentence": words.sentence(terms, names, texts) if terms else "",
        "conditions": words.conditions(terms, texts) if terms else [],
        "kinds": [(name, texts.gettext(text)) for name, text in words.KINDS.items()],
        "areas": list(names.areas.items()),
        "ways": _ways(terms, names),
        "hours": _hours(places, given, texts),
        "rights": range(RIGHTS),
        "unused": _unused(given),
        "prices": price_lines(given, terms),
        "pers": [(name, texts.gettext(words.PER[name])) for name in PER],
        "effects": effects or [],
        "problem": problem or next(iter(given.complaints.values()), ""),
        "said": frame.said(DONE),
    }
    return frame.show("plan.html", values, status)


def _ways(terms: PlanTerms | None, names: words.Names) -> list[tuple[str, str]]:
    """Return single ways in, where a plan has some: most have areas only."""
    chosen = {way for right in (terms.rights if terms else ()) for way in right.access_points}
    if not chosen:
        return []
    return [(way, f"{door} ({way})") for way, door in names.ways.items()]


def _unused(given: Typed[PlanForm]) -> int:
    """Return the first right that is not filled in."""
    for at in range(1, RIGHTS):
        if not given.values.get(f"areas_{at}") and not given.values.get(f"ways_{at}"):
            return at
    return RIGHTS


def _hours(places: Places, given: Typed[PlanForm], texts: Translations) -> list[tuple[str, str]]:
    found = [
        ("opening", texts.gettext("Opening hours of each area")),
        ("always", texts.gettext("Day and night")),
    ]
    if EVENINGS in [given.values.get(f"hours_{at}") for at in range(RIGHTS)]:
        found.append((EVENINGS, texts.gettext("Evenings and weekends")))
    return [*found, *((each.id, each.name) for each in places.schedules if not each.always)]
