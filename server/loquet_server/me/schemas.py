"""What members type on their own pages."""

from typing import Annotated

from pydantic import BaseModel, StringConstraints

from loquet_server.identity.fields import Mail
from loquet_server.people.text import Id, Line
from loquet_server.presence_board.board import MOST

Typed8 = Annotated[str, StringConstraints(min_length=8, max_length=24, pattern=r"^[\d\s.-]+$")]


class CodeWish(BaseModel):
    """An address to which a code is to be sent."""

    mail: Mail


class CodeIn(BaseModel):
    """A code from a mail, with the ticket of the page that asked for it."""

    ticket: Annotated[str, StringConstraints(min_length=10, max_length=80)]
    code: Typed8


class HelpIn(BaseModel):
    """A wish to be let in."""

    door: Id
    words: Annotated[Line, StringConstraints(max_length=200)] = ""


class Answer(BaseModel):
    """What a host says to a member who asked to be let in."""

    answer: Annotated[Line, StringConstraints(max_length=120)] = ""


class HereIn(BaseModel):
    """A wish to be seen among those who are here today."""

    doing: Annotated[Line, StringConstraints(max_length=MOST)] = ""


class ErasureIn(BaseModel):
    """The word that a member types so that nobody erases by mistake."""

    word: Line = ""
