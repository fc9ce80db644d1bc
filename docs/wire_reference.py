"""``python docs/wire_reference.py`` writes wire.md, wire.schema.json and asyncapi.json.

Everything in them comes from the contract's own classes and docstrings. A test fails when the
files are not what this would write.
"""

import dataclasses
import inspect
import json
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any

from loquet_contract.access import credential as credentials
from loquet_contract.wire import (
    adoption,
    card_keys,
    certificates,
    codec,
    commands,
    enrolment,
    envelope,
    events_proof,
    messages,
    policy,
    releases,
    rotation,
    sensors,
    signing,
    unit_log,
)
from loquet_contract.wire import events as facts
from loquet_contract.wire.topics import FROM_UNIT, RETAINED, Channel

HERE = Path(__file__).resolve().parent
SCHEMA_ID = "urn:loquet:wire:v1"

MESSAGES: tuple[type[Any], ...] = (
    messages.Online, messages.UnitState, envelope.Batch, envelope.Ack, messages.Manifest,
    messages.Delta, messages.Desired, messages.Moving, commands.Command, commands.Reply,
    events_proof.ProofReport,
    messages.AreaCounts, sensors.SensorPlan, sensors.SensorsSeen,
    messages.DeskState, messages.Change, enrolment.EnrolRequest, enrolment.EnrolAnswer,
    enrolment.Identity, adoption.Announcement, adoption.Standing, adoption.Voucher,
    enrolment.PolicyRequest, enrolment.MovingRequest,
    card_keys.CardKeysRequest, card_keys.CardKeysAnswer, card_keys.CardMasters,
    certificates.CertificateRequest, certificates.CertificateAnswer,
    rotation.PeppersRequest, rotation.PeppersAnswer, rotation.Peppers,
    unit_log.UnitLog,
    releases.ReleaseRequest, releases.ReleaseAnswer, releases.Release,
)  # fmt: skip
CHANNELS: dict[Channel, tuple[type[Any], signing.Purpose | None, str]] = {
    Channel.EVENTS: (envelope.Batch, signing.Purpose.BATCH, "Journal entries, in order."),
    Channel.ONLINE: (messages.Online, None, "The last will says offline."),
    Channel.STATE: (messages.UnitState, signing.Purpose.STATE, "What the unit enforces."),
    Channel.REPLY: (commands.Reply, signing.Purpose.REPLY, "What became of a command."),
    Channel.ACK: (envelope.Ack, signing.Purpose.ACK, "Only this frees entries."),
    Channel.POLICY: (messages.Manifest, signing.Purpose.POLICY, "The newest policy's manifest."),
    Channel.DELTA: (messages.Delta, None, "Carries its own signed manifest."),
    Channel.DESIRED: (
        messages.Desired,
        signing.Purpose.DESIRED,
        "Lockdowns; card keys and peppers by name.",
    ),
    Channel.MOVING: (
        messages.Moving,
        signing.Purpose.MOVING,
        "Passes, stays, people: what changes with every tap.",
    ),
    Channel.SENSORS: (
        sensors.SensorPlan,
        signing.Purpose.SENSORS,
        "What the space's own sensors mean.",
    ),
    Channel.SEEN: (sensors.SensorsSeen, signing.Purpose.SEEN, "What is heard of them."),
    Channel.COMMANDS: (commands.Command, signing.Purpose.COMMAND, "Never retained."),
}
OPEN_TOPICS: dict[str, tuple[str, type[Any], bool, str]] = {
    "areaCounts": (
        "loquet/v1/{site}/areas/{area}/counts", messages.AreaCounts, True,
        "Free and occupied desks, people: for displays and automation, never a name.",
    ),
    "deskState": (
        "loquet/v1/{site}/areas/{area}/desks/{desk}", messages.DeskState, True,
        "One desk: never a name, and no desk that is assigned to one person.",
    ),
    "changes": (
        "loquet/v1/{site}/server/changes", messages.Change, False,
        "Between the server's own processes.",
    ),
}  # fmt: skip


def all_classes() -> list[type[Any]]:
    """Return every class with a kind, and those inside them."""
    found: dict[str, type[Any]] = {}

    def add(cls: Any) -> None:
        if dataclasses.is_dataclass(cls) and isinstance(cls, type) and cls.__name__ not in found:
            found[cls.__name__] = cls
            for hint in typing.get_type_hints(cls).values():
                add_hint(hint)

    def add_hint(hint: Any) -> None:
        add(hint)
        for inner in typing.get_args(hint):
            add_hint(inner)

    for cls in (*MESSAGES, *policy.RECORDS.values(), *facts.KINDS.values()):
        add(cls)
    return list(found.values())


