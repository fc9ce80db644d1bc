"""What a column may be, and what it probably is by its header, in French or English. Pure."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from loquet_server.web.i18n import N_


class Field(StrEnum):
    """What is read from a column."""

    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    MAIL = "mail"
    PHONE = "phone"
    KIND = "kind"
    LANGUAGE = "language"
    ORGANISATION = "organisation"
    NOTE = "note"
    PLAN = "plan"
    PLAN_FROM = "plan_from"
    PLAN_UNTIL = "plan_until"
    MEMBERSHIP_FROM = "membership_from"
    MEMBERSHIP_UNTIL = "membership_until"
    BADGE = "badge"
    BADGE_LABEL = "badge_label"


LABELS = {
    Field.NAME: N_("Name (whole)"),
    Field.FIRST_NAME: N_("First name"),
    Field.LAST_NAME: N_("Family name"),
    Field.MAIL: N_("E-mail"),
    Field.PHONE: N_("Telephone"),
    Field.KIND: N_("Kind (member, staff, volunteer)"),
    Field.LANGUAGE: N_("Language (fr or en)"),
    Field.ORGANISATION: N_("Organisation"),
    Field.NOTE: N_("Note"),
    Field.PLAN: N_("Plan"),
    Field.PLAN_FROM: N_("Plan: first day"),
    Field.PLAN_UNTIL: N_("Plan: last day"),
    Field.MEMBERSHIP_FROM: N_("Membership: first day"),
    Field.MEMBERSHIP_UNTIL: N_("Membership: last day"),
    Field.BADGE: N_("Badge number"),
    Field.BADGE_LABEL: N_("Badge label"),
}

_HEADERS = {
    Field.NAME: "nom complet|nom et prenom|nom prenom|prenom nom|full name|name|membre|member",
    Field.FIRST_NAME: "prenom|first name|firstname|given name",
    Field.LAST_NAME: "nom|nom de famille|last name|lastname|surname|family name",
    Field.MAIL: "mail|e mail|email|courriel|adresse mail|adresse e mail|adresse email"
    "|email address",
    Field.PHONE: "tel|telephone|mobile|portable|phone|phone number|numero de telephone",
    Field.KIND: "type|genre|sorte|genre de membre|kind|categorie|statut",
    Field.LANGUAGE: "langue|language|lang",
    Field.ORGANISATION: "organisation|organization|entreprise|employeur|societe|structure|company"
    "|employer|commune",
    Field.NOTE: "note|notes|remarque|remarques|commentaire|commentaires|comment|comments",
    Field.PLAN: "forfait|formule|plan|abonnement|subscription",
    Field.PLAN_FROM: "debut|debut forfait|debut du forfait|date debut|date de debut|start"
    "|start date|from|plan start|plan from",
    Field.PLAN_UNTIL: "fin|fin forfait|fin du forfait|date fin|date de fin|end|end date|until"
    "|plan end|plan until",
    Field.MEMBERSHIP_FROM: "debut adhesion|adhesion debut|date adhesion|date d adhesion|adhesion"
    "|membership start|membership from|membership",
    Field.MEMBERSHIP_UNTIL: "fin adhesion|adhesion fin|fin d adhesion|adhesion jusqu au"
    "|membership end|membership until",
    Field.BADGE: "badge|numero de badge|numero badge|no badge|n badge|n de badge|no de badge|uid"
    "|badge number|card|card number|carte|numero de carte",
    Field.BADGE_LABEL: "etiquette|libelle badge|badge label|label|couleur badge",
}
_KNOWN = {header: field for field, some in _HEADERS.items() for header in some.split("|")}


def plain(header: str) -> str:
    """Return a header without accents, case and punctuation."""
    bare = unicodedata.normalize("NFKD", header)
    bare = "".join(each for each in bare if not unicodedata.combining(each)).casefold()
    return re.sub(r"[^a-z0-9]+", " ", bare).strip()


def guess(headers: Sequence[str]) -> dict[int, Field]:
    """Return what each column probably is; each field at most once, the first wins."""
    found: dict[int, Field] = {}
    for at, header in enumerate(headers):
        field = _KNOWN.get(plain(header))
        if field is not None and field not in found.values():
            found[at] = field
    taken = set(found.values())
    if Field.LAST_NAME in taken and not taken & {Field.NAME, Field.FIRST_NAME}:
        only = next(at for at, field in found.items() if field is Field.LAST_NAME)
        found[only] = Field.NAME  # "Nom" alone is the whole name
    return found
