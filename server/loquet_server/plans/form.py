"""A plan as a form: at most three rights, prices line by line."""

import re
from collections.abc import Iterable
from typing import Any, Final, Literal, get_args

from pydantic import BaseModel, Field, ValidationError

from loquet_server.people.text import Id, Line, Name
from loquet_server.people.text import Price as Label
from loquet_server.plans.schemas import DAYS, Per, PlanKind, PlanTerms, Price, Right
from loquet_server.web.forms import COMPLAINTS, Typed
from loquet_server.web.i18n import N_, Translations

RIGHTS: Final = 3
PRICES: Final = 8
PER: Final = get_args(Per)
BAD_PRICE: Final = N_("Write a price such as 12 or 12.50.")
BAD_NUMBER: Final = N_("Please write a whole number.")
_WHERE: Final = {"rights": "hours_0", "prices": "price_euros"}


class PlanForm(BaseModel):
    """What is typed. Lists named ``price_*`` go line by line together."""

    kind: PlanKind
    name_fr: Name
    name_en: Line = ""
    areas_0: list[Id] = Field(default_factory=list)
    areas_1: list[Id] = Field(default_factory=list)
    areas_2: list[Id] = Field(default_factory=list)
    ways_0: list[Id] = Field(default_factory=list)
    ways_1: list[Id] = Field(default_factory=list)
    ways_2: list[Id] = Field(default_factory=list)
    hours_0: Id = "opening"
    hours_1: Id = "opening"
    hours_2: Id = "opening"
    counts: Literal["none", "day", "half_day"] = "none"
    allowance: int | None = Field(None, ge=1, le=1000)
    window: Literal["bought", "week", "month"] = "bought"
    when_empty: Literal["refuse", "bill"] = "refuse"
    grace_days: int = Field(0, ge=0, le=366)
    needs_membership: bool = False
    lead_minutes: int = Field(0, ge=0, le=240)
    lag_minutes: int = Field(0, ge=0, le=240)
    stale_days: int = Field(7, ge=1, le=DAYS)
    expires_days: int = Field(30, ge=1, le=DAYS)
    price_label: list[Label] = Field(default_factory=list, max_length=PRICES)
    price_per: list[Per] = Field(default_factory=list, max_length=PRICES)
    price_euros: list[str] = Field(default_factory=list, max_length=PRICES)
    price_from: list[str] = Field(default_factory=list, max_length=PRICES)
    price_tariff: list[str] = Field(default_factory=list, max_length=PRICES)
    confirmed: bool = False


def terms_from(
    typed: Typed[PlanForm], before: PlanTerms | None, texts: Translations
) -> PlanTerms | None:
    """Return the plan that was typed, or None with complaints added.

    Rights beyond those of the form stay as they are ``before``.
    """
    form = typed.model
    if form is None:
        return None
    counts = None if form.counts == "none" else form.counts
    window = None if counts is None or form.window == "bought" else form.window
    prices = _prices(form, typed, texts)
    if prices is None:
        return None
    given = form.model_dump(include=set(PlanTerms.model_fields) - {"prices", "rights"})
    given |= {
        "counts": counts,
        "window": window,
        "allowance": form.allowance if window is not None else None,
        "prices": _with_english(prices, before),
        "rights": [*_rights(form), *(before.rights[RIGHTS:] if before else ())],
    }
    try:
        return PlanTerms.model_validate(given)
    except ValidationError as error:
        _complain(typed, error, texts)
        return None


def values_of(terms: PlanTerms) -> dict[str, Any]:
    """Return what the form shows of a plan."""
    values: dict[str, Any] = {
        name: getattr(terms, name)
        for name in PlanForm.model_fields
        if name in PlanTerms.model_fields
    }
    values |= {
        "counts": terms.counts or "none",
        "window": terms.window or "bought",
        "kind": PlanKind(terms.kind).value,
        "allowance": "" if terms.allowance is None else terms.allowance,
    }
    for at, right in enumerate(terms.rights[:RIGHTS]):
        values[f"areas_{at}"], values[f"ways_{at}"] = right.areas, right.access_points
        values[f"hours_{at}"] = right.hours
    return values