def schema_of(hint: Any) -> dict[str, Any]:
    """Return the JSON Schema of a field's type."""
    while isinstance(hint, typing.NewType):
        hint = hint.__supertype__
    scalars = {str: "string", bool: "boolean", types.NoneType: "null"}
    if hint in scalars:
        return {"type": scalars[hint]}
    if hint is int:
        return {"type": "integer", "minimum": -codec.MAX_INT, "maximum": codec.MAX_INT}
    if hint is Any:
        return {}
    if isinstance(hint, type) and issubclass(hint, Enum):
        return {"enum": [member.value for member in hint]}
    if dataclasses.is_dataclass(hint):
        return {"$ref": f"#/$defs/{typing.cast(type, hint).__name__}"}
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return {"anyOf": [schema_of(each) for each in arguments]}
    if origin is tuple:
        return {"type": "array", "items": schema_of(arguments[0])}
    if origin in (Mapping, dict):
        return {"type": "object", "additionalProperties": schema_of(arguments[1])}
    raise TypeError(f"{hint} has no schema")


def object_schema(cls: type[Any]) -> dict[str, Any]:
    """Return the JSON Schema of one class; it allows unknown properties, as readers do."""
    hints = typing.get_type_hints(cls)
    properties: dict[str, Any] = {}
    required: list[str] = []
    kind = getattr(cls, "kind", None)
    if isinstance(kind, str):
        properties["kind"] = {"const": kind}
        required.append("kind")
    for field in dataclasses.fields(cls):
        properties[field.name] = schema_of(hints[field.name])
        default = _default(field)
        if default is _REQUIRED:
            required.append(field.name)
        else:
            properties[field.name]["default"] = default
    return {
        "type": "object",
        "description": describe(cls),
        "properties": properties,
        "required": required,
    }


_REQUIRED = object()


def _default(field: "dataclasses.Field[Any]") -> Any:
    if field.default is not dataclasses.MISSING:
        return json.loads(codec.canonical(field.default))
    if field.default_factory is not dataclasses.MISSING:
        return json.loads(codec.canonical(field.default_factory()))
    return _REQUIRED


def describe(cls: type[Any]) -> str:
    """Return a class's docstring on one line; nothing for the one that dataclasses make up."""
    text = inspect.cleandoc(cls.__doc__ or "")
    return "" if text.startswith(f"{cls.__name__}(") else " ".join(text.split()).replace("``", "`")


def json_schema() -> dict[str, Any]:
    """Return the schema of everything that has a kind (JSON Schema 2020-12)."""
    entry = object_schema(envelope.Entry)
    definitions = {cls.__name__: object_schema(cls) for cls in all_classes()} | {"Entry": entry}
    definitions["Signed"] = {
        "type": "object",
        "description": "A signed document: see Signatures in wire.md.",
        "properties": {name: {"type": "string"} for name in ("key", "payload", "signature")},
        "required": ["key", "payload", "signature"],
    }
    kinds = [cls.__name__ for cls in all_classes() if isinstance(getattr(cls, "kind", None), str)]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "Loquet wire format, version 1",
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in sorted(kinds) if name != "Entry"],
        "$defs": dict(sorted(definitions.items())),
    }


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI 3.0 description of the topics, seen from the server."""
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    said: dict[str, Any] = {}

    def add(name: str, address: str, cls: type[Any], way: str, retain: bool, about: str,
            purpose: signing.Purpose | None) -> None:  # fmt: skip
        names = [part[1:-1] for part in address.split("/") if part.startswith("{")]
        channels[name] = {
            "address": address,
            "description": about,
            "parameters": {each: {"description": f"Id of the {each}."} for each in names},
            "messages": {cls.__name__: {"$ref": f"#/components/messages/{name}"}},
        }
        operations[f"{way}_{name}"] = {
            "action": way,
            "channel": {"$ref": f"#/channels/{name}"},
            "bindings": {"mqtt": {"qos": 1, "retain": retain, "bindingVersion": "0.2.0"}},
        }
        payload = f"wire.schema.json#/$defs/{'Signed' if purpose else cls.__name__}"
        said[name] = {"name": cls.kind, "contentType": "application/json",
                      "summary": describe(cls), "payload": {"$ref": payload}}  # fmt: skip
        if purpose:
            said[name]["x-signed-purpose"] = str(purpose)
            said[name]["x-signed-payload"] = {"$ref": f"wire.schema.json#/$defs/{cls.__name__}"}

    for channel, (cls, purpose, about) in CHANNELS.items():
        way = "receive" if channel in FROM_UNIT else "send"
        address = f"loquet/v1/{{site}}/units/{{unit}}/{channel}"
        add(str(channel), address, cls, way, channel in RETAINED, about, purpose)
    for name, (address, cls, retain, about) in OPEN_TOPICS.items():
        add(name, address, cls, "send", retain, about, None)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Loquet", "version": "1", "description": "Seen from the server."},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": said},
    }


def markdown() -> str:
    """Return wire.md."""
    parts = [_HEAD, _topics(), _section("Messages", MESSAGES)]
    parts.append(_section("Policy records", policy.RECORDS.values()))
    parts.append(_section("Facts", facts.KINDS.values()))
    inner = [cls for cls in all_classes() if not isinstance(getattr(cls, "kind", None), str)]
    parts.append(_section("Parts of messages", [envelope.Entry, *inner]))
    return "\n".join(parts)


_HEAD = f"""# The wire, version 1

