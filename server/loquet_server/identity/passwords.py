"""Passwords: argon2id, two at a time, in a thread; and which ones are refused.

Parameters: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB, 2 passes, 1 lane; about
0.3 s on a Raspberry Pi 3. A hash made with others is made anew at the next sign-in.
"""

import asyncio
import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from loquet_server.errors import TooMany
from loquet_server.web.i18n import N_

SHORTEST: Final = 12
LONGEST: Final = 200
AT_ONCE: Final = 2
"""Each takes 19 MiB and a core."""
WAITING: Final = 40
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY: Final = _hasher.hash("nobody has this password")

TOO_SHORT: Final = N_("Use at least 12 characters: four words in a row are easy to remember.")
TOO_LONG: Final = N_("Use at most 200 characters.")
TOO_COMMON: Final = N_("This is among the first that others would try. Use four unrelated words.")
TOO_PLAIN: Final = N_("This repeats itself too much. Use four unrelated words.")
TOO_NEAR: Final = N_("This is made of a name or an address that others know.")
_WORDS: Final = """
    password passwort motdepasse mdp passe azerty azertyuiop qwerty qwertyuiop qsdfghjklm
    asdfghjkl wxcvbn bonjour bienvenue welcome admin administrateur administrator root letmein
    loquet coworking openspace secret soleil chouchou doudou marseille france paris iloveyou
    jetaime football changeme changezmoi utilisateur user test dragon monkey sunshine princesse
    qwer asdf zxcv azer abcd
"""
_COMMON: Final = frozenset(_WORDS.split())
_RUNS: Final = ("0123456789" * 3, "9876543210" * 3, "abcdefghijklmnopqrstuvwxyz" * 2)


class Passwords:
    """Makes and checks hashes; the cost is the point, so it is kept off the event loop."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """Return what to keep of a password."""
        async with self._turns:
            return await asyncio.to_thread(_hasher.hash, _same(password))

    async def verify(self, kept: str | None, password: str) -> bool:
        """Return True if this is the password; takes as long if there is none (``None``).

        Raises TooMany if too many wait already.
        """
        if self._waiting >= WAITING:
            raise TooMany("too many people sign in at once; try again in a few seconds")
        self._waiting += 1
        try:
            async with self._turns:
                return await asyncio.to_thread(_verify, kept, _same(password[: 2 * LONGEST]))
        finally:
            self._waiting -= 1

    def stale(self, kept: str) -> bool:
        """Return True if a hash was made with other parameters than today's."""
        return _hasher.check_needs_rehash(kept)


def _verify(kept: str | None, password: str) -> bool:
    try:
        right = _hasher.verify(kept or _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return False
    return right and kept is not None


def weakness(password: str, known: Iterable[str] = ()) -> str | None:
    """Return what is wrong with a new password, in English for translation, or None.

    ``known``: names and addresses of its owner and of the space.
    """
    text = _same(password)
    if len(text) < SHORTEST:
        return TOO_SHORT
    if len(text) > LONGEST:
        return TOO_LONG
    plain = text.casefold()
    if len(set(plain)) < 5 or _repeats(plain):
        return TOO_PLAIN
    letters = re.sub(r"[\W\d_]+", "", plain)
    if any(plain in run for run in _RUNS) or _made_of(letters, _COMMON):
        return TOO_COMMON
    words = {part for each in known for part in re.split(r"[\W_]+", each.casefold()) if part[2:]}
    whole = {re.sub(r"[\W\d_]+", "", each.casefold()) for each in known}
    if letters and _made_of(letters, words | {each for each in whole if each}):
        return TOO_NEAR
    return None


def _same(password: str) -> str:
    """Return a password as every keyboard writes it (RFC 8265 asks for NFC)."""
    return unicodedata.normalize("NFC", password)


def _repeats(text: str) -> bool:
    """Return True if a text is one short piece again and again."""
    return any(
        text == (text[:size] * len(text))[: len(text)] for size in range(1, len(text) // 2 + 1)
    )


def _made_of(letters: str, words: Iterable[str]) -> bool:
    """Return True if nothing is left of ``letters`` but three, once ``words`` are taken out."""
    for word in sorted(words, key=len, reverse=True):
        letters = letters.replace(word, "")
    return len(letters) < 4
