"""The door's stories, run as they are written."""

from collections.abc import Iterator
from dataclasses import fields

import pytest

from loquet_contract.ids import DoorId, GrantId, HolderId, LockdownId
from loquet_contract.wire.events import Event
from loquet_edge.door import Door, DoorConfig, ExitStyle, LockKind, deadline, events, step
from loquet_edge.door.effects import Effect, Release, Relock, Report, Signal
from loquet_edge.door.events import DoorEvent
from tests.edge.door import scenarios

PLAIN: dict[str, DoorEvent] = {
    "start": events.Start(),
    "start open": events.Start(leaf_open=True),
    "start latched": events.Start(fire_latched=True),
    "command": events.CommandRelease(),
    "exit": events.ExitPressed(),
    "exit ends": events.ExitReleased(),
    "badge out": events.ExitAsked(),
    "leaf opens": events.LeafOpened(),
    "leaf closes": events.LeafClosed(),
    "schedule": events.UnlockScheduleBegan(),
    "schedule ends": events.UnlockScheduleEnded(),
    "fire": events.FireStarted(),
    "loop closed": events.FireLoopClosed(),
    "re-arm": events.FireRearmed(),
    "lock locked": events.LockFeedback(locked=True),
    "lock unlocked": events.LockFeedback(locked=False),
    "no guard": events.LockFaultSeen("no guard"),
    "guard back": events.LockFaultEnded(),
    "-": events.TimePassed(),
}


def read_event(words: str) -> DoorEvent:
    match words.split():
        case ["grant", name]:
            return events.GrantGiven(GrantId(name))
        case ["grant", name, "long"]:
            return events.GrantGiven(GrantId(name), extended=True)
        case ["leaver", name]:
            return events.LeaverNamed(GrantId(name))
        case ["lockdown", name]:
            return events.LockdownApplied(LockdownId(name))
        case ["lift", name]:
            return events.LockdownLifted(LockdownId(name))
        case ["lift", name, "by", holder]:
            return events.LockdownLifted(LockdownId(name), HolderId(holder))
    return PLAIN[words]


def read_door(words: str) -> DoorConfig:
    lock, exit = words.split()
    if exit == "no-contact":
        return DoorConfig(DoorId("d"), LockKind(lock), has_contact=False)
    return DoorConfig(DoorId("d"), LockKind(lock), ExitStyle(exit))


def say_fact(fact: Event) -> str:
    words = [fact.kind.removeprefix("access_").removeprefix("door_")]
    for field in fields(fact):
        value = getattr(fact, field.name)
        if value is True:
            words.append(field.name)
        elif field.name not in ("door", "doors") and value not in (None, False):
            words.append(str(value))
    return " ".join(words)


def say(effects: tuple[Effect, ...]) -> str:
    words, told = list[str](), list[str]()
    for effect in effects:
        match effect:
            case Relock():
                words.append("LOCK")
            case Release(until):
                words.append("FREE" if until is None else f"FREE {until:g}")
            case Signal(feedback):
                words.append(f"[{feedback}]")
            case Report(fact):
                told.append(say_fact(fact))
    return " ".join([*words, ", ".join(told)]).strip()


def stories() -> Iterator[object]:
    names = {text: name for name, text in vars(scenarios).items() if isinstance(text, str)}
    for door, *texts in scenarios.STORIES:
        for text in texts:
            yield pytest.param(read_door(door), text, id=f"{names[text].lower()} {door}")


@pytest.mark.parametrize(("config", "story"), list(stories()))
def test_story(config: DoorConfig, story: str) -> None:
    door = Door(config)
    for line in story.strip().splitlines():
        at, event, expected = (part.strip() for part in line.split("|"))
        due = deadline(door)
        assert due is None or due >= float(at), f"nothing written for {due} s, before: {line}"
        assert event != "-" or due == pytest.approx(float(at)), f"nothing is due at: {line}"
        door, effects = step(door, read_event(event), float(at))
        assert say(effects) == expected, line


def test_every_story_is_told() -> None:
    told = {text for _, *texts in scenarios.STORIES for text in texts}
    written = {v for n, v in vars(scenarios).items() if n.isupper() and isinstance(v, str)}
    assert told == written
