"""Style sheets and scripts: our own files, and Bootstrap's from its installed package."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

import bootstrap_wrapper
from starlette.staticfiles import StaticFiles

OWN: Final = Path(__file__).parent / "static"
BOOTSTRAP: Final = Path(bootstrap_wrapper.get_bootstrap_dir())
MOUNTS: Final = {"/static/bootstrap": BOOTSTRAP, "/static/loquet": OWN}


def own_files() -> StaticFiles:
    """Serve our own assets."""
    return StaticFiles(directory=OWN)


def bootstrap_files() -> StaticFiles:
    """Serve Bootstrap's assets."""
    return StaticFiles(directory=BOOTSTRAP)


@cache
def asset(path: str) -> str:
    """Return the address of an asset, such as ``loquet/live.js``, with a digest of its content.

    The digest makes a browser fetch anew after an upgrade. Raises FileNotFoundError.
    """
    room, _, name = path.partition("/")
    content = (MOUNTS[f"/static/{room}"] / name).read_bytes()
    return f"/static/{path}?v={hashlib.sha256(content).hexdigest()[:10]}"
