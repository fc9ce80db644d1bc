"""Who changed what: one row per change, in a closed vocabulary."""

from enum import StrEnum
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class Action(StrEnum):
    """``noun:subject:action``; only ever added to."""

    DOOR_RELEASED = "door:lock:release"
    DOOR_LOCKED_DOWN = "door:lockdown:set"
    DOOR_LOCKDOWN_LIFTED = "door:lockdown:lift"
    DOOR_BLOCKED = "door:block:set"
    DOOR_UNBLOCKED = "door:block:lift"
    UNIT_ADDED = "unit:code:create"
    UNIT_ENROLLED = "unit:identity:create"
    UNIT_IDENTIFIED = "unit:light:identify"
    HOLDER_CREATED = "holder:record:create"
    HOLDER_SUSPENDED = "holder:record:suspend"
    HOLDER_RESTORED = "holder:record:restore"
    CREDENTIAL_CREATED = "credential:record:create"
    CREDENTIAL_DISABLED = "credential:record:disable"
    CREDENTIAL_ENABLED = "credential:record:enable"
    MEMBER_CREATED = "member:record:create"
    MEMBER_CHANGED = "member:record:change"
    MEMBER_ARCHIVED = "member:record:archive"
    MEMBER_UNARCHIVED = "member:record:unarchive"
    MEMBER_SUSPENDED = "member:access:suspend"
    MEMBER_RESTORED = "member:access:restore"
    MEMBER_REFUSALS_READ = "member:refusals:read"
    MEMBERSHIP_CREATED = "membership:year:create"
    MEMBERSHIP_PAID = "membership:year:pay"
    MEMBERSHIP_REMOVED = "membership:year:remove"
    ORGANISATION_CREATED = "organisation:record:create"
    ORGANISATION_CHANGED = "organisation:record:change"
    ORGANISATION_ARCHIVED = "organisation:record:archive"
    ORGANISATION_UNARCHIVED = "organisation:record:unarchive"
    ORGANISATION_DAYS_READ = "organisation:days:read"
    BADGE_CREATED = "badge:record:create"
    BADGE_CHANGED = "badge:record:change"
    BADGE_HANDED_OUT = "badge:holder:give"
    BADGE_LOST = "badge:state:lose"
    BADGE_RETURNED = "badge:state:return"
    BADGE_BLOCKED = "badge:state:block"
    BADGE_FOUND = "badge:state:find"
    BADGE_UNBLOCKED = "badge:state:unblock"
    BADGE_ENROLMENT_ASKED = "badge:enrolment:ask"
    GUEST_INVITED = "guest:visit:create"
    GUEST_CANCELLED = "guest:visit:cancel"
    PLAN_CREATED = "plan:record:create"
    PLAN_CHANGED = "plan:record:change"
    PLAN_ARCHIVED = "plan:record:archive"
    PLAN_RESTORED = "plan:record:unarchive"
    PLAN_DELETED = "plan:record:delete"
    SUBSCRIPTION_CREATED = "subscription:record:create"
    SUBSCRIPTION_CHANGED = "subscription:record:change"
    SUBSCRIPTION_ENDED = "subscription:record:end"
    SUBSCRIPTION_DELETED = "subscription:record:delete"
    ACCOUNT_CREATED = "account:record:create"
    PASSES_SOLD = "pass:purchase:create"
    PASSES_CORRECTED = "pass:purchase:correct"
    PASS_REFUNDED = "pass:use:refund"
    PASSES_READ = "pass:use:read"
    PASSES_EXPORTED = "pass:use:export"
    INCIDENT_CLOSED = "incident:record:close"
    JOURNAL_READ = "journal:entries:read"
    JOURNAL_EXPORTED = "journal:entries:export"
    PASSAGE_EXPLAINED = "passage:reason:explain"
    AREA_EXPLAINED = "area:entrants:explain"
    MEMBER_EXPLAINED = "member:hours:explain"
    IMPORT_APPLIED = "import:members:apply"
    IMPORT_UNDONE = "import:members:undo"
    MEMBERS_EXPORTED = "export:members:read"
    BADGES_EXPORTED = "export:badges:read"
    PASSAGES_EXPORTED = "export:passages:read"
    PASS_USES_EXPORTED = "export:pass_uses:read"
    OPERATOR_INVITED = "operator:invitation:create"
    OPERATOR_LINK_MADE = "operator:password:reset"
    OPERATOR_PASSWORD_SET = "operator:password:update"
    OPERATOR_CHANGED = "operator:record:update"
    OPERATOR_DISABLED = "operator:record:disable"
    OPERATOR_ENABLED = "operator:record:enable"
    OPERATOR_SIGNED_IN = "operator:session:create"
    OPERATOR_SIGNED_OUT = "operator:session:delete"
    TOKEN_CREATED = "token:record:create"
    TOKEN_REVOKED = "token:record:revoke"
    SITE_CREATED = "site:record:create"
    SETUP_BEGUN = "server:setup:begin"
    SETUP_DONE = "server:setup:complete"
    SETTING_CHANGED = "setting:value:update"
    MAIL_TESTED = "setting:mail:test"
    SCHEDULE_CREATED = "schedule:record:create"
    SCHEDULE_CHANGED = "schedule:record:change"
    SCHEDULE_DELETED = "schedule:record:delete"
    CALENDAR_ADDED = "calendar:entry:create"
    CALENDAR_CHANGED = "calendar:entry:change"
    CALENDAR_DELETED = "calendar:entry:delete"
    AREA_CREATED = "area:record:create"
    AREA_CHANGED = "area:record:change"
    AREA_DELETED = "area:record:delete"
    DOOR_CHANGED = "door:record:change"
    ACCESS_POINT_CHANGED = "access_point:record:change"
    ASSURANCE_CHOSEN = "access_point:assurance:choose"
    SITE_CHANGED = "site:record:change"


class Audit(Base):
    """One change; ``subject`` is the id of what was changed."""

    __tablename__ = "audit"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    at: Mapped[int] = mapped_column(Moment, index=True)
    action: Mapped[str] = mapped_column(String(64))
    site: Mapped[str | None] = mapped_column(Id)
    subject: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(500), default="")
    detail: Mapped[dict[str, Any] | None] = mapped_column(Document)
