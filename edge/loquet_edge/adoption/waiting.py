"""The wait of a blank unit, until somebody has let it in.

It asks every two seconds at first, then every ten. What it shows it shows three times: as lines
(console, journal), as a file beside the configuration for ``loquet-edge status``, and as blinks.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from loquet_contract.wire.adoption import REFUSED, WAITING, InvalidToken, Token
from loquet_contract.wire.codec import canonical
from loquet_contract.wire.signing import VerifyKey
from loquet_edge.adoption.asking import About, Answer, Asker, NoAnswer, Where
from loquet_edge.adoption.blinking import Lamp
from loquet_edge.adoption.finding import find_servers
from loquet_edge.adoption.secrets import PENDING, Secrets, keep, secrets_in
from loquet_edge.config import UnitConfig, load
from loquet_edge.errors import EdgeError, IdentityMissing
from loquet_edge.identity import UnitIdentity, write_private
from loquet_edge.link.fetch import Web, open_web
from loquet_edge.pinout import MODEL_FILE
from loquet_edge.settling import Enrolled, check_writable, settle
from loquet_edge.tls_identity import TlsFolder, TlsKey

TOKEN = "adoption-token"
"""File beside the configuration: what the SD card brought."""
SHOWN = "adoption.json"
"""File beside the configuration: what ``loquet-edge status`` says of a unit that waits."""
SERIAL_FILE = Path("/proc/device-tree/serial-number")
QUICK_SECONDS, QUICK_FOR, SLOW_SECONDS = 2.0, 600.0, 10.0

Say = Callable[[str], None]
Find = Callable[[], tuple[str, ...]]


class NotAdopted(EdgeError):
    """Nobody has let the unit in, and it was not to wait longer."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How to ask. ``seconds``: how long to wait, None for ever. ``server``: do not look around."""

    token: str = ""
    server: str = ""
    simulated: bool = False
    again: bool = False
    seconds: float | None = None


