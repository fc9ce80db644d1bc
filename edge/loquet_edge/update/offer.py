"""What the server offers, and its files: believed by signature, nonce and digest alone."""

import contextlib
import hashlib
import http.client
import secrets
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from loquet_contract.wire.codec import MalformedMessage, decode_text, encode
from loquet_contract.wire.releases import (
    Release,
    ReleaseAnswer,
    ReleaseFile,
    ReleaseRequest,
    checked,
    parts,
    suiting,
)
from loquet_contract.wire.signing import Purpose, WrongSignature
from loquet_edge.identity import UnitIdentity
from loquet_edge.link.fetch import Web
from loquet_edge.update.places import UpdateRefused

SECONDS = 60.0
MAX_ANSWER = 256 * 1024
_CHUNK = 1 << 16


def ask(identity: UnitIdentity, running: str, web: Web) -> Release | None:
    """Return the release that this unit is to run; None: the one it has. UpdateRefused."""
    who, nonce = identity.identity, secrets.token_hex(16)
    wish = ReleaseRequest(who.site, who.unit, nonce, running)
    document = identity.signer.sign(Purpose.RELEASE_REQUEST, encode(wish))
    address = f"{who.server_address.rstrip('/')}/api/v1/units/{who.unit}/release"
    request = urllib.request.Request(
        address, data=document.encode(), headers={"Content-Type": "application/json"},
        method="POST",
    )  # fmt: skip
    try:
        with web(request, SECONDS) as answer:
            said = answer.read(MAX_ANSWER)
    except urllib.error.HTTPError as error:
        with error:
            raise UpdateRefused(f"{address} answers {error.code}; ask its manager") from error
    except (OSError, http.client.HTTPException) as error:
        raise UpdateRefused(f"{address} does not answer: {error}; try again later") from error
    try:
        text = identity.verifier.payload(Purpose.RELEASE, said, MAX_ANSWER)
        found = decode_text(ReleaseAnswer, text)
        if (found.site, found.unit, found.nonce) != (who.site, who.unit, nonce):
            raise WrongSignature("it answers another question")
        return None if found.release is None else checked(found.release)
    except (WrongSignature, MalformedMessage, UnicodeDecodeError) as error:
        raise UpdateRefused(f"{address}: the answer is not our server's: {error}") from error


def refuse_older(release: Release, running: str, *, allowed: bool) -> None:
    """Raise UpdateRefused for a version below the one that runs, unless that is allowed."""
    if parts(release.version) < parts(running) and not allowed:
        raise UpdateRefused(
            f"release {release.version} is older than {running}, which runs: an older one may have"
            " faults that are known; say --allow-older if it is meant"
        )


def fetch(
    release: Release, folder: Path, server: str, tags: tuple[str, str], web: Web,
    say: Callable[[str], None],
) -> None:  # fmt: skip
    """Bring the files that suit this unit into ``folder``; raise UpdateRefused.

    What is there already with the right digest is not fetched again.
    """
    wanted = suiting(release.files, *tags)
    if not any(each.name.startswith(f"loquet-{release.version}-") for each in wanted):
        raise UpdateRefused(f"release {release.version} has nothing for {tags[0]} on {tags[1]}")
    folder.mkdir(parents=True, exist_ok=True)
    missing = [each for each in wanted if not _is_there(folder / each.name, each)]
    size = sum(each.size for each in missing) / 1e6
    say(f"fetching {len(missing)} of {len(wanted)} files, {size:.1f} MB")
    for each in missing:
        address = f"{server.rstrip('/')}/api/v1/releases/{each.sha256}/{each.name}"
        _bring(address, folder / each.name, each, web)


def _bring(address: str, place: Path, wanted: ReleaseFile, web: Web) -> None:
    fresh, digest, size = place.with_name(f"{place.name}.part"), hashlib.sha256(), 0
    try:
        with web(urllib.request.Request(address), SECONDS) as answer, fresh.open("wb") as file:
            while size <= wanted.size and (chunk := answer.read(_CHUNK)):
                size += len(chunk)
                digest.update(chunk)
                file.write(chunk)
    except (OSError, http.client.HTTPException) as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise UpdateRefused(f"{address}: {error}; try again later") from error
    if (size, digest.hexdigest()) != (wanted.size, wanted.sha256):
        fresh.unlink()
        raise UpdateRefused(f"{address}: is not the file that was signed; nothing was changed")
    fresh.replace(place)


def _is_there(file: Path, wanted: ReleaseFile) -> bool:
    try:
        if file.stat().st_size != wanted.size:
            return False
        return hashlib.sha256(file.read_bytes()).hexdigest() == wanted.sha256
    except OSError:
        return False
