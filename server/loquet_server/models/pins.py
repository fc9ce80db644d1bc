"""PINs beside badges: what is kept of each, and how long a space's must be."""

from sqlalchemy import ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class Pin(Base):
    """A member's PIN. The digits are sealed to the server's seal key, as badge numbers are.

    ``digest``: what units know it by. ``made_by``: member (chosen) or operator (drawn).
    ``ends_at``: from then on it counts no more, since it has become too short; None: it goes on.
    """

    __tablename__ = "pins"

    holder: Mapped[str] = mapped_column(Id, ForeignKey("holders.id"), primary_key=True)
    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), index=True)
    digits_sealed: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))
    length: Mapped[int] = mapped_column(Integer)
    made_by: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[int] = mapped_column(Moment)
    ends_at: Mapped[int | None] = mapped_column(Moment)


class PinRule(Base):
    """How many digits a new PIN of a space has at least; without a row, the default."""

    __tablename__ = "pin_rules"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    length: Mapped[int] = mapped_column(Integer)
