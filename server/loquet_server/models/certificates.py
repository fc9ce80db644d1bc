"""Certificates that units have been given. They are public; the keys never left the units."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id, Moment


class Certificate(Base):
    """One certificate of a unit. ``serial`` in hexadecimal; ``key_digest``: of its public key."""

    __tablename__ = "certificates"

    serial: Mapped[str] = mapped_column(String(40), primary_key=True)
    unit: Mapped[str] = mapped_column(Id, ForeignKey("units.id"), index=True)
    key_digest: Mapped[str] = mapped_column(String(64))
    pem: Mapped[str] = mapped_column(Text)
    issued_at: Mapped[int] = mapped_column(Moment)
    ends_at: Mapped[int] = mapped_column(Moment)
    revoked_at: Mapped[int | None] = mapped_column(Moment)
