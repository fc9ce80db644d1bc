"""True loss: a network namespace of our own, in which nftables drops packets of single units.

Here a connection that is cut off is told nothing: no reset comes, and the kernel repeats itself
until somebody loses patience, as on a mobile network. Needs a kernel that gives us a namespace,
and ``nft``; where it does not, ``enter`` returns False, and the cables alone have to do.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

INSIDE = "LOQUET_CHAOS_NAMESPACE"
_SET_UP = "ip link set lo up && nft add table inet chaos && nft add chain inet chaos drops"
_HOOK = "{ type filter hook input priority 0 ; }"


def enter(module: str, words: Sequence[str]) -> bool:
    """Begin this program anew in a namespace; return only if it is inside, or cannot be."""
    if INSIDE in os.environ:
        return True
    if not all(map(shutil.which, ("unshare", "ip", "nft"))):
        return False
    for how in (["unshare", "--net"], ["unshare", "--map-root-user", "--net"]):
        if subprocess.run(
            [*how, "sh", "-c", f"{_SET_UP} '{_HOOK}'"], capture_output=True
        ).returncode:
            continue
        command = [*how, "sh", "-c", f'{_SET_UP} "$0" && exec "$@"', _HOOK]
        os.environ[INSIDE] = "1"
        os.execvp(command[0], [*command, sys.executable, "-m", module, *words])
    return False


class Packets:
    """Drops packets of a unit's connections, by the port of its cable."""

    def __init__(self, inside: bool) -> None:
        self.inside = inside

    def drop(self, port: int, per_cent: int) -> None:
        """Lose so many packets of a cable, in both directions; 100 is silence."""
        odds = "" if per_cent >= 100 else f"numgen random mod 100 < {per_cent} "
        for side in ("dport", "sport"):
            self._nft(f"add rule inet chaos drops tcp {side} {port} {odds}counter drop")

    def heal(self) -> None:
        """Drop nothing any more."""
        if self.inside:
            self._nft("flush chain inet chaos drops")

    def dropped(self) -> int:
        """How many packets the rules of now have dropped."""
        if not self.inside:
            return 0
        words = self._nft("list chain inet chaos drops").split()
        return sum(int(words[at + 1]) for at, word in enumerate(words) if word == "packets")

    def _nft(self, command: str) -> str:
        done = subprocess.run(["nft", command], capture_output=True, text=True)
        assert done.returncode == 0, f"nft {command}: {done.stderr}"
        return done.stdout
