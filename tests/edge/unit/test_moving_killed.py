"""A unit that is killed at any moment keeps moving facts of exactly one version."""

# mypy: disable-error-code="arg-type"

import contextlib
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from loquet_contract.ids import AccountId
from loquet_contract.wire.signing import Signer, SigningKey, Verifier
from loquet_edge.moving import MovingFacts
from loquet_edge.moving_store import MovingStore
from tests.edge.unit.a_moving import moving, whole
from tests.edge.unit.a_unit import SITE

ROOT = Path(__file__).parents[3]
KEY = SigningKey(bytes(range(7, 39)))
KILLS, ACCOUNTS = 10, 400
CHILD = """
import sys
from tests.edge.unit.test_moving_killed import live
live(sys.argv[1])
"""


def facts(version: int, changed: bool) -> dict[str, Any]:
    """All facts of a version, or only what it changed: one account in five, which comes or goes."""
    found: dict[str, Any] = {}
    for account in range(ACCOUNTS):
        last = version - (version - account) % 5  # the version that changed this account last
        there = last > 0 and (last // 5) % 4 != 3
        if last == version or not changed:
            found[f"balance/a{account}"] = [last, None] if there else None
    return found if changed else {key: value for key, value in found.items() if value is not None}


def live(folder: str) -> None:
    """Take version after version, by changes and by parts, until killed."""
    store = MovingStore(Path(folder) / "moving.db")
    found = MovingFacts(Verifier(KEY.public), SITE, store, "here")
    signer = Signer(KEY)
    while True:
        version = (found.version or 0) + 1
        if version == 1 or version % 6 == 0:
            all_of_it = list(facts(version, False).items())
            pieces = [dict(all_of_it[at::3]) for at in range(3)]
            documents = whole(signer, version, *pieces)
        else:
            documents = [moving(signer, version, facts(version, True), base=version - 1)]
        for document in documents:
            found.take(document, 0.0)
            store.put({}, soon=True)
        print(version, flush=True)


@pytest.mark.timeout(240)
def test_a_kill_at_any_moment_leaves_the_facts_of_one_version(tmp_path: Path) -> None:
    draw, kept = random.Random(), set[int]()
    for _ in range(KILLS):
        words = [sys.executable, "-c", CHILD, str(tmp_path)]
        child = subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        for _ in range(draw.randrange(1, 20)):
            child.stdout.readline()
        # Not a wait for something to happen: the moment at which the power goes.
        threading.Event().wait(draw.random() * 0.02)
        child.send_signal(signal.SIGKILL)
        said = int(["0", *child.stdout.read().split()][-1])
        child.wait()
        child.stdout.close()
        with contextlib.closing(MovingStore(tmp_path / "moving.db")) as store:
            found = MovingFacts(Verifier(KEY.public), SITE, store, "here")
            version = found.version or 0
            presence = found.presence({})
            read = {
                f"balance/a{each}": [left.left, left.window]
                for each in range(ACCOUNTS)
                if (left := presence.balances.get(AccountId(f"a{each}"))) is not None
            }
        assert read == (facts(version, False) if version else {})
        assert version <= said + 1 or not said
        kept.add(version)
    assert len(kept) > KILLS // 2, "nothing was kept between the kills"
