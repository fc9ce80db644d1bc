"""Every table."""

from loquet_server.models.audit import Action, Audit
from loquet_server.models.base import Base
from loquet_server.models.facts import AreaDay, DeskHour, Passage
from loquet_server.models.journal import DeadLetter, Entry, Incident, Journal
from loquet_server.models.people import Credential, Holder, Plan, Rule
from loquet_server.models.places import AccessPoint, Area, Desk, Door, Schedule, Site
from loquet_server.models.policies import DesiredState, Lockdown, Policy
from loquet_server.models.states import DeskState, DoorState
from loquet_server.models.units import EnrolmentToken, Unit, UnitState

__all__ = [
    "AccessPoint",
    "Action",
    "Area",
    "AreaDay",
    "Audit",
    "Base",
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
    "Holder",
    "Incident",
    "Journal",
    "Lockdown",
    "Passage",
    "Plan",
    "Policy",
    "Rule",
    "Schedule",
    "Site",
    "Unit",
    "UnitState",
]
