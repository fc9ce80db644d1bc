"""Units that wait to be let in, the SD cards that announce them, and who looks for them."""

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class WaitingUnit(Base):
    """A unit that asked to be let in; ``id`` names its public key.

    ``way``: card, network or known. ``state``: waiting, adopted or refused. ``was``: the unit that
    it says to be, by our own signed word or by its card. ``unit``: what it became.
    """

    __tablename__ = "waiting_units"

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    way: Mapped[str] = mapped_column(String(16))
    card: Mapped[str | None] = mapped_column(String(32))
    public_key: Mapped[str] = mapped_column(String(64))
    seal_key: Mapped[str] = mapped_column(String(64))
    tls_key: Mapped[str] = mapped_column(Text)
    commitment: Mapped[str] = mapped_column(String(64))
    code: Mapped[str] = mapped_column(String(8))
    blinks: Mapped[str] = mapped_column(String(8))
    model: Mapped[str] = mapped_column(String(64))
    serial: Mapped[str] = mapped_column(String(16))
    software: Mapped[str] = mapped_column(String(64))
    wish: Mapped[str | None] = mapped_column(Id)
    address: Mapped[str] = mapped_column(String(64))
    was: Mapped[str | None] = mapped_column(Id)
    first_at: Mapped[int] = mapped_column(Moment)
    seen_at: Mapped[int] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16))
    unit: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[int | None] = mapped_column(Moment)

    __table_args__ = (Index("ix_waiting_units_seen_at", "seen_at"),)


class AdoptionCard(Base):
    """An SD card's one-time token, by its name; its secret is derived and kept nowhere.

    ``unit``: the unit that it was made for, if it is known already.
    """

    __tablename__ = "adoption_cards"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    unit: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Moment)
    expires_at: Mapped[int] = mapped_column(Moment)
    used_at: Mapped[int | None] = mapped_column(Moment)


class AdoptionWindow(Base):
    """Until when units without a card are shown, of those on the server's own network."""

    __tablename__ = "adoption_windows"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    open_until: Mapped[int] = mapped_column(Moment)
