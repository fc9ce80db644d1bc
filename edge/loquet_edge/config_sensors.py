"""``[sensors]`` of ``unit.toml``: the space's own broker, on which its sensors speak."""

from dataclasses import dataclass
from pathlib import Path

from loquet_edge.config_table import Table


@dataclass(frozen=True, slots=True)
class SensorsConfig:
    """Where that broker is. ``user`` empty: it asks nobody who they are."""

    broker: tuple[str, int]
    user: str
    password_file: Path | None
    tls: bool


def sensors_of(table: Table | None) -> SensorsConfig | None:
    """Return what the table says, None without one; raise ConfigurationError."""
    if table is None:
        return None
    broker = table.address("broker")
    if broker is None:
        table.refuse("broker", 'is missing; write "HOST:PORT", such as "192.168.1.10:1883"')
    user, password = table.text("user", ""), table.text("password_file", "")
    found = SensorsConfig(
        broker,
        user,
        table.path("password_file", "") if password else None,
        table.flag("tls", False),
    )
    if password and not user:
        table.refuse("user", "a password needs the user that it is of")
    table.finish()
    return found
