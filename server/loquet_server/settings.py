"""What the operator of a server decides: one setting a line, each ``LOQUET_*`` in the environment.

Nothing else in the code reads the environment.
"""

import ipaddress
from enum import StrEnum
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from loquet_server.hosts import is_loopback

DATABASE_FILE = "loquet.db"
"""The database in the data folder, where no other is named."""

SERVED = "address"
"""File in the data folder: where the pages answered last."""


class BrokerKind(StrEnum):
    """Where the broker runs."""

    EMBEDDED = "embedded"
    """A NATS server from PyPI, a supervised child on this machine."""
    EXTERNAL = "external"
    """Somebody else's: mosquitto, or a NATS cluster."""


class BrokerTls(StrEnum):
    """Whether the broker speaks TLS and asks for certificates."""

    AUTO = "auto"
    """Where it listens off loopback."""
    ON = "on"
    OFF = "off"
    """In clear: on loopback only."""


class Accounts(StrEnum):
    """Who is asked to sign in."""

    REQUIRED = "required"
    """Everybody."""
    LOCAL = "local"
    """Nobody at this very machine: for the demo and for tests."""


class Settings(BaseSettings):
    """Settings of one server process."""

    model_config = SettingsConfigDict(env_prefix="LOQUET_", extra="ignore", populate_by_name=True)

    data: Path = Path(".demo")
    """Folder of database, broker store and keys."""
    host: str = "127.0.0.1"
    """Address on which pages and API listen."""
    port: int = Field(
        default=8000, ge=0, le=65535, validation_alias=AliasChoices("LOQUET_PORT", "PORT", "port")
    )
    """Port of pages and API; ``PORT`` is read too."""
    address: str = ""
    """How units reach this server, as ``http(s)://host:port``; default: from host and port."""
    database_url: str = ""
    """``sqlite+aiosqlite:///...`` or ``postgresql+asyncpg://...``; default: SQLite in ``data``."""
    broker: BrokerKind = BrokerKind.EMBEDDED
    broker_host: str = "127.0.0.1"
    broker_port: int = Field(default=1883, ge=0, le=65535)
    broker_public_host: str = ""
    """What units are told; default: ``broker_host``."""
    broker_user: str = ""
    broker_password: SecretStr = SecretStr("")
    """For an external broker; the embedded one makes its own."""
    broker_tls: BrokerTls = BrokerTls.AUTO
    """Whether units and server come to the broker by TLS, each with its certificate."""
    broker_files: Path | None = None
    """Folder where the files for an external mosquitto are kept up to date."""
    broker_log: Path | None = None
    """Debug log of a mosquitto on this machine, of which is told what its rights dropped."""
    discovery: bool = False
    """Whether units on this network may find the server by multicast DNS."""
    language: str = "fr"
    """Language of pages for those who ask for none that we have."""
    log_level: str = "INFO"
    policy_horizon_days: int = Field(default=400, ge=1, le=400)
    command_timeout: float = Field(default=5.0, gt=0)
    """Seconds that a page waits for a unit's answer."""

    accounts: Accounts = Accounts.REQUIRED
    """Whether people at this machine must sign in too."""
    public_url: str = Field(default="", pattern=r"^$|^https?://[^/\s]+/?$")
    """Address by which people reach the pages, such as ``https://loquet.example``."""
    trusted_proxies: str = ""
    """Addresses or networks of reverse proxies, parted by commas: their word is taken."""
    tls_certificate: Path | None = None
    """Certificate chain (PEM) of the pages; with ``tls_key`` they answer by https."""
    tls_key: Path | None = None
    """Private key (PEM) of that certificate."""

    hook_networks: str = ""
    """Private networks to which webhooks may go, and in clear, parted by commas."""

    history_group: int = Field(default=3, ge=3, le=50)
    """Fewer desks, or people, than this are never shown by themselves in a history."""

    backup_folder: Path | None = None
    """Where a sealed backup is written each day; without it there is none."""
    backup_passphrase: SecretStr = SecretStr("")
    """Seals and opens backups; keep it apart from them."""
    backup_keep_days: int = Field(default=14, ge=1, le=90)
    """After so many days a daily backup is deleted."""

    bench_boards: Path | None = None
    """Folder of simulated boards for the bench page; without it there is no bench."""

    @field_validator("trusted_proxies", "hook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        for each in _parts(text):
            ipaddress.ip_network(each, strict=False)
        return text

    @property
    def proxies(self) -> tuple[Any, ...]:
        """Return the networks whose forwarded headers are believed."""
        return tuple(ipaddress.ip_network(e, strict=False) for e in _parts(self.trusted_proxies))

    @property
    def hooks_allowed(self) -> tuple[Any, ...]:
        """Return the private networks to which webhooks may go."""
        return tuple(ipaddress.ip_network(e, strict=False) for e in _parts(self.hook_networks))

    @property
    def secure(self) -> bool:
        """Return True if this server itself speaks TLS."""
        return self.tls_certificate is not None and self.tls_key is not None

    @property
    def keys_folder(self) -> Path:
        """Return the folder of secrets; its files are for the server's user alone."""
        return self.data / "keys"

    @property
    def broker_folder(self) -> Path:
        """Return the folder of the embedded broker: configuration, log and store."""
        return self.data / "broker"

    @property
    def database(self) -> str:
        """Return the database's URL, for SQLAlchemy's async engine."""
        if self.database_url:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data / DATABASE_FILE).absolute()}"

    @property
    def own_address(self) -> str:
        """Return the address that enrolment codes carry: as set, as last served, or as it will."""
        if self.address:
            return self.address
        served = self.data / SERVED
        if served.exists():
            return served.read_text().strip()
        return url_of(self.host, self.port, secure=self.secure)

    @property
    def broker_secure(self) -> bool:
        """Return True if the broker speaks TLS and asks for certificates."""
        if self.broker_tls is BrokerTls.AUTO:
            return not is_loopback(self.broker_host)
        return self.broker_tls is BrokerTls.ON

    @property
    def told_broker_host(self) -> str:
        """Return the broker's host as units are told it."""
        return self.broker_public_host or self.broker_host


def url_of(host: str, port: int, *, secure: bool = False) -> str:
    """Return the address of pages and API there."""
    scheme = "https" if secure else "http"
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


def _parts(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]
