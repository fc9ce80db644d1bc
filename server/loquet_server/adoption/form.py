"""What a person types to let a unit in."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, Field, StringConstraints

from loquet_server.adoption.repository import NETWORK
from loquet_server.adoption.schemas import MOST_DESKS, MOST_LOST_DESKS, Kind, Place, Short
from loquet_server.models import WaitingUnit
from loquet_server.web.forms import Typed
from loquet_server.web.i18n import N_, Translations

Name = Annotated[str, StringConstraints(strip_whitespace=True, max_length=60)]
PROBLEMS: Final = {
    "code": N_("The unit shows another code. If it really does, turn it away."),
    "same": N_("Compare the code first: tick the box when it is the same."),
    "name": N_("Please give the unit a name."),
    "door": N_("Please give the door a name."),
    "second_door": N_("Please give the door a name."),
    "replaces": N_("Please choose one of these."),
    "doors": N_("Choose one or two doors that have no unit. The list may have changed meanwhile."),
    "lost_desks": N_(
        "Choose desks that have lost their unit, as many as a unit takes. The list may have"
        " changed meanwhile."
    ),
    "area": N_("Please choose one of these."),
    "desks": N_("A unit takes one to eight desks."),
    "card": N_(
        "Another unit was let in with a copy of this SD card. Make a new card for this one."
    ),
    "decided": N_("Somebody has decided about this unit already."),
    "tls_key": N_("This unit's software is damaged: it sent a key that nobody can use."),
}


class AdoptForm(BaseModel):
    """The form of a waiting unit. ``code``: what the page does not tell, as the unit shows it."""

    code: Short = ""
    same: bool = False
    replaces: Short = ""
    doors: Annotated[list[Short], Field(max_length=8)] = []
    lost_desks: Annotated[list[Short], Field(max_length=MOST_LOST_DESKS)] = []
    name: Name = ""
    kind: Kind = "one_door"
    door: Name = ""
    second_door: Name = ""
    area: Short = ""
    desks: int = Field(default=4, ge=1, le=MOST_DESKS)
    sensor: Literal["motion", "seat"] = "motion"


def place_of(form: Typed[AdoptForm], row: WaitingUnit, texts: Translations) -> Place | None:
    """Return the place that was typed, or None with a complaint: the code was not compared."""
    asked = form.model
    if asked is None:
        return None
    code = row.code
    if row.way == NETWORK:
        rest = asked.code.replace(" ", "").lstrip("-")
        code = rest if len(rest) > 3 else f"{row.code[:3]}-{rest}"
    elif not asked.same:
        problem = PROBLEMS["same"]
        form.complain("same", texts.gettext(problem))
        return None
    typed = asked.model_dump(exclude={"code", "same", "sensor"})
    return Place(code=code, seats=asked.sensor == "seat", **typed)
