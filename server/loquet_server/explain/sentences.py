"""The exact answer in one sentence for the manager, with names and times."""

from collections.abc import Callable

from loquet_contract.access.decision import EXIT_RULE, Denied, Granted
from loquet_contract.access.reasons import Reason, Remark
from loquet_server.explain.scene import Scene
from loquet_server.explain.telling import ways
from loquet_server.explain.wording import manager
from loquet_server.foresight.ladder import Rung
from loquet_server.web.i18n import N_


def exact(scene: Scene) -> str:
    """Return the answer in one sentence for the manager, with names and times."""
    answer = scene.why.answer
    return _granted(scene, answer) if isinstance(answer, Granted) else _denied(scene, answer)


def _granted(scene: Scene, answer: Granted) -> str:
    texts = scene.clock.texts
    if answer.rule == EXIT_RULE:
        return texts.gettext("A way out: whoever has a badge is let out.")
    found = [
        texts.gettext("%(member)s may enter %(area)s by “%(plan)s”.")
        % {
            "member": scene.who,
            "area": scene.place.area_name,
            "plan": scene.name_of(answer.rule),
        }
    ]
    if answer.pin:
        found.append(texts.gettext("The door asks for the PIN too."))
    if answer.account is not None:
        found.append(
            texts.gettext("No pass was left: the day is let in and marked for billing.")
            if answer.billed
            else texts.gettext("Going in takes a pass.")
        )
    if Remark.IN_GRACE in answer.remarks:
        found.append(texts.gettext("The plan has ended, and is in its days of grace."))
    if Remark.ALREADY_INSIDE in answer.remarks:
        found.append(texts.gettext("The member was inside already; this is only remarked."))
    if Remark.AREA_FULL in answer.remarks:
        found.append(texts.gettext("The area was full; this is only remarked."))
    return " ".join(found)


def _denied(scene: Scene, answer: Denied) -> str:
    return _TELLINGS[answer.reason](scene, answer)


def _unit(text: str) -> Callable[[Scene, Denied], str]:
    def telling(scene: Scene, _answer: Denied) -> str:
        return scene.clock.texts.gettext(text) % {"unit": scene.unit_name}

    return telling


def _unknown(scene: Scene, _answer: Denied) -> str:
    texts = scene.clock.texts
    if scene.badge is not None and scene.holder is not None:
        return texts.gettext(
            "At that moment this badge belonged to nobody; now it is a badge of %(member)s."
        ) % {"member": scene.who}
    return texts.gettext("Nobody at this space has this badge.")


def _disabled(scene: Scene, _answer: Denied) -> str:
    texts = scene.clock.texts
    kinds = {
        "lost": texts.gettext("This badge of %(member)s was reported lost."),
        "returned": texts.gettext("This badge of %(member)s was returned."),
        "blocked": texts.gettext("This badge of %(member)s is blocked."),
    }
    other = texts.gettext("This badge of %(member)s is disabled.")
    status = "" if scene.badge is None else scene.badge.status
    return kinds.get(status, other) % {"member": scene.who}


def _suspended(scene: Scene, _answer: Denied) -> str:
    texts = scene.clock.texts
    reason = "" if scene.holder is None else scene.holder.suspended_reason
    if not reason:
        return texts.gettext("%(member)s is suspended.") % {"member": scene.who}
    values = {"member": scene.who, "reason": reason}
    return texts.gettext("%(member)s is suspended: %(reason)s") % values


def _dated(text: str) -> Callable[[Scene, Denied], str]:
    def telling(scene: Scene, answer: Denied) -> str:
        day = scene.clock.when(answer.reason, answer.when, scene.utc)
        values = {"member": scene.who, "day": day}
        return scene.clock.texts.gettext(text) % values

    return telling


def _booked(scene: Scene, answer: Denied) -> str | None:
    """Return the answer at the door of a room that opens by booking only; None elsewhere."""
    if not scene.place.booking_only:
        return None
    texts, values = scene.clock.texts, {"area": scene.place.area_name, "member": scene.who}
    if answer.when is None or answer.reason is Reason.UNAUTHORIZED:
        text = texts.gettext("%(area)s opens only with a booking, and %(member)s had none.")
        return text % values
    values["when"] = scene.clock.moment(answer.when)
    if answer.reason is Reason.CREDENTIAL_EXPIRED:
        text = texts.gettext("%(area)s opens only with a booking; %(member)s's ended %(when)s.")
    else:
        text = texts.gettext("%(area)s opens only with a booking; %(member)s's begins %(when)s.")
    return text % values


