"""Times of day as people write them, and as minutes after midnight."""

from typing import Annotated, Final

from pydantic import AfterValidator

from loquet_server.web.i18n import N_

DAY_MINUTES: Final = 24 * 60


def clock(minute: int) -> str:
    """Return a minute of the day; the end of a day is 24:00."""
    return f"{minute // 60 if minute == DAY_MINUTES else minute // 60 % 24:02d}:{minute % 60:02d}"


def minutes(text: str) -> int:
    """Return minutes after midnight of a time such as 03:00; raise ValueError for people."""
    hour, _, minute = text.partition(":")
    if hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60:
        return int(hour) * 60 + int(minute)
    raise ValueError(N_("Please write a time, such as 18:30."))


Clock = Annotated[str, AfterValidator(lambda text: clock(minutes(text)))]
"""A time of day in a form: 9:05 is kept as 09:05."""
