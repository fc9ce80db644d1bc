"""Frozen dataclasses to JSON and back; the only module that knows JSON.

*Canonical* JSON is what is hashed and signed: keys sorted, no white space, UTF-8 unescaped,
no floats (two machines must write the same bytes). Reading is tolerant where the future
needs it (unknown keys are ignored, missing ones take their default) and strict elsewhere: a
wrong type raises ``MalformedMessage`` that names the path.
"""

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from enum import Enum
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")

MAX_MESSAGE = 512 * 1024
"""Bytes; nothing larger is even parsed."""


class MalformedMessage(ValueError):
    """Bytes are not the message that they should be; the message says where and why."""


def canonical(value: object) -> str:
    """Return the canonical JSON text of plain values; raise TypeError on a float."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_refuse
    )


def _refuse(value: object) -> object:
    raise TypeError(f"{type(value).__name__} has no canonical JSON")


def parse(data: bytes | str, limit: int = MAX_MESSAGE) -> Any:
    """Return the plain value of JSON ``data``; raise MalformedMessage on anything else."""
    if len(data) > limit:
        raise MalformedMessage(f"{len(data)} bytes are more than the {limit} allowed")
    try:
        return json.loads(data, parse_float=_no_float, parse_constant=_no_float)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {error}") from error


def _no_float(text: str) -> object:
    raise MalformedMessage(f"{text}: whole numbers only")


def to_plain(message: object) -> dict[str, Any]:
    """Return a dataclass as plain values; its ``kind``, where it has one, comes with it.

    Fields that hold their default None are left out, so that old golden files stay true.
    """
    return cast(dict[str, Any], _plain(message))


def encode(message: object) -> str:
    """Return the canonical JSON of a message."""
    return canonical(to_plain(message))


def decode(cls: type[T], plain: object) -> T:
    """Return ``plain`` (from ``parse``) as a ``cls``; raise MalformedMessage naming the path."""
    return cast(T, _reader(cast(Any, cls))(plain, cls.__name__))


def decode_text(cls: type[T], data: bytes | str, limit: int = MAX_MESSAGE) -> T:
    """Return the ``cls`` that JSON ``data`` holds; its ``kind`` must be that of ``cls``."""
    plain = parse(data, limit)
    kind = getattr(cls, "kind", None)
    if kind is not None and (not isinstance(plain, dict) or plain.get("kind") != kind):
        raise MalformedMessage(f"expected a message of kind {kind!r}")
    return decode(cls, plain)


def _plain(value: object) -> object:
    if value is None or isinstance(value, (bool, str, int)):
        return value.value if isinstance(value, Enum) else value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        kind = getattr(value, "kind", None)
        found: dict[str, Any] = {} if kind is None else {"kind": kind}
        for name, optional in _fields(type(value)):
            item = getattr(value, name)
            if item is not None or not optional:
                found[name] = _plain(item)
        return found
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} does not go on the wire")


@cache
def _fields(cls: type) -> tuple[tuple[str, bool], ...]:
    return tuple((field.name, field.default is None) for field in dataclasses.fields(cls))


_Reader = Callable[[object, str], object]


@cache
def _reader(kind: Any) -> _Reader:
    """Return the function that turns a plain value into ``kind``; built once per type."""
    while isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    if dataclasses.is_dataclass(kind):
        return _dataclass_reader(cast(type, kind))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum_reader(kind)
    if kind in (str, int, bool, types.NoneType):
        return _scalar_reader(kind)
    if kind is Any or kind is object:
        return lambda value, _path: value
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return _union_reader(tuple(_reader(each) for each in arguments), str(kind))
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin in (Mapping, dict):
        return _mapping_reader(_reader(arguments[1]))
    raise TypeError(f"{kind} does not go on the wire")


def _scalar_reader(kind: type) -> _Reader:
    def read(value: object, path: str) -> object:
        if type(value) is not kind:
            raise MalformedMessage(f"{path}: expected {kind.__name__}, got {_name(value)}")
        return value

    return read


def _enum_reader(kind: type[Enum]) -> _Reader:
    known = {member.value: member for member in kind}

    def read(value: object, path: str) -> object:
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value in known:
            return known[value]
        raise MalformedMessage(f"{path}: {_name(value)} is not one of {', '.join(map(str, known))}")

    return read


def _union_reader(readers: tuple[_Reader, ...], name: str) -> _Reader:
    def read(value: object, path: str) -> object:
        for each in readers:
            try:
                return each(value, path)
            except MalformedMessage as error:
                last = error
        if value is None or len(readers) == 2:
            raise last
        raise MalformedMessage(f"{path}: {_name(value)} is not {name}")

    return read


def _tuple_reader(item: _Reader) -> _Reader:
    def read(value: object, path: str) -> object:
        if not isinstance(value, list):
            raise MalformedMessage(f"{path}: expected a list, got {_name(value)}")
        return tuple(item(each, f"{path}[{at}]") for at, each in enumerate(value))

    return read


def _mapping_reader(item: _Reader) -> _Reader:
    def read(value: object, path: str) -> object:
        if not isinstance(value, dict):
            raise MalformedMessage(f"{path}: expected an object, got {_name(value)}")
        return {key: item(each, f"{path}.{key}") for key, each in value.items()}

    return read


def _dataclass_reader(cls: type) -> _Reader:
    hints = typing.get_type_hints(cls)
    fields = [
        (
            field.name,
            _reader(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(cls)
    ]

    def read(value: object, path: str) -> object:
        if not isinstance(value, dict):
            raise MalformedMessage(f"{path}: expected an object, got {_name(value)}")
        found: dict[str, object] = {}
        for name, reader, required in fields:
            if name in value:
                found[name] = reader(value[name], f"{path}.{name}")
            elif required:
                raise MalformedMessage(f"{path}.{name} is missing")
        try:
            return cls(**found)
        except ValueError as error:
            raise MalformedMessage(f"{path}: {error}") from error

    return read


def _name(value: object) -> str:
    """Say a value's kind, never its content: it may be a secret or a mile long."""
    return "null" if value is None else f"a {type(value).__name__}"