def _ended(scene: Scene, answer: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    day = clock.when(answer.reason, answer.when, scene.utc)
    plan = _closest(scene, answer)
    if plan is not None and (booked := _booked(scene, answer)) is not None:
        return booked
    if plan is None:
        text = texts.gettext("What lets %(member)s in ended on %(day)s.")
        return text % {"member": scene.who, "day": day}
    text = texts.gettext("“%(plan)s” of %(member)s ended on %(day)s.")
    return text % {"plan": plan, "member": scene.who, "day": day}


def _begins(scene: Scene, answer: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    day = clock.when(answer.reason, answer.when, scene.utc)
    plan = _closest(scene, answer)
    if plan is not None and (booked := _booked(scene, answer)) is not None:
        return booked
    if plan is None:
        text = texts.gettext("Badge or access of %(member)s begins on %(day)s.")
        return text % {"member": scene.who, "day": day}
    text = texts.gettext("“%(plan)s” of %(member)s begins on %(day)s.")
    return text % {"plan": plan, "member": scene.who, "day": day}


def _unauthorized(scene: Scene, answer: Denied) -> str:
    texts = scene.clock.texts
    if (booked := _booked(scene, answer)) is not None:
        return booked
    names = sorted({scene.name_of(each.rule) for each in scene.why.ways})
    values = {"member": scene.who, "area": scene.place.area_name, "plans": ", ".join(names)}
    if not names:
        return texts.gettext("%(member)s has no plan.") % values
    return texts.gettext("No plan of %(member)s leads into %(area)s (%(plans)s).") % values


def _hours_told(scene: Scene, answer: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    closest = next((e for e in ways(scene) if e.reason == answer.reason), None)
    today = clock.weekday(clock.local(scene.utc).date())
    values = {"plan": _closest(scene, answer) or "", "area": scene.place.area_name, "day": today}
    if closest is not None and closest.opens:
        values["hours"] = ", ".join(clock.span(*each) for each in closest.opens)
        text = texts.gettext("“%(plan)s” opens %(area)s on this %(day)s only %(hours)s.")
    else:
        text = texts.gettext("“%(plan)s” does not open %(area)s on this %(day)s.")
    found = text % values
    if answer.when is None:
        return found + " " + texts.gettext("It does not open again as far as is known.")
    again = texts.gettext("It opens again %(when)s.")
    return f"{found} {again % {'when': clock.moment(answer.when)}}"


def _no_pass(scene: Scene, answer: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    values = {"plan": _closest(scene, answer) or "", "member": scene.who}
    found = texts.gettext("No pass of “%(plan)s” was left to %(member)s.") % values
    if answer.when is None:
        return found
    return f"{found} " + texts.gettext("New ones come on %(day)s.") % {
        "day": clock.day(answer.when)
    }


def _inside(scene: Scene, _answer: Denied) -> str:
    texts, stay = scene.clock.texts, scene.stay
    values = {"member": scene.who, "area": scene.place.area_name}
    if stay is None:
        return texts.gettext("%(member)s had entered %(area)s and was not seen leaving.") % values
    values["when"] = scene.clock.moment(stay.since)
    text = texts.gettext("%(member)s entered %(area)s %(when)s and was not seen leaving since.")
    return text % values


def _full(scene: Scene, _answer: Denied) -> str:
    texts = scene.clock.texts
    area = scene.case.policy.area(scene.place.area)  # type: ignore[arg-type]
    count = "" if area is None or area.capacity is None else str(area.capacity)
    values = {"area": scene.place.area_name, "count": count}
    return texts.gettext("%(area)s holds %(count)s people, and as many were inside.") % values


def _stale(scene: Scene, _answer: Denied) -> str:
    texts, terms = scene.clock.texts, scene.case.policy.terms
    values = {"unit": scene.unit_name, "when": ""}
    if terms is not None:
        values["when"] = scene.clock.moment(terms.created)
    text = texts.gettext(
        "%(unit)s had its last rules from %(when)s, and the plan works no longer than that"
        " without the server."
    )
    return text % values


def _locked(scene: Scene, _answer: Denied) -> str:
    texts, lockdown = scene.clock.texts, scene.lockdown
    if lockdown is None:
        return manager(Reason.LOCKED_DOWN, scene.clock.language)
    values = {
        "door": scene.place.door_name,
        "actor": lockdown.actor,
        "when": scene.clock.moment(lockdown.since / 1000),
        "reason": lockdown.reason,
    }
    text = texts.gettext("%(door)s was locked down by %(actor)s %(when)s: %(reason)s")
    return text % values


def _door(text: str) -> Callable[[Scene, Denied], str]:
    def telling(scene: Scene, _answer: Denied) -> str:
        return scene.clock.texts.gettext(text) % {"door": scene.place.door_name}

    return telling


def _pin(text: str) -> Callable[[Scene, Denied], str]:
    def telling(scene: Scene, _answer: Denied) -> str:
        values = {"member": scene.who, "door": scene.place.door_name}
        return scene.clock.texts.gettext(text) % values

    return telling


def _without_pin(scene: Scene, answer: Denied) -> str:
    texts, clock = scene.clock.texts, scene.clock
    values = {"member": scene.who, "door": scene.place.door_name}
    if answer.when is None:
        return texts.gettext("%(door)s asks for a PIN, and %(member)s has none.") % values
    values["day"] = clock.day(answer.when)
    text = texts.gettext(
        "%(door)s asks for a PIN; that of %(member)s had become too short and ended on %(day)s."
    )
    return text % values


def _closest(scene: Scene, answer: Denied) -> str | None:
    """Return the name of the right whose refusal is the answer; None if it is no right's."""
    if not any(each.rung in _OF_RIGHTS for each in scene.why.obstacles[:1]):
        return None
    for each in scene.why.ways:
        found = each.answer
        if isinstance(found, Denied) and (found.reason, found.when) == (
            answer.reason, answer.when,
        ):  # fmt: skip
            return scene.name_of(each.rule)
    return None


_OF_RIGHTS = frozenset({Rung.RIGHT, Rung.HOURS, Rung.PASS, Rung.FRESH, Rung.CLOCK})

_TELLINGS: dict[Reason, Callable[[Scene, Denied], str]] = {
    Reason.NO_POLICY: _unit(N_("%(unit)s had received no rules yet, or does not know this door.")),
    Reason.CREDENTIAL_UNKNOWN: _unknown,
    Reason.CREDENTIAL_DISABLED: _disabled,
    Reason.MEMBER_SUSPENDED: _suspended,
    Reason.MEMBERSHIP_ENDED: _dated(
        N_("The membership of %(member)s, with its days of grace, ended on %(day)s.")
    ),
    Reason.CREDENTIAL_NOT_YET_VALID: _begins,
    Reason.CREDENTIAL_EXPIRED: _ended,
    Reason.ASSURANCE_TOO_LOW: _door(
        N_("%(door)s asks for a badge that proves itself; this one only told its number.")
    ),
    Reason.UNAUTHORIZED: _unauthorized,
    Reason.POLICY_EXPIRED: _stale,
    Reason.CLOCK_UNTRUSTED: _unit(
        N_("%(unit)s could not be sure of the time, so only plans without hours opened.")
    ),
    Reason.NOT_PERMITTED_NOW: _hours_told,
    Reason.NO_PASS_LEFT: _no_pass,
    Reason.ALREADY_INSIDE: _inside,
    Reason.AREA_FULL: _full,
    Reason.DOOR_BLOCKED: _door(N_("%(door)s is blocked: no badge opens it.")),
    Reason.LOCKED_DOWN: _locked,
    Reason.PIN_MISSING: _without_pin,
    Reason.PIN_BLOCKED: _pin(
        N_(
            "%(member)s, or others at this reader, had typed so many wrong PINs that %(door)s"
            " looked at no more for a while. A new PIN of theirs counts at once."
        )
    ),
    Reason.PIN_EXPECTED: _pin(
        N_("%(door)s asked %(member)s for the PIN, and it was not typed in time.")
    ),
    Reason.PIN_WRONG: _pin(N_("%(door)s asked %(member)s for the PIN, and another was typed.")),
}
