"""Opening hours as people write them (OpenStreetMap ``opening_hours``), for a place and its days.

Open is only what is certain: *unknown* is closed, a rule with a comment never opens, an open end
is closed beyond. Public and school holidays are those of the place.
"""

from loquet_server.hours.evaluation import opening, read, with_specials
from loquet_server.hours.holidays import holidays_of, school_holidays
from loquet_server.hours.locality import InvalidHours, Locality, Special
from loquet_server.hours.traps import Warning, warnings

__all__ = [
    "InvalidHours",
    "Locality",
    "Special",
    "Warning",
    "holidays_of",
    "opening",
    "read",
    "school_holidays",
    "warnings",
    "with_specials",
]
