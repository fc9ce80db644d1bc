"""Our own software for units as a wheel (PEP 427), made from what this server runs.

So a card installs the very version that its server speaks, and asks no registry for it. It holds
``loquet_contract`` and ``loquet_edge``, and not the server.
"""

import base64
import hashlib
import importlib.metadata
from functools import cache
from importlib.resources import files
from pathlib import Path

from loquet_server.sdcards.archive import packed

_PACKAGES = ("loquet_contract", "loquet_edge")
_KINDS = (".py", ".toml", ".typed", ".json")
_SCRIPTS = "[console_scripts]\nloquet-edge = loquet_edge.cli:main\n"
_WHEEL = "Wheel-Version: 1.0\nGenerator: loquet-server\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@cache
def unit_wheel() -> tuple[str, bytes]:
    """Return the file's name and the wheel."""
    version = importlib.metadata.version("loquet")
    info = f"loquet-{version}.dist-info"
    found: dict[str, bytes] = {}
    for package in _PACKAGES:
        root = Path(str(files(package)))
        for path in sorted(root.rglob("*")):
            if path.is_file() and path.suffix in _KINDS:
                found[f"{package}/{path.relative_to(root).as_posix()}"] = path.read_bytes()
    for name in ("METADATA", "licenses/LICENSE"):
        found[f"{info}/{name}"] = _metadata(name).encode()
    found[f"{info}/WHEEL"] = _WHEEL.encode()
    found[f"{info}/entry_points.txt"] = _SCRIPTS.encode()
    found[f"{info}/RECORD"] = _record(found, f"{info}/RECORD").encode()
    return f"loquet-{version}-py3-none-any.whl", packed(found)


def _metadata(name: str) -> str:
    text = importlib.metadata.distribution("loquet").read_text(name)
    if text is None:
        raise LookupError("loquet is not installed as a package: run pip install in its folder")
    return text


def _record(found: dict[str, bytes], own: str) -> str:
    lines = [f"{name},sha256={_digest(raw)},{len(raw)}" for name, raw in found.items()]
    return "\n".join([*lines, f"{own},,"]) + "\n"


def _digest(raw: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(raw).digest()).rstrip(b"=").decode()
