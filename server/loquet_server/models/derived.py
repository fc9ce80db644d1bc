"""What other kinds of readers make of a badge: which a space accepts, and each badge's own."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Id


class DerivedForm(Base):
    """A space accepts what such readers make of a badge; ``form``: ``people.derived.Derived``."""

    __tablename__ = "derived_forms"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    form: Mapped[str] = mapped_column(String(16), primary_key=True)


class DerivedNumber(Base):
    """What units know a badge by when such a reader heard it; one badge each, in one space."""

    __tablename__ = "derived_numbers"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    badge: Mapped[str] = mapped_column(
        Id, ForeignKey("credentials.id", ondelete="CASCADE"), index=True
    )
    form: Mapped[str] = mapped_column(String(16))