def price_lines(typed: Typed[PlanForm], terms: PlanTerms | None) -> list[dict[str, str]]:
    """Return the lines of prices to show: those typed or stored, and two empty ones."""
    if "price_euros" in typed.values:
        names = ("label", "per", "euros", "from", "tariff")
        columns = [typed.values.get(f"price_{name}") or [] for name in names]
        lines = [dict(zip(names, each, strict=True)) for each in zip(*columns, strict=False)]
        lines = [each for each in lines if each["euros"] or each["label"]]
    else:
        lines = [_line(each) for each in (terms.prices if terms else ())]
    empty = {"label": "", "per": "month", "euros": "", "from": "1", "tariff": "full"}
    return [*lines, dict(empty), dict(empty)][:PRICES]


def euros(cents: int) -> str:
    """Return an amount as one types it: 12 or 12.50."""
    whole, rest = divmod(cents, 100)
    return f"{whole}.{rest:02d}" if rest else str(whole)


def _line(price: Price) -> dict[str, str]:
    return {
        "label": price.label_fr,
        "per": price.per,
        "euros": euros(price.cents),
        "from": str(price.from_quantity),
        "tariff": "solidarity" if price.solidarity else "full",
    }


def _rights(form: PlanForm) -> list[Right]:
    found = []
    for at in range(RIGHTS):
        areas, ways = getattr(form, f"areas_{at}"), getattr(form, f"ways_{at}")
        if areas or ways:
            hours = getattr(form, f"hours_{at}")
            found.append(Right(areas=areas, access_points=ways, hours=hours))
    return found


def _prices(form: PlanForm, typed: Typed[PlanForm], texts: Translations) -> list[Price] | None:
    found = []
    lines = zip(
        form.price_label, form.price_per, form.price_euros, form.price_from, form.price_tariff,
        strict=False,
    )  # fmt: skip
    for label, per, amount, quantity, tariff in lines:
        if not amount.strip():
            continue
        cents = cents_of(amount)
        if cents is None:
            typed.complain("price_euros", texts.gettext(BAD_PRICE))
            return None
        count = quantity.strip() or "1"
        if not re.fullmatch("[0-9]{1,5}", count) or not 1 <= int(count) <= 10_000:
            typed.complain("price_euros", texts.gettext(BAD_NUMBER))
            return None
        found.append(
            Price(
                label_fr=label, per=per, cents=cents, from_quantity=int(count),
                solidarity=tariff == "solidarity",
            )
        )  # fmt: skip
    return found


def cents_of(text: str) -> int | None:
    """Return cents of an amount such as 12, 12.5 or 12,50; None for what is none."""
    whole, _, rest = text.strip().replace(",", ".").replace("€", "").strip().partition(".")
    if not (whole.isascii() and whole.isdecimal() and len(whole) <= 6):
        return None
    if rest and not (rest.isascii() and rest.isdecimal() and len(rest) <= 2):
        return None
    return int(whole) * 100 + int(rest.ljust(2, "0") or 0)


def _with_english(prices: Iterable[Price], before: PlanTerms | None) -> list[Price]:
    """Keep the English labels that the form does not show."""
    known = {each.label_fr: each.label_en for each in (before.prices if before else ())}
    return [each.model_copy(update={"label_en": known.get(each.label_fr, "")}) for each in prices]


def _complain(typed: Typed[PlanForm], error: ValidationError, texts: Translations) -> None:
    for each in error.errors():
        where = str(each["loc"][0]) if each["loc"] else "allowance"
        said = COMPLAINTS.get(each["type"]) or str(each["msg"]).removeprefix("Value error, ")
        typed.complain(_WHERE.get(where, where), texts.gettext(said))
