"""What can be wrong with a unit, said with what, where and what to do."""

from pathlib import Path


class EdgeError(Exception):
    """Something that the person who set the unit up can put right; the text says how."""


class ConfigurationError(EdgeError, ValueError):
    """``unit.toml`` cannot be used; the message names file, table and key."""

    def __init__(self, file: Path, table: str, key: str, what: str) -> None:
        place = f"[{table}]" + (f" {key}" if key else "") if table else "the file"
        super().__init__(f"{file}: {place}: {what}")
        self.file, self.table, self.key, self.what = file, table, key, what


class IdentityMissing(EdgeError, LookupError):
    """The unit has no identity yet, or it cannot be read."""
