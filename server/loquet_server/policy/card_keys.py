"""Which card masters units are to have."""

from sqlalchemy import Select, select

from loquet_server.models import CardKey


def card_keys_of(site: str) -> Select[str]:
    """Return the query for the names of a site's card masters in force, the newest first."""
    query = select(CardKey.name).where(CardKey.site == site, CardKey.retired_at.is_(None))
    return query.order_by(CardKey.version.desc())
