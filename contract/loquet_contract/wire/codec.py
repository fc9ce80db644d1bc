"""Frozen dataclasses to JSON and back; the only module that knows JSON.

*Canonical* JSON is what is hashed and signed: keys sorted, no white space, UTF-8 unescaped,
no floats (two machines must write the same bytes). Reading is tolerant where the future
needs it (unknown keys are ignored, missing ones take their default) and strict elsewhere: a
wrong type raises ``MalformedMessage`` that names the path.
"""

import contextlib
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
MAX_INT = 2**63 - 1
"""What every database and every language of the field can hold."""


class MalformedMessage(ValueError):
    """Bytes are not the message that they should be; the message says where and why."""


def canonical(value: object) -> str:
    """Return the canonical JSON text of plain values; raise TypeError on a float."""
    return written(_plain(value))


_encoder = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False
)


def _writing() -> Callable[[object], str]:
    """Return the encoder's ``encode``, without what it builds anew at each call (CPython)."""
    compiled = getattr(json.encoder, "c_make_encoder", None)
    if compiled is None:
        return _encoder.encode
    chunks = compiled(
        None, _encoder.default, json.encoder.encode_basestring, None, ":", ",", True, False, True
    )
    return lambda plain: "".join(chunks(plain, 0))


_write = _writing()


def written(plain: object) -> str:
    """Return the canonical JSON text of what ``parse`` or ``to_plain`` returned: no float in it."""
    return _write(plain)


def parse(data: bytes | str, limit: int = MAX_MESSAGE) -> Any:
    """Return the plain value of JSON ``data``; raise MalformedMessage on anything else.

    ``limit`` is in bytes (of a str: in characters). UTF-8 only, and no half of a surrogate
    pair, so that whatever was parsed can be stored, hashed and written again.
    """
    if len(data) > limit:
        raise MalformedMessage(f"{len(data)} bytes are more than the {limit} allowed")
    try:
        text = data if isinstance(data, str) else data.decode()
        plain = json.loads(text, parse_float=_no_float, parse_constant=_no_float)
        if not text.isascii() or "\\ud" in text or "\\uD" in text:
            _write(plain).encode()
    except (ValueError, RecursionError) as error:
        raise MalformedMessage(f"not JSON: {_brief(error)}") from error
    return plain


def _brief(error: Exception) -> str:
    """Say what is wrong without the text that is wrong: it may be a secret or a mile long."""
    if isinstance(error, UnicodeError):
        return "not UTF-8 text"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _no_float(text: str) -> object:
    raise MalformedMessage(f"{text[:20]}: whole numbers only")


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
    try:
        return cast(T, _reader(cast(Any, cls))(plain))
    except _Wrong as wrong:
        raise MalformedMessage(f"{cls.__name__}{wrong.path}: {wrong.what}") from wrong


def decode_text(cls: type[T], data: bytes | str, limit: int = MAX_MESSAGE) -> T:
    """Return the ``cls`` that JSON ``data`` holds; its ``kind`` must be that of ``cls``."""
    plain = parse(data, limit)
    kind = getattr(cls, "kind", None)
    if kind is not None and (not isinstance(plain, dict) or plain.get("kind") != kind):
        raise MalformedMessage(f"expected a message of kind {kind!r}")
    return decode(cls, plain)


def _plain(value: object) -> object:
    return _writer(type(value))(value)


_Writer = Callable[[Any], object]


def _as_it_is(value: object) -> object:
    return value


def _plain_list(value: Any) -> object:
    return [_writer(type(item))(item) for item in value]


def _plain_mapping(value: Any) -> object:
    return {str(_plain(key)): _writer(type(item))(item) for key, item in value.items()}


_WRITERS: dict[type, _Writer] = {}


def _writer(cls: type) -> _Writer:
    """Return the function that turns a ``cls`` into plain values; built once per type."""
    return _WRITERS.get(cls) or _WRITERS.setdefault(cls, _new_writer(cls))


def _new_writer(cls: type) -> _Writer:
    if issubclass(cls, Enum):
        return lambda value: value.value
    if issubclass(cls, (str, int, types.NoneType)):
        return _as_it_is
    if dataclasses.is_dataclass(cls):
        return _dataclass_writer(cls)
    if issubclass(cls, Mapping):
        return _plain_mapping
    if issubclass(cls, (tuple, list)):
        return _plain_list
    raise TypeError(f"{cls.__name__} does not go on the wire")


