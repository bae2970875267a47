"""Decoders and encoders, made from the shapes of a protocol when they are first used.

A decoder only says whether a value fits; `explain` says why it does not. The two
are held together by the tests.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

from . import explain, limits
from .mode import Mode
from .scalars import (
    SCALARS,
    TYPES,
    ZEROS,
    Decode,
    Encode,
    as_object,
    decode_any,
    encode_float,
    is_of,
    same,
    scalar_key,
)
from .shapes import NO_SHAPE, Kind, Place, Shape, Shapes
from .text import MisfitError, load
from .unset import UNSET
from .values import JsonValue, RepeatedNames, dump

if TYPE_CHECKING:
    from .struct import Struct

T = TypeVar("T")
MISSING: Final = object()


class Codec(Generic[T]):
    """Reads and writes the values of one place."""

    __slots__ = ("_decoders", "_encode", "_place", "_table")

    def __init__(self, table: Table, shape: int, *, nullable: bool = False) -> None:
        self._table = table
        self._place = Place(shape, nullable)
        self._decoders: dict[Mode, Decode] = {}
        self._encode: Encode | None = None

    def from_json(self, text: str | bytes, mode: Mode = Mode.STRICT) -> T:
        """Read a JSON text and check it. A text that does not fit is an `InvalidMessageError`."""
        lenient = mode is Mode.LENIENT
        shapes = self._table.shapes
        repeated = RepeatedNames.made
        try:
            value = load(text, shapes.max_depth, lenient=lenient)
            decoded: T = self._decoder(mode)(value)
        except MisfitError:
            raise explain.refuse_text(text, shapes, self._place, lenient=lenient) from None
        if lenient and RepeatedNames.made != repeated:
            # Each of the members that stand there several times has to fit.
            data = text.encode() if isinstance(text, str) else text
            if explain.explain_text(data, shapes, self._place, lenient=True).issues:
                raise explain.refuse_text(text, shapes, self._place, lenient=True)
        return decoded

    def from_value(self, value: object, mode: Mode = Mode.STRICT) -> T:
        """Read a JSON value that is in Python's form already, and check it."""
        try:
            decoded: T = self._decoder(mode)(value)
        except MisfitError:
            lenient = mode is Mode.LENIENT
            raise explain.refuse_value(value, self._table.shapes, self._place, lenient=lenient) from None
        return decoded

    def to_json(self, value: T) -> str:
        """Write a value as JSON text."""
        return dump(self._encoder()(value))

    def to_value(self, value: T) -> JsonValue:
        """Write a value in Python's form of JSON."""
        result: JsonValue = self._encoder()(value)
        return result

    def _decoder(self, mode: Mode) -> Decode:
        decode = self._decoders.get(mode)
        if decode is None:
            decode = self._decoders[mode] = self._table.whole(self._place, lenient=mode is Mode.LENIENT)
        return decode

    def _encoder(self) -> Encode:
        if self._encode is None:
            self._encode = self._table.encoder(self._place)
        return self._encode


