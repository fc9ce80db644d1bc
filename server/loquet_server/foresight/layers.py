"""A policy with some records laid over it: the same rule asked under other circumstances."""

from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from loquet_contract.access.credential import Assurance
from loquet_contract.access.decision import AccessRequest
from loquet_contract.access.policy import (
    AccessPointRecord,
    CredentialRecord,
    HolderRecord,
    InMemoryPolicy,
    PolicyTerms,
    Record,
)
from loquet_contract.access.presence import Balance, Presence
from loquet_contract.ids import AccessPointId, AccountId, CredentialDigest, HolderId

ANY_BADGE = CredentialDigest("any-badge")
"""A badge that nobody has: it stands for whatever badge somebody may come with."""
FOREVER = 2**60


def layered(policy: InMemoryPolicy, *records: Record) -> InMemoryPolicy:
    """Return ``policy`` with these records in place of its own."""
    over = {record.key: record for record in records}
    found = ChainMap(over, policy.records)
    return InMemoryPolicy(policy.terms, cast(dict[str, Record], found))


def in_touch(policy: InMemoryPolicy, until: int) -> InMemoryPolicy:
    """Return ``policy`` as it is for a unit that has heard of the server at ``until``."""
    if policy.terms is None:
        return policy
    terms = PolicyTerms(policy.terms.version, until, FOREVER, FOREVER)
    return InMemoryPolicy(terms, policy.records)


def with_any_badge(policy: InMemoryPolicy, holder: HolderId) -> InMemoryPolicy:
    """Return ``policy`` in which ``ANY_BADGE`` is a valid badge of this holder."""
    return layered(policy, CredentialRecord(ANY_BADGE, holder))


def request(place: AccessPointId, digest: CredentialDigest = ANY_BADGE) -> AccessRequest:
    """Return the question of a badge that is good enough for any door."""
    return AccessRequest(place, (digest,), Assurance.AUTHENTICATED)


def proving(asked: AccessRequest, policy: InMemoryPolicy) -> AccessRequest:
    """Return the question of somebody who types the right PIN where one is asked for."""
    for digest in asked.digests:
        found = policy.credential(digest)
        if found is not None and found[1] is not None and found[1].pin is not None:
            return replace(asked, pins=(found[1].pin,))
    return asked


def ways_in(policy: InMemoryPolicy) -> list[AccessPointRecord]:
    """Return the ways in that a policy has, sorted; not the ways out."""
    found = [each for each in policy.records.values() if isinstance(each, AccessPointRecord)]
    return sorted((each for each in found if not each.exit), key=lambda each: each.key)


def holders(policy: InMemoryPolicy) -> list[HolderRecord]:
    """Return all holders of a policy, sorted."""
    found = [each for each in policy.records.values() if isinstance(each, HolderRecord)]
    return sorted(found, key=lambda each: each.holder)


class Plenty(Mapping[AccountId, Balance]):
    """Every account has passes: for questions that are not about passes."""

    def __getitem__(self, account: AccountId) -> Balance:
        return Balance(1, FOREVER)

    def __iter__(self) -> Iterator[AccountId]:
        return iter(())

    def __len__(self) -> int:
        return 0


PLENTY = Presence(balances=Plenty())
"""Nothing is known of anybody, but for passes: there are enough."""
