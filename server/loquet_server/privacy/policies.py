"""A person in policies of the past: no unit needs those, and explanations of others still do.

After an erasure a whole policy is made for each unit, so that what came before it is history
alone; there the person's lines are left out. Digests in those old manifests then no longer
fit their content: nothing but explanations reads them.
"""

import json
from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from loquet_contract.wire.codec import canonical
from loquet_server.policy.history import compress, expand
from loquet_server.privacy.policy_repository import OldPolicies


async def forget(session: AsyncSession, site: str, words: Sequence[str]) -> int:
    """Leave lines with one of these words out of a site's old policies; return how many changed."""
    if not words:
        return 0
    repository, changed = OldPolicies(session), 0
    for row in await repository.old(site):
        text = expand(row.content)
        if _names(text, words):
            row.content = compress(
                _without(text, words) if row.base is None else _delta_without(text, words)
            )
            changed += 1
    for snapshot in await repository.snapshots(site):
        text = expand(snapshot.content)
        if _names(text, words):
            snapshot.content = compress(_without(text, words))
            changed += 1
    return changed


def _names(text: str, words: Sequence[str]) -> bool:
    return any(f'"{word}"' in text or f'/{word}"' in text for word in words)


def _without(text: str, words: Sequence[str]) -> str:
    return "\n".join(line for line in text.split("\n") if not _names(line, words))


def _delta_without(text: str, words: Sequence[str]) -> str:
    delta = json.loads(text)
    for part in ("upserts", "deletes"):
        delta[part] = [each for each in delta.get(part, []) if not _names(canonical(each), words)]
    return canonical(delta)