class Table:
    """The shapes of a protocol with the classes that its structs become."""

    def __init__(self, shapes: Shapes) -> None:
        self.shapes: Final = shapes
        self._classes: dict[int, type[Struct]] = {}
        self._decoders: dict[tuple[int, bool], Decode] = {}
        self._encoders: dict[int, Encode] = {}

    def bind(self, classes: Mapping[int, type[Struct]]) -> None:
        """Say which class a struct's shape becomes."""
        self._classes.update(classes)
        for shape, cls in classes.items():
            cls._codec = Codec(self, shape)

    # Places.

    def whole(self, place: Place, *, lenient: bool) -> Decode:
        """Make the decoder of a whole message."""
        shape = self.shapes.at(place.shape)
        if lenient and not place.nullable and shape.kind is Kind.TAGGED:
            return self.shape_decoder(place.shape, lenient=lenient)  # nothing stands for an absent one
        return self.decoder(place, lenient=lenient)

    def decoder(self, place: Place, *, lenient: bool) -> Decode:
        """Make the decoder of a place."""
        decode = self.shape_decoder(place.shape, lenient=lenient)
        if place.nullable:
            return lambda v: None if v is None else decode(v)
        if lenient and self.shapes.at(place.shape).kind is not Kind.ANY:
            return lambda v: self.zero(place) if v is None else decode(v)
        return decode

    def encoder(self, place: Place) -> Encode:
        """Make the encoder of a place."""
        encode = self.shape_encoder(place.shape)
        return lambda v: None if v is None else encode(v)

    def zero(self, place: Place) -> Any:
        """Give what lenient reading puts where a value is missing."""
        shape = self.shapes.at(place.shape)
        if place.nullable:
            return None
        if shape.kind is Kind.STRUCT:
            return self.shape_decoder(place.shape, lenient=True)({})
        if shape.const:
            return json.loads(shape.enum[0])
        make = ZEROS.get(shape.kind)
        return None if make is None else make()

    # Shapes.

    def shape_decoder(self, shape: int, *, lenient: bool) -> Decode:
        """Make the decoder of a shape, once."""
        if shape == NO_SHAPE:
            return decode_any
        key = (shape, lenient)
        if key not in self._decoders:
            # A shape may contain itself: until its decoder is made, this one finds it.
            self._decoders[key] = lambda v: self._decoders[key](v)
            self._decoders[key] = self._make_decoder(shape, lenient=lenient)
        return self._decoders[key]

    def _make_decoder(self, number: int, *, lenient: bool) -> Decode:
        shape = self.shapes.at(number)
        kind = shape.kind
        if kind is Kind.STRUCT:
            return self._struct_decoder(number, shape, lenient=lenient)
        if kind is Kind.TAGGED:
            return self._tagged_decoder(shape, lenient=lenient)
        if kind is Kind.BY_KIND:
            return self._by_kind_decoder(shape, lenient=lenient)
        if kind is Kind.ARRAY:
            return self._array_decoder(shape, lenient=lenient)
        if kind is Kind.MAP:
            elem = self.decoder(shape.elem, lenient=lenient)
            return lambda v: {k: elem(x) for k, x in as_object(v).items()}
        return SCALARS[kind](shape, lenient)

    def _struct_decoder(self, number: int, shape: Shape, *, lenient: bool) -> Decode:
        cls = self._classes[number]
        known = {
            m.name: (m.attribute, self._member_decoder(m.place, required=m.required, lenient=lenient))
            for m in shape.members
        }
        required = {m.name for m in shape.members if m.required}
        zeros = [(m.name, m.attribute, m.place) for m in shape.members if m.required and m.attribute]
        sets = () if lenient else shape.sets
        keep, refuse = shape.open, not lenient and not shape.open

        def decode(value: Any) -> Any:
            arguments: dict[str, Any] = {}
            extra: dict[str, Any] = {}
            for name, v in as_object(value).items():
                if (member := known.get(name)) is not None:
                    attribute, read = member
                    read_value = read(v)
                    if attribute and read_value is not MISSING:
                        arguments[attribute] = read_value
                elif keep:
                    extra[name] = decode_any(v)
                elif refuse:
                    raise MisfitError
            if lenient:
                for _, attribute, place in zeros:
                    if attribute not in arguments:
                        arguments[attribute] = self.zero(place)
            elif not required <= value.keys():
                raise MisfitError
            for check in sets:
                complete = sum(value.keys() >= set(s) for s in check.sets)
                if complete == 0 or (check.one and complete != 1):
                    raise MisfitError
            if keep:
                arguments["extra"] = extra
            return cls(**arguments)

        return decode

    def _member_decoder(self, place: Place, *, required: bool, lenient: bool) -> Decode:
        """Make the decoder of a member. In lenient reading null may count as absent."""
        if required or not lenient or place.nullable or self.shapes.at(place.shape).kind is Kind.ANY:
            return self.decoder(place, lenient=lenient)
        decode = self.shape_decoder(place.shape, lenient=True)
        return lambda v: MISSING if v is None else decode(v)

    def _tagged_decoder(self, shape: Shape, *, lenient: bool) -> Decode:
        branches = {v.tag: self.shape_decoder(v.shape, lenient=lenient) for v in shape.variants}
        rest = None if shape.rest == NO_SHAPE else self.shape_decoder(shape.rest, lenient=lenient)
        name = shape.tag

        def decode(value: Any) -> Any:
            members = as_object(value)
            tag = (members.first if type(members) is RepeatedNames else members).get(name)
            if type(tag) is not str:
                raise MisfitError
            branch = branches.get(tag, rest)
            if branch is None:
                raise MisfitError
            return branch(value)

        return decode

    def _by_kind_decoder(self, shape: Shape, *, lenient: bool) -> Decode:
        by_type: dict[type, Decode] = {}
        for number in shape.kinds:
            for cls in TYPES[self.shapes.at(number).kind]:
                by_type[cls] = self.shape_decoder(number, lenient=lenient)

        def decode(value: Any) -> Any:
            branch = by_type.get(type(value))
            if branch is None:
                raise MisfitError
            return branch(value)

        return decode

    def _array_decoder(self, shape: Shape, *, lenient: bool) -> Decode:
        elem = self.decoder(shape.elem, lenient=lenient)
        least, most, unique = 0, sys.maxsize, False
        for check in () if lenient else shape.checks:
            if check.rule == "minItems":
                least = limits.count(check.limit)
            elif check.rule == "maxItems":
                most = limits.count(check.limit)
            else:
                unique = True

        def decode(value: Any) -> Any:
            if not isinstance(value, (list, tuple)) or not least <= len(value) <= most:
                raise MisfitError
            if unique and len({scalar_key(v) for v in value}) != len(value):
                raise MisfitError
            return [elem(v) for v in value]

        return decode

    def shape_encoder(self, shape: int) -> Encode:
        """Make the encoder of a shape, once."""
        if shape == NO_SHAPE:
            return same
        if shape not in self._encoders:
            self._encoders[shape] = lambda v: self._encoders[shape](v)
            self._encoders[shape] = self._make_encoder(shape)
        return self._encoders[shape]

    def _make_encoder(self, number: int) -> Encode:
        shape = self.shapes.at(number)
        if shape.kind is Kind.STRUCT:
            return self._struct_encoder(shape)
        if shape.kind is Kind.TAGGED:
            return lambda v: v.to_value()
        if shape.kind is Kind.BY_KIND:
            return self._by_kind_encoder(shape)
        if shape.kind is Kind.ARRAY:
            elem = self.encoder(shape.elem)
            return lambda v: [elem(x) for x in v]
        if shape.kind is Kind.MAP:
            elem = self.encoder(shape.elem)
            return lambda v: {k: elem(x) for k, x in v.items()}
        return encode_float if shape.kind is Kind.FLOAT else same

    def _struct_encoder(self, shape: Shape) -> Encode:
        members: list[tuple[str, str, Any]] = []
        for m in shape.members:
            target = self.shapes.at(m.place.shape)
            written = self.encoder(m.place) if m.attribute else json.loads(target.enum[0])
            members.append((m.name, m.attribute, written))
        keeps = shape.open

        def encode(value: Any) -> Any:
            out: dict[str, Any] = {}
            for name, attribute, write in members:
                if not attribute:
                    out[name] = write
                elif (v := getattr(value, attribute)) is not UNSET:
                    out[name] = write(v)
            if keeps:
                out.update((k, v) for k, v in value.extra.items() if k not in out)
            return out

        return encode

    def _by_kind_encoder(self, shape: Shape) -> Encode:
        branches = [(self.shapes.at(k).kind, self.shape_encoder(k)) for k in shape.kinds]

        def encode(value: Any) -> Any:
            for kind, write in branches:
                if is_of(value, kind):
                    return write(value)
            return value

        return encode
