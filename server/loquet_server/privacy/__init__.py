"""Privacy as a mechanism: what is kept of people and how long, who looked, how it is erased.

Every table that names a person is found by its own columns (``traces``), so that what another
room adds tomorrow is exported and erased too. ``kinds`` says how long each kind of data may
live, ``purging`` sees to it in small batches, ``erasing`` ends all of one person in one act, and
``looks`` remembers who saw whom in a log that names people.
"""

from loquet_server.privacy.erasing import erase
from loquet_server.privacy.gathering import gather
from loquet_server.privacy.looks import looked, looks_at

__all__ = ["erase", "gather", "looked", "looks_at"]
