"""From rows to records: what one unit needs to decide by itself, and nothing else.

Pure, and deterministic: the same rows give the same lines, in whatever order they come.

A policy has two parts. *Shared* records, of holders and credentials, are the same on all units
of a site: also those whom no rule lets in here are in it, so that a refusal can say "not in your
plan", and a holder's rules that a unit does not have say nothing there. A unit's *own* records
are its doors, ways and areas, the rules that reach them, and the hours of those rules, already
expanded to UTC intervals. A change of one holder so touches only that holder's records, but
for a plan on weekdays that nobody had chosen before.
"""

from collections.abc import Iterable

from loquet_contract.access.policy import CredentialRecord, HolderRecord, Record
from loquet_contract.wire.policy import line
from loquet_server.policy.people import Crowd
from loquet_server.policy.places import access_points, areas, doors, periods_of
from loquet_server.policy.rows import Frame, People, Source
from loquet_server.policy.rules import Rules, Variant
from loquet_server.policy.timetable import Timetable


class Compiler:
    """Compiles by one frame; expands each of its hours once."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.timetable = Timetable(frame)
        self.rules = Rules(frame, self.timetable)
        self._crowd = Crowd(frame, self.timetable, self.rules)

    @property
    def faults(self) -> dict[str, str]:
        """What could not be understood, so far; it opens nothing."""
        return self.timetable.faults

    def people(self, people: People) -> list[HolderRecord | CredentialRecord]:
        """Return the shared records of these people, sorted by key."""
        return sorted(self._crowd.records(people), key=lambda record: record.key)

    def variants(self, people: People) -> set[Variant]:
        """Return which plans these people have on chosen weekdays."""
        return self._crowd.variants(people)

    def unit(self, unit: str | None, variants: Iterable[Variant] = ()) -> list[Record]:
        """Return a unit's own records, sorted by key; of None: of all units together.

        ``variants``: plans that somebody has on chosen weekdays.
        """
        frame = self.frame
        mounted = [each for each in frame.doors if unit in (None, each.unit)]
        mine = {each.door for each in mounted}
        ways = [each for each in frame.access_points if each.door in mine]
        points = frozenset(each.access_point for each in ways)
        plans: list[Variant] = [(each, None) for each in self.rules.plans]
        records: list[Record] = [
            *doors(self.timetable, mounted, ways),
            *access_points(self.timetable, ways, frame.areas),
            *areas(frame.areas, ways),
            *self.rules.records(points, [*plans, *variants]),
            *self.rules.standing(points),
        ]
        records += periods_of(frame.site, self.timetable, records)
        found = {record.key: record for record in records}
        return [found[key] for key in sorted(found)]

    def weekdays(self, unit: str, variants: Iterable[Variant]) -> list[Record]:
        """Return what a unit's own records have only for these variants, sorted by key."""
        mine = {each.door for each in self.frame.doors if each.unit == unit}
        points = frozenset(
            each.access_point for each in self.frame.access_points if each.door in mine
        )
        found = {record.key: record for record in self.rules.records(points, variants)}
        return [found[key] for key in sorted(found)]


def compile_policy(source: Source, unit: str | None) -> list[Record]:
    """Return all records of one unit (of None: of the whole space), sorted by key."""
    compiler = Compiler(source.frame)
    records: list[Record] = [
        *compiler.unit(unit, compiler.variants(source.people)),
        *compiler.people(source.people),
    ]
    return sorted(records, key=lambda record: record.key)


def lines_of(records: Iterable[Record]) -> dict[str, str]:
    """Return key to canonical line, in the order of the records."""
    return {record.key: line(record) for record in records}
