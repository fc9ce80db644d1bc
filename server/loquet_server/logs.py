"""Structured logs: one JSON object a line on standard error, and never a secret in it.

``redact`` is the last net, not the first: no call is meant to log a number or a key.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

SECRET = frozenset(
    {
        "number", "uid", "credential", "pepper", "password", "secret", "private", "sealed",
        "number_sealed", "payload", "code", "token", "proof", "challenge", "broker_password",
    }
)  # fmt: skip
"""Keys whose value is never logged, wherever they stand."""
HIDDEN = "[hidden]"
_CODE = re.compile(r"loquet[12]\.[A-Za-z0-9_-]+")
"""An enrolment code, and an SD card's token."""
_NUMBER = re.compile(r"\b(?:uid4|uid7|uid10|w26|w34|em4100):[0-9a-fA-F]+\b")


def redact(
    _logger: object, _method: str, found: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Return a log line without secrets: by key, and by what a code or a number looks like."""
    for key in found:
        found[key] = _clean(key, found[key])
    return found


def _clean(key: str, value: object) -> object:
    if key in SECRET and value is not None:
        return HIDDEN
    if isinstance(value, Mapping):
        return {name: _clean(str(name), item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(key, item) for item in value]
    if isinstance(value, str):
        return _NUMBER.sub(HIDDEN, _CODE.sub(HIDDEN, value))
    return value


def configure(level: str = "INFO", stream: TextIO | None = None) -> None:
    """Send all logs, ours and the libraries', to ``stream`` (default standard error) as JSON."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            redact,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    out = logging.StreamHandler(stream or sys.stderr)
    out.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [out]
    root.setLevel(level.upper())
    logging.getLogger("uvicorn.access").setLevel(logging.WARNING)
    # at DEBUG it writes each statement with its values: digests, sealed numbers, names
    logging.getLogger("aiosqlite").setLevel(logging.WARNING)