class Wait:
    """One unit's wait; ``config_file`` is, or will be, its ``unit.toml``."""

    def __init__(
        self,
        config_file: Path,
        wanted: Wanted,
        say: Say,
        web: Web = open_web,
        find: Find = find_servers,
        lamp: Lamp | None = None,
    ) -> None:
        self._file, self._wanted, self._say = config_file.resolve(), wanted, say
        self._web, self._find = web, find
        self._lamp = Lamp() if lamp is None else lamp
        self._ended = threading.Event()
        self._said = ""

    def stop(self) -> None:
        """Have ``run`` give up; from any thread or a signal."""
        self._ended.set()

    def run(self) -> Enrolled:
        """Ask until the unit was let in, and write all down; raise NotAdopted, EnrolmentError."""
        before = load(self._file) if self._file.exists() else None
        check_writable(self._file, before, self._wanted.again)
        known = _known(before) if self._wanted.again else None
        where = self._where(known)
        tls = TlsFolder((before.identity if before is not None else self._file).parent)
        tls_key = tls.pending_key()
        pending = self._file.parent / PENDING
        own = secrets_in(pending, tls_key.public_text, None if known is None else known.key)
        about = self._about(before, known)
        try:
            return self._asked(where, own, about, tls_key)
        finally:
            self._lamp.close()

    def _asked(self, where: Where | None, own: Secrets, about: About, tls_key: TlsKey) -> Enrolled:
        pending, began = self._file.parent / PENDING, time.monotonic()
        asker: Asker | None = None
        while not self._ended.is_set():
            with_whom = where or self._found()
            if asker is None and with_whom is not None:
                asker = Asker(with_whom, own, about, self._web, lambda new: keep(pending, new))
                where = with_whom
            answer = None if asker is None else self._answer(asker)
            if answer is not None and asker is not None and where is not None:
                self._show(answer, where)
                if answer.identity is not None:
                    unit = UnitIdentity(answer.identity, own.signing)
                    done = settle(unit, tls_key, self._file, pending, self._web)
                    self._clear()
                    return done
            elif where is not None and not where.fingerprint and not self._wanted.server:
                where, asker = None, None  # perhaps another server is found meanwhile
                own = secrets_in(pending, own.tls_key, own.signing)
            lived = time.monotonic() - began
            if self._wanted.seconds is not None and lived >= self._wanted.seconds:
                break
            self._ended.wait(QUICK_SECONDS if lived < QUICK_FOR else SLOW_SECONDS)
        raise NotAdopted("nobody has let this unit in; run 'loquet-edge adopt' to ask again")

    def _answer(self, asker: Asker) -> Answer | None:
        try:
            return asker.ask()
        except NoAnswer as error:
            self._tell(f"{error}; asked again")
            return None

    def _found(self) -> Where | None:
        found = self._find()
        if not found:
            self._tell(
                "no server was found on this network, and this unit has no SD card's token; on the"
                " server's page 'Units that wait', look for units on the network"
            )
            return None
        return Where(found[0])

    def _where(self, known: UnitIdentity | None) -> Where | None:
        """Return whom to ask: the SD card's server, the one that is named, or the one before."""
        text, file = self._wanted.token, self._file.parent / TOKEN
        if not text:
            with contextlib.suppress(FileNotFoundError):
                text = file.read_text("utf-8")
        if text:
            try:
                token = Token.from_text(text)
            except InvalidToken as error:
                raise NotAdopted(f"{file}: {error}") from error
            return Where(token.address, token.fingerprint, token)
        if known is not None:
            key = VerifyKey.from_text(known.identity.server_key)
            return Where(self._wanted.server or known.identity.server_address, key.fingerprint)
        return Where(self._wanted.server) if self._wanted.server else None

    def _about(self, before: UnitConfig | None, known: UnitIdentity | None) -> About:
        simulated = self._wanted.simulated or (before is not None and before.simulated)
        return About(
            model="simulated" if simulated else _read(MODEL_FILE),
            serial="" if simulated else _read(SERIAL_FILE)[-4:],
            software=f"loquet {version('loquet')}",
            wish="" if before is None else before.unit,
            voucher="" if known is None else known.identity.voucher or "",
        )

    def _show(self, answer: Answer, where: Where) -> None:
        shown = {
            "state": answer.state,
            "code": answer.code.text,
            "blinks": answer.code.blinks,
            "server": where.address,
        }
        if answer.state == WAITING:
            self._tell(
                f"this unit waits at {where.address}; its code is {answer.code.text}"
                f" (blinks {' '.join(answer.code.blinks)}): compare it on the page"
                " 'Units that wait', and adopt the unit there"
            )
            self._lamp.show(answer.code.blinks)
        elif answer.state == REFUSED:
            self._tell(f"{where.address}: somebody has turned this unit away")
        with contextlib.suppress(OSError):
            write_private(self._file.parent / SHOWN, canonical(shown))

    def _tell(self, text: str) -> None:
        if text != self._said:
            self._said = text
            self._say(text)

    def _clear(self) -> None:
        """Take away what nobody needs once the unit was let in; a token counts once."""
        for name in (SHOWN, TOKEN):
            with contextlib.suppress(OSError):
                (self._file.parent / name).unlink(missing_ok=True)


def shown_in(folder: Path) -> dict[str, str]:
    """Return what a unit that waits shows, empty if it does not."""
    try:
        plain = json.loads((folder / SHOWN).read_text("utf-8"))
        return {str(name): str(value) for name, value in plain.items()}
    except (OSError, ValueError, AttributeError):
        return {}


def _known(before: UnitConfig | None) -> UnitIdentity | None:
    if before is None:
        return None
    with contextlib.suppress(IdentityMissing):
        return UnitIdentity.load(before.identity)
    return None


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip("\0\n ")[:64]
    except (OSError, UnicodeDecodeError):
        return ""
