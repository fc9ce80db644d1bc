"""Every table."""

from loquet_server.models.adoption import AdoptionCard, AdoptionWindow, WaitingUnit
from loquet_server.models.audit import Action, Audit
from loquet_server.models.base import Base
from loquet_server.models.bookings import (
    Booking,
    BookingDay,
    BookingFeed,
    BookingParticipant,
    BookingResource,
    BookingSite,
    BookingTerms,
    Equipment,
)
from loquet_server.models.cards import BadgeEncoding, CardKey
from loquet_server.models.certificates import Certificate
from loquet_server.models.clocks import BootClock, ClockReckoning, JournalGap
from loquet_server.models.commissioning import DoorProof, DoorWiring, UnitExam
from loquet_server.models.derived import DerivedForm, DerivedNumber
from loquet_server.models.facts import AreaDay, DeskHour, Passage
from loquet_server.models.fleet import UnitLogOrder, UnitWatch
from loquet_server.models.floors import Floor, FloorImage, FollowUp
from loquet_server.models.headcount import (
    Counter,
    CountReset,
    Crossing,
    EvacuationPlan,
    PeopleCorrection,
)
from loquet_server.models.history import (
    DeskDay,
    PeopleHour,
    Screen,
    Showing,
    SiteDay,
    YearCount,
    YearMark,
)
from loquet_server.models.hooks import Hook, HookDelivery
from loquet_server.models.hours import CalendarEntry, ExtraWindow, Schedule
from loquet_server.models.journal import DeadLetter, Entry, Incident, Journal
from loquet_server.models.me import HelpRequest, HereToday, MemberCode, MemberLink, MemberSession
from loquet_server.models.notices import (
    Duty,
    IncidentMute,
    IncidentStep,
    Notice,
    NoticeChannel,
    NoticeRule,
    NoticeTerms,
)
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
from loquet_server.models.pins import Pin, PinRule
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
from loquet_server.models.privacy import Erasure, Look, PrivacySetting, PurgeRun
from loquet_server.models.rotation import FormerDigest, NextDigest, SitePepper, Theft
from loquet_server.models.sensors import Sensor, SensorPlan, SensorWord
from loquet_server.models.states import DeskState, DoorState
from loquet_server.models.units import EnrolmentToken, Unit, UnitState
from loquet_server.models.updates import ReleaseOffer, UnitUpdate

__all__ = [
    "AccessPoint",
    "Action",
    "AdoptionCard",
    "AdoptionWindow",
    "ApiToken",
    "Area",
    "AreaDay",
    "Audit",
    "BadgeEncoding",
    "BadgeEnrolment",
    "Base",
    "Booking",
    "BookingDay",
    "BookingFeed",
    "BookingParticipant",
    "BookingResource",
    "BookingSite",
    "BookingTerms",
    "BootClock",
    "CalendarEntry",
    "CardKey",
    "Certificate",
    "ClockReckoning",
    "CountReset",
    "Counter",
    "Credential",
    "Crossing",
    "DeadLetter",
    "DerivedForm",
    "DerivedNumber",
    "DesiredState",
    "Desk",
    "DeskDay",
    "DeskHour",
    "DeskState",
    "Door",
    "DoorProof",
    "DoorState",
    "DoorWiring",
    "Duty",
    "EnrolmentToken",
    "Entry",
    "Equipment",
    "Erasure",
    "EvacuationPlan",
    "ExtraWindow",
    "Floor",
    "FloorImage",
    "FollowUp",
    "FormerDigest",
    "HelpRequest",
    "HereToday",
    "Holder",
    "Hook",
    "HookDelivery",
    "IdempotencyKey",
    "ImportRun",
    "Incident",
    "IncidentMute",
    "IncidentStep",
    "Journal",
    "JournalGap",
    "Lockdown",
    "Look",
    "MemberCode",
    "MemberLink",
    "MemberSession",
    "Membership",
    "MovingFact",
    "MovingHead",
    "NextDigest",
    "Notice",
    "NoticeChannel",
    "NoticeRule",
    "NoticeTerms",
    "OneTimeCode",
    "Operator",
    "OperatorSession",
    "Organisation",
    "PassAccount",
    "PassPurchase",
    "PassUse",
    "Passage",
    "PeopleCorrection",
    "PeopleHour",
    "Pin",
    "PinRule",
    "Plan",
    "Policy",
    "PolicyRecord",
    "PolicySite",
    "PolicySnapshot",
    "Preference",
    "PrivacySetting",
    "PurgeRun",
    "ReleaseOffer",
    "Rule",
    "Schedule",
    "Screen",
    "Sensor",
    "SensorPlan",
    "SensorWord",
    "Showing",
    "SignInAttempt",
    "Site",
    "SiteDay",
    "SitePepper",
    "Subscription",
    "Theft",
    "Unit",
    "UnitExam",
    "UnitLogOrder",
    "UnitState",
    "UnitUpdate",
    "UnitWatch",
    "WaitingUnit",
    "YearCount",
    "YearMark",
]
