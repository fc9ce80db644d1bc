"""What the form of a card offers, in words."""

from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

from babel import Locale

from loquet_server.models import Site
from loquet_server.sdcards.schemas import BoardModel, Rtc
from loquet_server.web.i18n import N_, Translations

Choices = list[tuple[str, str]]
_MODELS: Final = {
    BoardModel.PI3: "Raspberry Pi 3",
    BoardModel.PI4: "Raspberry Pi 4",
    BoardModel.PI5: "Raspberry Pi 5",
    BoardModel.ZERO2W: "Raspberry Pi Zero 2 W",
}
_NO_CLOCK: Final = N_("none, or that of a Pi 5")
_ALONE: Final = ("EU", "EZ", "UN", "ZZ", "XA", "XB", "QO")
"""Codes that name no country."""


def begun(site: Site) -> dict[str, Any]:
    """Return what stands in an empty form."""
    return {
        "model": BoardModel.PI4.value,
        "way": "token",
        "network": "cable",
        "wpa": "wpa2",
        "country": "FR",
        "timezone": site.timezone,
        "rtc": Rtc.NONE.value,
    }


def models() -> Choices:
    """Return the models of units."""
    return [(each.value, name) for each, name in _MODELS.items()]


def clocks(texts: Translations) -> Choices:
    """Return the clocks with a battery that a unit may have."""
    chips = [(each.value, each.name) for each in Rtc if each is not Rtc.NONE]
    return [(Rtc.NONE.value, texts.gettext(_NO_CLOCK)), *chips]


@cache
def countries(locale: Locale) -> Choices:
    """Return countries in the reader's language and order; each has rules of its own for Wi-Fi."""
    found = [
        (code, name)
        for code, name in locale.territories.items()
        if len(code) == 2 and code.isalpha() and code not in _ALONE
    ]
    return sorted(found, key=lambda each: each[1].casefold())


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones that may be written."""
    return tuple(sorted(each for each in available_timezones() if "/" in each))