Generated by `make docs` from the classes of `loquet_contract`; do not edit. The same as JSON
Schema is in [wire.schema.json](wire.schema.json), the topics as AsyncAPI in
[asyncapi.json](asyncapi.json).

Payloads are UTF-8 JSON objects with `kind` as discriminator. Numbers are whole and fit 64 bits.
Readers ignore fields that they do not know; a field that is missing takes its default; fields
and kinds are only ever added. *Canonical* JSON has sorted keys, no white space and no escapes
that are not needed. Nothing larger than {codec.MAX_MESSAGE:,} bytes is read.

## Signatures

{{signing}}

## The journal and its chain

{{envelope}}

A signed batch has {envelope.MAX_BATCH:,} bytes at most.

## Policies

{{policy}}

A delta has {messages.MAX_DELTA:,} bytes at most; a larger one is fetched whole by
`POST /api/v1/units/{{{{unit}}}}/policy` with a signed `policy_request`.

## For displays and automation

Counts of areas and states of desks stand retained for anything else that a space connects. They
are not signed and name nobody; a desk that is assigned to one person has no topic, and an area
with no other desk counts none. They are said anew with each change, and when a unit comes or
goes: desks of a unit that is not connected are `unknown`, never `free`.

Of an area, `desks_away` are among `desks_occupied`: whoever sat there is expected back.
`desks_reserved` are among `desks_free`. `present` is the best estimate, and the truth should lie
from `present_low` to `present_high`; all three are missing where leaving is not sensed, and then
`seen_today` says how many came. `state` of a desk is `free`, `occupied`, `away` or `unknown`;
`since` is UTC milliseconds, 0 where nobody knows.

## Credentials

{{credential}}

## Enrolment

{{enrolment}}
"""


def _topics() -> str:
    rows = ["## Topics", "", "Quality of service is 1 everywhere.", ""]
    rows += ["| topic | from | retained | carries | signed as | |", "|---|---|---|---|---|---|"]
    for channel, (cls, purpose, about) in CHANNELS.items():
        who = "unit" if channel in FROM_UNIT else "server"
        kept = "yes" if channel in RETAINED else "no"
        rows.append(
            f"| `loquet/v1/{{site}}/units/{{unit}}/{channel}` | {who} | {kept} |"
            f" `{cls.kind}` | {f'`{purpose}`' if purpose else ''} | {about} |"
        )
    for address, cls, retain, about in OPEN_TOPICS.values():
        kept = "yes" if retain else "no"
        rows.append(f"| `{address}` | server | {kept} | `{cls.kind}` | | {about} |")
    return "\n".join([*rows, ""])


def _section(title: str, classes: typing.Iterable[type[Any]]) -> str:
    parts = [f"## {title}", ""]
    for cls in classes:
        kind = getattr(cls, "kind", None)
        parts += [f"### {f'`{kind}`' if isinstance(kind, str) else cls.__name__}", ""]
        if text := describe(cls):
            parts += [text, ""]
        if fields := dataclasses.fields(cls):
            hints = typing.get_type_hints(cls)
            parts += ["| field | type | default |", "|---|---|---|"]
            for field in fields:
                default = _default(field)
                shown = "required" if default is _REQUIRED else f"`{json.dumps(default)}`"
                parts.append(f"| `{field.name}` | {_type_words(hints[field.name])} | {shown} |")
            parts.append("")
    return "\n".join(parts)


def _type_words(hint: Any) -> str:
    if isinstance(hint, typing.NewType):
        return hint.__name__
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(f"`{member.value}`" for member in hint)
    if dataclasses.is_dataclass(hint) or hint in (str, int, bool):
        return typing.cast(type, hint).__name__
    if hint is types.NoneType:
        return "null"
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(_type_words(each) for each in arguments)
    if origin is tuple:
        return f"list of {_type_words(arguments[0])}"
    if origin in (Mapping, dict):
        return f"object of {_type_words(arguments[1])} by {_type_words(arguments[0])}"
    return "any"


def _prose(module: types.ModuleType) -> str:
    """Return a module's docstring without its title, indented parts as code."""
    text = inspect.cleandoc(module.__doc__ or "").split("\n\n", 1)[1]
    return text.replace("``", "`")


def files() -> dict[str, str]:
    """Return the text of every generated file by name."""
    modules = {"signing": signing, "envelope": envelope, "policy": policy, "enrolment": enrolment}
    prose = {name: _prose(module) for name, module in modules.items()}
    text = markdown()
    for name, words in {**prose, "credential": _prose(credentials)}.items():
        text = text.replace("{" + name + "}", words)
    return {
        "wire.md": text.replace("{{unit}}", "{unit}").rstrip() + "\n",
        "wire.schema.json": json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n",
        "asyncapi.json": json.dumps(asyncapi(), indent=1, ensure_ascii=False) + "\n",
    }


def main() -> None:
    for name, text in files().items():
        (HERE / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
