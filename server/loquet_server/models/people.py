"""Who may come in: members and their organisations, memberships, badges."""

from sqlalchemy import Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class Organisation(Base):
    """An employer or commune whose people share passes; it is told day counts, never passages."""

    __tablename__ = "organisations"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(16), default="employer")
    """employer, commune, association or other."""
    contact_name: Mapped[str] = mapped_column(String(200), default="")
    contact_mail: Mapped[str] = mapped_column(String(200), default="")
    archived_at: Mapped[int | None] = mapped_column(Moment)


class Holder(Base):
    """A person: a member, a guest, staff, a volunteer. ``id`` is random and says nothing.

    ``kind``: member, guest, staff or volunteer. ``valid_from``, ``valid_until``: beyond what
    subscriptions say, UTC seconds.
    """

    __tablename__ = "holders"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    name: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(16), default="member")
    mail: Mapped[str] = mapped_column(String(200), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(2), default="fr")
    organisation: Mapped[str | None] = mapped_column(Id, ForeignKey("organisations.id"), index=True)
    represents: Mapped[bool] = mapped_column(Boolean, default=False)
    """Speaks for the organisation, and may see its day counts."""
    note: Mapped[str] = mapped_column(String(1000), default="")
    valid_from: Mapped[int | None] = mapped_column(Moment)
    valid_until: Mapped[int | None] = mapped_column(Moment)
    suspended: Mapped[bool] = mapped_column(Boolean, default=False)
    suspended_reason: Mapped[str] = mapped_column(String(500), default="")
    extended_release: Mapped[bool] = mapped_column(Boolean, default=False)
    may_lift_lockdown: Mapped[bool] = mapped_column(Boolean, default=False)
    created_at: Mapped[int] = mapped_column(Moment, default=0)
    archived_at: Mapped[int | None] = mapped_column(Moment)


class Membership(Base):
    """One year's adhesion, apart from any plan. Local ISO dates; ``ends_on`` is its last day."""

    __tablename__ = "memberships"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    starts_on: Mapped[str] = mapped_column(String(10))
    ends_on: Mapped[str] = mapped_column(String(10))
    price: Mapped[str] = mapped_column(String(64), default="")
    paid_on: Mapped[str | None] = mapped_column(String(10))
    created_at: Mapped[int] = mapped_column(Moment, default=0)


class Credential(Base):
    """A badge. The number is sealed to the server's seal key; ``last4`` helps a person find it.

    ``status``: stock, handed_out, lost, returned or blocked; only a badge that is handed out
    opens anything. ``issuer``: the space that vouches for it, empty for this one.
    """

    __tablename__ = "credentials"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    holder: Mapped[str | None] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    form: Mapped[str] = mapped_column(String(16))
    number_sealed: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """What units know it by: keyed with the site's pepper, which is not in the database."""
    last4: Mapped[str] = mapped_column(String(4), default="")
    """The last four digits of the number, hexadecimal: all that is ever shown of it."""
    label: Mapped[str] = mapped_column(String(200), default="")
    issuer: Mapped[str] = mapped_column(String(64), default="")
    lossy: Mapped[bool] = mapped_column(Boolean, default=False)
    status: Mapped[str] = mapped_column(String(16), default="handed_out")
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    valid_from: Mapped[int | None] = mapped_column(Moment)
    valid_until: Mapped[int | None] = mapped_column(Moment)
    deposit_cents: Mapped[int] = mapped_column(Integer, default=0)
    deposit_back_at: Mapped[int | None] = mapped_column(Moment)
    handed_out_at: Mapped[int | None] = mapped_column(Moment)
    ended_at: Mapped[int | None] = mapped_column(Moment)
    """When it was lost, returned or blocked."""
    created_at: Mapped[int] = mapped_column(Moment, default=0)
    key_version: Mapped[int | None] = mapped_column(Integer)
    """The card key that its card proves; None: it has a number and nothing else."""
    encoded_at: Mapped[int | None] = mapped_column(Moment)


class BadgeEnrolment(Base):
    """A reader in enrolment mode waits for a badge; what it saw, sealed. ``id``: the command."""

    __tablename__ = "badge_enrolments"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    access_point: Mapped[str] = mapped_column(Id)
    holder: Mapped[str | None] = mapped_column(Id, ForeignKey("holders.id"))
    asked_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    seen_at: Mapped[int | None] = mapped_column(Moment)
    number_sealed: Mapped[str | None] = mapped_column(Text)
    digest: Mapped[str | None] = mapped_column(String(64))
    used_at: Mapped[int | None] = mapped_column(Moment)
