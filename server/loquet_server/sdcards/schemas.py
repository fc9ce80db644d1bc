"""What an installer chooses for a card."""

import re
from enum import StrEnum
from typing import Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, Field, field_validator

from loquet_server.sdcards.ssh_key import NotAPublicKey, PrivateKey, public_key
from loquet_server.sdcards.wifi import NotAKey, check_passphrase
from loquet_server.web.i18n import N_

_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
"""A name in the local network (RFC 1123), short enough for every log."""
SSID_BYTES = 32
"""IEEE 802.11-2020, 9.4.2.2."""


class BoardModel(StrEnum):
    """The models that a unit may be; values as in the pinout."""

    PI3 = "pi3"
    PI4 = "pi4"
    PI5 = "pi5"
    ZERO2W = "zero2w"


class Rtc(StrEnum):
    """Clocks with a battery. ``NONE``: none, or that of a Raspberry Pi 5, which needs no word."""

    NONE = "none"
    DS3231 = "ds3231"
    PCF8523 = "pcf8523"
    PCF85063A = "pcf85063a"


class CardForm(BaseModel):
    """A card's choices. ``way``: by the card's token, or looked for on the local network."""

    host: str = Field(max_length=64)
    model: BoardModel
    way: Literal["token", "find"] = "token"
    network: Literal["cable", "wifi"] = "cable"
    ssid: str = Field(default="", max_length=SSID_BYTES)
    passphrase: str = Field(default="", max_length=64)
    wpa: Literal["wpa2", "wpa3"] = "wpa2"
    country: str = Field(default="FR", pattern=r"^[A-Z]{2}$")
    timezone: str = "Europe/Paris"
    ntp: str = Field(default="", max_length=253, pattern=r"^([A-Za-z0-9][A-Za-z0-9.:-]*)?$")
    ssh_key: str = Field(default="", max_length=4000)
    uart: bool = False
    osdp: bool = False
    rtc: Rtc = Rtc.NONE
    frozen: bool = False

    @field_validator("host")
    @classmethod
    def _host(cls, text: str) -> str:
        name = text.strip().lower()
        if not _HOST.fullmatch(name):
            raise ValueError(N_("Only letters without accents, digits and dashes, 32 at most."))
        return name

    @field_validator("timezone")
    @classmethod
    def _zone(cls, text: str) -> str:
        if text not in available_timezones():
            raise ValueError(N_("Write a time zone such as Europe/Paris."))
        return text

    @field_validator("ssid")
    @classmethod
    def _ssid(cls, text: str) -> str:
        if len(text.encode()) > SSID_BYTES or not text.isprintable():
            raise ValueError(N_("No network has such a name: too long, or with unseen signs."))
        return text

    @field_validator("passphrase")
    @classmethod
    def _passphrase(cls, text: str) -> str:
        try:
            return check_passphrase(text)
        except NotAKey:
            raise ValueError(
                N_("A passphrase has 8 to 63 signs, without accents; check it at the router.")
            ) from None

    @field_validator("ssh_key")
    @classmethod
    def _ssh_key(cls, text: str) -> str:
        try:
            return public_key(text)
        except PrivateKey:
            raise ValueError(
                N_("This is the private half: keep it. Paste the file that ends in .pub.")
            ) from None
        except NotAPublicKey:
            raise ValueError(
                N_("A public key is one line, such as: ssh-ed25519 AAAA... name")
            ) from None
