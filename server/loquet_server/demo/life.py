"""Members who come, sit, leave and make mistakes.

A day of Le Moulin without a clock: whoever is outside may come, whoever is inside may leave,
and now and then somebody errs as people do (a wrong badge, a badge of yesterday, a door left
open, a badge shown and no step taken). Life has hands only: it shows badges, moves leaves and
sits on chairs; whether a door lets it in is the unit's affair.
"""

import asyncio
import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from loquet_server.demo import days, offers, village

MINUTE_SECONDS = 2.0
"""How long a minute of a stay takes: a coffee is ten seconds, and a morning passes in minutes."""
MOVE_SECONDS, STILL_SECONDS = 3.0, 25.0
"""A detector sees a movement for so long; nobody here sits still for longer."""


class Hands(Protocol):
    """What a person can do at a simulated unit."""

    async def tap(self, unit: str, reader: str, uid: str) -> None:
        """Show a badge for half a second."""

    async def press_exit(self, unit: str, door: str) -> None:
        """Press the exit button, or walk up to the exit sensor."""

    async def move_leaf(self, unit: str, door: str, opened: bool) -> None:
        """Open or close the leaf."""

    async def sense_desk(self, unit: str, desk: str, sensor: str, present: bool) -> None:
        """Sit down or get up; for a PIR: move or keep still."""

    async def is_released(self, unit: str, door: str, within: float) -> bool:
        """Return whether the lock lets go within so many seconds."""


@dataclass(slots=True)
class _Person:
    member: village.MemberPlan
    desk: village.DeskPlan | None = None
    stay: asyncio.Task[None] | None = None
    inside: bool = False
    busy: bool = False


@dataclass(slots=True)
class Life:
    """``speed`` 1 is calm: somebody does something about every eight seconds."""

    hands: Hands
    speed: float = 1.0
    draw: random.Random = field(default_factory=lambda: random.Random(village.SEED))
    people: list[_Person] = field(
        default_factory=lambda: [_Person(member) for member in village.members()]
    )
    doors: dict[str, village.DoorPlan] = field(
        default_factory=lambda: {door.id: door for door in village.DOORS}
    )
    taken: set[str] = field(default_factory=set)
    group: asyncio.TaskGroup | None = None

    async def run(self) -> None:
        """Live until cancelled."""
        async with asyncio.TaskGroup() as group:
            self.group = group
            while True:
                await self._pause(self.draw.uniform(2, 14))
                group.create_task(self._act())

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self.speed)

    async def _act(self) -> None:
        if self.draw.random() < 0.08:
            await self._err()
            return
        idle = [person for person in self.people if not person.busy]
        if not idle:
            return
        inside = [person for person in idle if person.inside]
        leaves = self.draw.random() < len(inside) / 16
        local = datetime.now(ZoneInfo(village.TIMEZONE))
        welcome = [
            person
            for person in idle
            if not person.inside
            and person.member.state == "valid"
            and offers.in_hours(person.member.plan, local)
        ]
        candidates = inside if leaves and inside else welcome
        if not candidates:
            return
        person = self.draw.choice(candidates)
        person.busy = True
        try:
            await (self._leave(person) if person.inside else self._come(person))
        finally:
            person.busy = False

    async def _come(self, person: _Person) -> None:
        door = self._door_for(person)
        await self.hands.tap(door.unit, door.ways[0][0], person.member.uid)
        if not await self.hands.is_released(door.unit, door.id, 2.0):
            return
        await self._walk_through(door)
        person.inside = True
        await self._pause(self.draw.uniform(1, 4))
        free = [
            desk
            for desk in village.desks()
            if desk.id not in self.taken and desk.area == door.ways[0][2]
        ]
        if free:
            person.desk = self.draw.choice(free)
            self.taken.add(person.desk.id)
            if self.group is not None:
                person.stay = self.group.create_task(self._stay(person.desk))

    async def _leave(self, person: _Person) -> None:
        door = self._door_for(person)
        if person.desk is not None:
            if person.stay is not None:
                person.stay.cancel()
            await self._sit(person.desk, False)
            self.taken.discard(person.desk.id)
            door = next(each for each in village.DOORS if each.ways[0][2] == person.desk.area)
            person.desk = None
        await self._pause(self.draw.uniform(1, 3))
        if door.exit == "reader":
            await self.hands.tap(door.unit, door.ways[1][0], person.member.uid)
        elif door.exit in ("button", "sensor"):
            await self.hands.press_exit(door.unit, door.id)
        if door.exit != "unseen" and not await self.hands.is_released(door.unit, door.id, 2.0):
            return
        await self._walk_through(door)
        person.inside = False

    async def _walk_through(self, door: village.DoorPlan, slowly: float = 1.0) -> None:
        """A leaf takes a person's time whatever the speed of the day: doors are not in a hurry."""
        await asyncio.sleep(0.5)
        await self.hands.move_leaf(door.unit, door.id, True)
        await asyncio.sleep(1.2 * slowly)
        await self.hands.move_leaf(door.unit, door.id, False)

    async def _stay(self, desk: village.DeskPlan) -> None:
        """Sit until cancelled: now and then gone for coffee, or moving and then reading."""
        if desk.sensor == "pir":
            for pause in days.pauses(self.draw, days.TYPING):
                await self._sit(desk, True)
                await self._pause(MOVE_SECONDS)
                await self._sit(desk, False)
                await self._pause(min(pause, STILL_SECONDS))
        for minutes, gone in days.breaks(self.draw):
            await self._sit(desk, True)
            await self._pause(minutes * MINUTE_SECONDS)
            await self._sit(desk, False)
            await self._pause(gone * MINUTE_SECONDS)

    async def _sit(self, desk: village.DeskPlan, present: bool) -> None:
        await self.hands.sense_desk(desk.unit, desk.id, desk.sensor, present)

    async def _err(self) -> None:
        entrance = self.doors["entree"]
        wrong = [each for each in village.members() if each.state != "valid"]
        kind = self.draw.randrange(4)
        if kind == 0:
            await self.hands.tap(entrance.unit, "entree-in", village.UNKNOWN_UID)
        elif kind == 1:
            await self.hands.tap(entrance.unit, "entree-in", self.draw.choice(wrong).uid)
        elif kind == 2:
            await self.hands.tap(entrance.unit, "entree-in", self.people[0].member.uid)
        else:
            await self.hands.tap(entrance.unit, "entree-in", self.people[1].member.uid)
            if await self.hands.is_released(entrance.unit, entrance.id, 2.0):
                await self._walk_through(entrance, slowly=20.0)

    def _door_for(self, person: _Person) -> village.DoorPlan:
        """Members of the big plans use any door; the others the entrance."""
        if person.member.plan in ("resident", "temps-plein"):
            return self.draw.choice(village.DOORS)
        return self.doors["entree"]
