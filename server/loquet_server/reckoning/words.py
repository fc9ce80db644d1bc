"""How far the machine's clock is off, in a sentence that pages know again."""

from loquet_server.days import DAY_MS, HOUR_MS
from loquet_server.reckoning.judgement import Doubt, Known, Verdict
from loquet_server.web import details

_MINUTE_MS = 60_000


def detail(known: Known, verdict: Verdict, units: int) -> str:
    """Return why the clock is doubted; ``units``: how many agree. Empty without a doubt."""
    if verdict.doubt is None:
        return ""
    if verdict.doubt is Doubt.LEAP:
        return details.CLOCK_LEAP % _apart(known.now - known.sure)
    if verdict.doubt is Doubt.BEHIND or known.units is None:
        sentence = details.CLOCK_BEHIND if known.now < known.sure else details.CLOCK_LEAP
        return sentence % _apart(known.now - known.sure)
    apart = known.now - known.units
    sentence = details.CLOCK_BEHIND_UNITS if apart < 0 else details.CLOCK_AHEAD_UNITS
    return sentence % {**_apart(apart), "units": units}


def _apart(ms: int) -> dict[str, int]:
    days, rest = divmod(abs(ms), DAY_MS)
    hours, rest = divmod(rest, HOUR_MS)
    return {"days": days, "hours": hours, "minutes": rest // _MINUTE_MS}
