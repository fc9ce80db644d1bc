"""What members have of their own pages: links, codes, sessions, requests, who is here today."""

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class MemberLink(Base):
    """A personal link to a member's own pages; known by the SHA-256 of its secret.

    It counts on any number of devices until it is revoked; ``uses`` says on how many it did.
    """

    __tablename__ = "member_links"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[int] = mapped_column(Moment)
    created_by: Mapped[str] = mapped_column(String(200), default="")
    uses: Mapped[int] = mapped_column(Integer, default=0)
    used_at: Mapped[int | None] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)


class MemberCode(Base):
    """A code that was asked for by mail. ``holder`` None: nobody has that address.

    ``id`` is the SHA-256 of the ticket that the asking page keeps; ``digest`` that of ticket
    and code together, so that what is kept lets nobody in.
    """

    __tablename__ = "member_codes"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str | None] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64))
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment, index=True)


class MemberSession(Base):
    """A device on which a member is signed in; known by the SHA-256 of its cookie.

    ``link``: by which link it began, so that it ends with it; None after a code.
    """

    __tablename__ = "member_sessions"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), index=True)
    link: Mapped[str | None] = mapped_column(Id, ForeignKey("member_links.id"), index=True)
    csrf: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(Moment)
    seen_at: Mapped[int] = mapped_column(Moment, index=True)
    browser: Mapped[str] = mapped_column(String(200), default="")


class HelpRequest(Base):
    """A member without a badge asked to be let in at a door.

    ``state``: asked, released, declined or withdrawn; asked and past ``expires_at`` is expired.
    """

    __tablename__ = "help_requests"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"))
    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"))
    door: Mapped[str] = mapped_column(Id, ForeignKey("doors.id"))
    words: Mapped[str] = mapped_column(String(200), default="")
    """What the member added."""
    state: Mapped[str] = mapped_column(String(16), default="asked")
    asked_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    answered_at: Mapped[int | None] = mapped_column(Moment)
    answered_by: Mapped[str] = mapped_column(String(200), default="")
    answer: Mapped[str] = mapped_column(String(200), default="")
    """What the host wrote to the member."""

    __table_args__ = (
        Index("ix_help_requests_holder", "holder", "asked_at"),
        Index("ix_help_requests_site", "site", "asked_at"),
    )


class HereToday(Base):
    """A member who wants to be seen among those who are here; forgotten the same night."""

    __tablename__ = "here_today"

    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    doing: Mapped[str] = mapped_column(String(80), default="")
    shown_at: Mapped[int] = mapped_column(Moment)
    until: Mapped[int] = mapped_column(Moment, index=True)
    """The quiet hour at which it is forgotten."""
