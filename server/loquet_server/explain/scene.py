"""All that is known of one question: what was asked, what was in force, what it is called."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from loquet_contract.access.presence import Stay
from loquet_contract.ids import HolderId
from loquet_server.explain.repository import Place
from loquet_server.explain.wording import Clock, other_name
from loquet_server.foresight.ladder import Case, Why
from loquet_server.models import Credential, Holder, Lockdown, Plan, Site
from loquet_server.policy.rules import rule_of


@dataclass(frozen=True, slots=True)
class Scene:
    """One question with its answer, and the names of all that takes part."""

    case: Case
    why: Why
    site: Site
    place: Place
    unit_name: str
    clock: Clock
    holder: Holder | None = None
    badge: Credential | None = None
    lockdown: Lockdown | None = None
    plans: Mapping[str, Plan] = field(default_factory=dict)
    """The plan of each rule."""

    @property
    def utc(self) -> float:
        """The moment, UTC seconds."""
        return self.case.now.utc

    @property
    def who(self) -> str:
        """The member's name, or what stands for it."""
        texts = self.clock.texts
        return self.holder.name if self.holder else texts.gettext("This member")

    @property
    def stay(self) -> Stay | None:
        """Where the holder was last seen going in, as far as it mattered."""
        if self.holder is None:
            return None
        return self.case.presence.stays.get(HolderId(self.holder.id))

    def plan(self, rule: str) -> Plan | None:
        """Return the plan behind what units call a rule; None for guests and events."""
        return self.plans.get(rule_of(rule))

    def name_of(self, rule: str) -> str:
        """Return what people call the right behind a rule."""
        texts, plan = self.clock.texts, self.plan(rule)
        if plan is not None:
            return plan.name_fr if texts.code == "fr" else plan.name_en
        return other_name(rule, texts)