def _dataclass_writer(cls: Any) -> _Writer:
    kind: str | None = getattr(cls, "kind", None)
    # A field named kind (of an Entry) stands for itself; a class's kind is the discriminator.
    head = {"kind": kind} if isinstance(kind, str) else {}
    fields = tuple((field.name, field.default is None) for field in dataclasses.fields(cls))

    def write(value: object) -> object:
        found: dict[str, object] = dict(head)
        for name, optional in fields:
            item = getattr(value, name)
            if item is not None or not optional:
                found[name] = _writer(type(item))(item)
        return found

    return write


_Reader = Callable[[Any], object]


class _Wrong(Exception):
    """Says what is wrong; each level that it passes adds its own step to the path."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(what, path)
        self.what, self.path = what, path

    def under(self, step: str) -> "_Wrong":
        return _Wrong(self.what, step + self.path)


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
        return _as_it_is
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        present = tuple(_reader(each) for each in arguments if each is not types.NoneType)
        reader = present[0] if len(present) == 1 else _union_reader(present, str(kind))
        return reader if len(present) == len(arguments) else _optional_reader(reader)
    if origin is tuple:
        return _tuple_reader(_reader(arguments[0]))
    if origin in (Mapping, dict):
        return _mapping_reader(_reader(arguments[1]))
    raise TypeError(f"{kind} does not go on the wire")


def _scalar_reader(kind: type) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not kind:
            raise _Wrong(f"expected {kind.__name__}, got {_name(value)}")
        return value

    def read_int(value: int) -> object:
        if type(value) is not int:
            raise _Wrong(f"expected int, got {_name(value)}")
        if not -MAX_INT <= value <= MAX_INT:
            raise _Wrong("the number does not fit 64 bits")
        return value

    return read_int if kind is int else read


def _enum_reader(kind: type[Enum]) -> _Reader:
    known = {member.value: member for member in kind}

    def read(value: Any) -> object:
        if type(value) in (str, int) and value in known:
            return known[value]
        raise _Wrong(f"{_name(value)} is not one of {', '.join(map(str, known))}")

    return read


def _union_reader(readers: tuple[_Reader, ...], name: str) -> _Reader:
    def read(value: object) -> object:
        for each in readers:
            with contextlib.suppress(_Wrong):
                return each(value)
        raise _Wrong(f"{_name(value)} is not {name}")

    return read


def _optional_reader(item: _Reader) -> _Reader:
    def read(value: object) -> object:
        return None if value is None else item(value)

    return read


def _tuple_reader(item: _Reader) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not list:
            raise _Wrong(f"expected a list, got {_name(value)}")
        found: list[object] = []
        try:
            for each in value:
                found.append(item(each))
        except _Wrong as wrong:
            raise wrong.under(f"[{len(found)}]") from None
        return tuple(found)

    return read


def _mapping_reader(item: _Reader) -> _Reader:
    def read(value: object) -> object:
        if type(value) is not dict:
            raise _Wrong(f"expected an object, got {_name(value)}")
        found: dict[str, object] = {}
        name = ""
        try:
            for name, each in value.items():
                found[name] = item(each)
        except _Wrong as wrong:
            raise wrong.under(f".{name[:64]}") from None
        return found

    return read


def _dataclass_reader(cls: type) -> _Reader:
    hints = typing.get_type_hints(cls)
    fields = [
        (
            field.name,
            _taken_as_it_is(hints[field.name]),
            _reader(hints[field.name]),
            field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING,
        )
        for field in dataclasses.fields(cls)
    ]

    def read(value: object) -> object:
        if type(value) is not dict:
            raise _Wrong(f"expected an object, got {_name(value)}")
        found: dict[str, object] = {}
        name = ""
        try:
            for name, plain, reader, required in fields:
                if name in value:
                    item = value[name]
                    found[name] = item if type(item) is plain else reader(item)
                elif required:
                    raise _Wrong("is missing")
        except _Wrong as wrong:
            raise wrong.under(f".{name}") from None
        try:
            return cls(**found)
        except ValueError as error:
            raise _Wrong(str(error)) from error

    return read


def _taken_as_it_is(kind: Any) -> type | None:
    """Return str or bool where a field is one: a value of just that type needs no reader."""
    while isinstance(kind, typing.NewType):
        kind = kind.__supertype__
    return kind if kind in (str, bool) else None


def _name(value: object) -> str:
    """Say a value's kind, never its content: it may be a secret or a mile long."""
    return "null" if value is None else f"a {type(value).__name__}"
