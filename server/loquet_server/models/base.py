"""What all tables share.

Times: ``*_at``, ``at``, ``utc``, ``since`` and ``until`` are UTC milliseconds of things that
happened; ``valid_from``, ``valid_until`` and what a manifest says are UTC seconds, as units
read them. Ids are the typed names of the contract.
"""

from sqlalchemy import JSON, BigInteger, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeEngine

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Id = String(64)
"""A name that may stand in a topic."""
Moment = BigInteger()
"""UTC milliseconds, or seconds where the column says so."""
Document = JSON()
Counted: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
"""A number that the database gives; SQLite counts only INTEGER keys."""


class Base(DeclarativeBase):
    """All tables; relations are never loaded behind a caller's back: there are none."""

    metadata = MetaData(naming_convention=NAMING)
