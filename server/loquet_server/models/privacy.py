"""Privacy as rows: how long things are kept, who looked at whom, and who is no more."""

from typing import Any

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from loquet_server.models.base import Base, Counted, Document, Id, Moment


class PrivacySetting(Base):
    """What a site decided. ``days``: kind of data to days, where it differs from our default.

    ``controller``: who answers for the data, by name and address; ``contact``: whom to ask.
    """

    __tablename__ = "privacy_settings"

    site: Mapped[str] = mapped_column(Id, ForeignKey("sites.id"), primary_key=True)
    days: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    controller: Mapped[str] = mapped_column(String(300), default="")
    contact: Mapped[str] = mapped_column(String(200), default="")
    changed_at: Mapped[int] = mapped_column(Moment, default=0)


class Look(Base):
    """Somebody saw a member in a log that names people; once an hour for the same log.

    ``what``: the log. ``hour_utc``: milliseconds of the hour's start.
    """

    __tablename__ = "looks"

    holder: Mapped[str] = mapped_column(Id, primary_key=True)
    hour_utc: Mapped[int] = mapped_column(Moment, primary_key=True, autoincrement=False)
    actor: Mapped[str] = mapped_column(String(200), primary_key=True)
    what: Mapped[str] = mapped_column(String(64), primary_key=True)
    site: Mapped[str | None] = mapped_column(Id)
    times: Mapped[int] = mapped_column(Integer, default=1)
    last_at: Mapped[int] = mapped_column(Moment, index=True)


class Erasure(Base):
    """A person was erased. ``digest`` knows their id again if a backup brings it back.

    SHA-256 of ``salt`` and the id that they had. ``number``: under which accounting evidence
    goes on, None where there was none.
    """

    __tablename__ = "erasures"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    site: Mapped[str] = mapped_column(Id)
    salt: Mapped[str] = mapped_column(String(32))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    number: Mapped[str | None] = mapped_column(Id)
    at: Mapped[int] = mapped_column(Moment)


class PurgeRun(Base):
    """What the last purge has erased: kind to rows. ``complete`` False: more waits."""

    __tablename__ = "purge_runs"

    id: Mapped[int] = mapped_column(Counted, primary_key=True)
    at: Mapped[int] = mapped_column(Moment)
    counts: Mapped[dict[str, Any]] = mapped_column(Document, default=dict)
    complete: Mapped[bool] = mapped_column(default=True)
