"""Cards that prove a key: a site's masters, and readers that wait to encode a card."""

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class CardKey(Base):
    """One version of a site's master, sealed to the server's seal key as badge numbers are.

    ``name``: what cards and units call it. Retired, its cards count as a number and no more.
    """

    __tablename__ = "card_keys"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(8))
    master_sealed: Mapped[str] = mapped_column(Text)
    created_at: Mapped[int] = mapped_column(Moment)
    retired_at: Mapped[int | None] = mapped_column(Moment)


class BadgeEncoding(Base):
    """A reader waits to encode a badge's card, and what became of it. ``id``: the command."""

    __tablename__ = "badge_encodings"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    badge: Mapped[str] = mapped_column(Id, ForeignKey("credentials.id"), index=True)
    unit: Mapped[str] = mapped_column(Id)
    reader: Mapped[str] = mapped_column(Id)
    actor: Mapped[str] = mapped_column(String(200))
    asked_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    outcome: Mapped[str | None] = mapped_column(String(32))
    """What the reader said last of a card: ``CredentialEncoded.outcome``."""
    said_at: Mapped[int | None] = mapped_column(Moment)
