"""Why not: the closed list of refusals, and the words for each.

What is typed by hand cannot be counted, translated or trusted. ``member`` is what stands on
a screen or a plate beside the door: short, kind, with what to do. ``manager`` is exact.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """Closed vocabulary of refusals, in the order of the ladder in ``decision``."""

    NO_POLICY = "no_policy"
    CREDENTIAL_UNKNOWN = "credential_unknown"
    CREDENTIAL_DISABLED = "credential_disabled"
    MEMBER_SUSPENDED = "member_suspended"
    MEMBERSHIP_ENDED = "membership_ended"
    CREDENTIAL_NOT_YET_VALID = "credential_not_yet_valid"
    CREDENTIAL_EXPIRED = "credential_expired"
    ASSURANCE_TOO_LOW = "assurance_too_low"
    UNAUTHORIZED = "unauthorized"
    POLICY_EXPIRED = "policy_expired"
    CLOCK_UNTRUSTED = "clock_untrusted"
    NOT_PERMITTED_NOW = "not_permitted_now"
    NO_PASS_LEFT = "no_pass_left"
    ALREADY_INSIDE = "already_inside"
    AREA_FULL = "area_full"
    DOOR_BLOCKED = "door_blocked"
    LOCKED_DOWN = "locked_down"
    PIN_MISSING = "pin_missing"
    PIN_BLOCKED = "pin_blocked"
    PIN_EXPECTED = "pin_expected"
    PIN_WRONG = "pin_wrong"


class Remark(StrEnum):
    """What is worth telling of somebody who was let in; closed vocabulary."""

    IN_GRACE = "in_grace"
    BILLED = "billed"
    ALREADY_INSIDE = "already_inside"
    AREA_FULL = "area_full"


@dataclass(frozen=True, slots=True)
class Words:
    """One reason in one language; ``{when}`` and ``{contact}`` are filled by the caller."""

    member: str
    manager: str


FRENCH: dict[Reason, Words] = {
    Reason.NO_POLICY: Words(
        "Boîtier non à jour, appelez {contact}", "Le boîtier n'a reçu aucune règle d'accès"
    ),
    Reason.CREDENTIAL_UNKNOWN: Words(
        "Badge inconnu, adressez-vous à l'accueil", "Badge absent des règles de ce boîtier"
    ),
    Reason.CREDENTIAL_DISABLED: Words(
        "Badge désactivé, contactez-nous", "Badge désactivé (perdu, rendu ou bloqué)"
    ),
    Reason.MEMBER_SUSPENDED: Words("Accès suspendu, contactez-nous", "Membre suspendu"),
    Reason.MEMBERSHIP_ENDED: Words(
        "Adhésion terminée le {when}, passez la renouveler", "Adhésion annuelle non renouvelée"
    ),
    Reason.POLICY_EXPIRED: Words(
        "Boîtier non à jour, appelez {contact}",
        "Règles d'accès trop anciennes : le boîtier n'a pas joint le serveur à temps",
    ),
    Reason.CREDENTIAL_NOT_YET_VALID: Words(
        "Badge valable à partir du {when}", "Badge pas encore valable"
    ),
    Reason.CREDENTIAL_EXPIRED: Words("Forfait terminé le {when}", "Badge ou forfait terminé"),
    Reason.ASSURANCE_TOO_LOW: Words(
        "Badge insuffisant pour cette porte", "La porte exige un badge authentifié"
    ),
    Reason.UNAUTHORIZED: Words(
        "Zone non comprise dans votre forfait", "Aucune règle du membre ne couvre cet accès"
    ),
    Reason.CLOCK_UNTRUSTED: Words(
        "Heure incertaine, appelez {contact}", "Horloge du boîtier incertaine"
    ),
    Reason.NOT_PERMITTED_NOW: Words("Revenez {when}", "Hors des horaires du forfait"),
    Reason.NO_PASS_LEFT: Words("Plus de pass, contactez-nous", "Carnet épuisé"),
    Reason.ALREADY_INSIDE: Words("Entrée déjà enregistrée", "Anti-retour : déjà à l'intérieur"),
    Reason.AREA_FULL: Words("Complet pour le moment", "Capacité de la zone atteinte"),
    Reason.DOOR_BLOCKED: Words("Porte bloquée, passez par une autre entrée", "Porte bloquée"),
    Reason.LOCKED_DOWN: Words("Accès suspendu (sécurité)", "Verrouillage d'urgence en cours"),
    Reason.PIN_MISSING: Words(
        "Cette porte demande un code : choisissez-le sur votre page",
        "La porte demande un code et le membre n'en a pas qui vaille",
    ),
    Reason.PIN_BLOCKED: Words(
        "Trop de codes faux, patientez ou appelez {contact}",
        "Trop de codes faux : plus d'essai pour le moment",
    ),
    Reason.PIN_EXPECTED: Words(
        "Badgez, tapez votre code, puis #", "Le code n'a pas été tapé à temps"
    ),
    Reason.PIN_WRONG: Words("Code faux, badgez et recommencez", "Le code tapé est faux"),
}

ENGLISH: dict[Reason, Words] = {
    Reason.NO_POLICY: Words(
        "This door is not set up yet, call {contact}", "The unit has received no access policy"
    ),
    Reason.CREDENTIAL_UNKNOWN: Words(
        "Unknown badge, please ask at the desk", "Badge not in this unit's policy"
    ),
    Reason.CREDENTIAL_DISABLED: Words(
        "Badge disabled, please contact us", "Badge disabled (lost, returned or blocked)"
    ),
    Reason.MEMBER_SUSPENDED: Words("Access suspended, please contact us", "Member suspended"),
    Reason.MEMBERSHIP_ENDED: Words(
        "Your membership ended on {when}, please renew it", "Yearly membership not renewed"
    ),
    Reason.POLICY_EXPIRED: Words(
        "This door is out of date, call {contact}",
        "Policy too old: the unit has not reached the server in time",
    ),
    Reason.CREDENTIAL_NOT_YET_VALID: Words("Badge valid from {when}", "Badge not yet valid"),
    Reason.CREDENTIAL_EXPIRED: Words("Plan ended on {when}", "Badge or plan ended"),
    Reason.ASSURANCE_TOO_LOW: Words(
        "This door needs a stronger badge", "The door requires an authenticated badge"
    ),
    Reason.UNAUTHORIZED: Words(
        "Area not included in your plan", "None of the member's rules covers this access point"
    ),
    Reason.CLOCK_UNTRUSTED: Words(
        "Time uncertain, call {contact}", "The unit's clock is uncertain"
    ),
    Reason.NOT_PERMITTED_NOW: Words("Please come back {when}", "Outside the hours of the plan"),
    Reason.NO_PASS_LEFT: Words("No pass left, please contact us", "Carnet used up"),
    Reason.ALREADY_INSIDE: Words("Entry already recorded", "Anti-passback: already inside"),
    Reason.AREA_FULL: Words("Full at the moment", "Area at capacity"),
    Reason.DOOR_BLOCKED: Words("Door blocked, please use another entrance", "Door blocked"),
    Reason.LOCKED_DOWN: Words("Access suspended (security)", "Lockdown in force"),
    Reason.PIN_MISSING: Words(
        "This door asks for a PIN: choose yours on your page",
        "The door asks for a PIN and the member has none in force",
    ),
    Reason.PIN_BLOCKED: Words(
        "Too many wrong PINs, wait or call {contact}",
        "Too many wrong PINs: no attempt left for now",
    ),
    Reason.PIN_EXPECTED: Words("Badge, type your PIN, then #", "The PIN was not typed in time"),
    Reason.PIN_WRONG: Words("Wrong PIN, badge and try again", "The PIN typed is wrong"),
}

WORDS: dict[str, dict[Reason, Words]] = {"fr": FRENCH, "en": ENGLISH}
