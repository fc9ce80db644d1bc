"""Every table."""

from loquet_server.models.audit import Action, Audit
from loquet_server.models.base import Base
from loquet_server.models.facts import AreaDay, DeskHour, Passage
from loquet_server.models.hours import CalendarEntry, ExtraWindow, Schedule
from loquet_server.models.journal import DeadLetter, Entry, Incident, Journal
from loquet_server.models.operators import (
    ApiToken,
    IdempotencyKey,
    ImportRun,
    OneTimeCode,
    Operator,
    OperatorSession,
    Preference,
    SignInAttempt,
)
from loquet_server.models.people import (
    BadgeEnrolment,
    Credential,
    Holder,
    Membership,
    Organisation,
)
from loquet_server.models.places import AccessPoint, Area, Desk, Door, Site
from loquet_server.models.plans import (
    MovingFact,
    MovingHead,
    PassAccount,
    PassPurchase,
    PassUse,
    Plan,
    Rule,
    Subscription,
)
from loquet_server.models.policies import (
    DesiredState,
    Lockdown,
    Policy,
    PolicyRecord,
    PolicySite,
    PolicySnapshot,
)
from loquet_server.models.states import DeskState, DoorState
from loquet_server.models.units import EnrolmentToken, Unit, UnitState

__all__ = [
    "AccessPoint",
    "Action",
    "ApiToken",
    "Area",
    "AreaDay",
    "Audit",
    "BadgeEnrolment",
    "Base",
    "CalendarEntry",
    "Credential",
    "DeadLetter",
    "DesiredState",
    "Desk",
    "DeskHour",
    "DeskState",
    "Door",
    "DoorState",
    "EnrolmentToken",
    "Entry",
    "ExtraWindow",
    "Holder",
    "IdempotencyKey",
    "ImportRun",
    "Incident",
    "Journal",
    "Lockdown",
    "Membership",
    "MovingFact",
    "MovingHead",
    "OneTimeCode",
    "Operator",
    "OperatorSession",
    "Organisation",
    "PassAccount",
    "PassPurchase",
    "PassUse",
    "Passage",
    "Plan",
    "Policy",
    "PolicyRecord",
    "PolicySite",
    "PolicySnapshot",
    "Preference",
    "Rule",
    "Schedule",
    "SignInAttempt",
    "Site",
    "Subscription",
    "Unit",
    "UnitState",
]
