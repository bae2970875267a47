"""Decoders of values that hold no others, and what their kinds are in Python."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from . import limits, numbers
from .issues import MAX_INT
from .shapes import Kind, Shape
from .text import MisfitError
from .values import RepeatedNames, WrittenFloat, literal_of, plain

Decode: TypeAlias = Callable[[Any], Any]
Encode: TypeAlias = Callable[[Any], Any]

TYPES: Final[dict[Kind, tuple[type, ...]]] = {
    Kind.BOOL: (bool,),
    Kind.INT: (int, float, WrittenFloat),
    Kind.FLOAT: (int, float, WrittenFloat),
    Kind.STRING: (str,),
    Kind.ARRAY: (list, tuple),
    Kind.MAP: (dict, RepeatedNames),
    Kind.OBJECT: (dict, RepeatedNames),
    Kind.STRUCT: (dict, RepeatedNames),
    Kind.TAGGED: (dict, RepeatedNames),
}


ZEROS: Final[dict[Kind, Callable[[], Any]]] = {
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.FLOAT: float,
    Kind.STRING: str,
    Kind.ARRAY: list,
    Kind.MAP: dict,
    Kind.OBJECT: dict,
}


def is_of(value: Any, kind: Kind) -> bool:
    """Report whether a value of Python is of a kind."""
    if kind in (Kind.INT, Kind.FLOAT):
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if kind in (Kind.STRUCT, Kind.TAGGED):
        return hasattr(value, "to_value")
    if kind is Kind.ARRAY:
        return not isinstance(value, (str, Mapping)) and hasattr(value, "__iter__")
    if kind in (Kind.MAP, Kind.OBJECT):
        return isinstance(value, Mapping)
    return type(value) in TYPES[kind]


def as_object(value: Any) -> dict[str, Any]:
    """Take an object."""
    if not isinstance(value, dict):
        raise MisfitError
    return value


def same(value: Any) -> Any:
    """Write a value as it is."""
    return value


def encode_float(value: float) -> float | int:
    """Write whole numbers without a fraction, as everybody else does."""
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= MAX_INT else value


def scalar_key(value: Any) -> Any:
    """Give equal scalars the same key. Items that are not scalars count as different."""
    if isinstance(value, bool) or value is None:
        return (type(value), value)
    if isinstance(value, (int, float)):
        return numbers.key(literal_of(value))
    return value if isinstance(value, str) else object()


def decode_any(value: Any) -> Any:
    """Take any value."""
    return plain(value) if isinstance(value, (dict, list, WrittenFloat)) else value


def _any(_shape: Shape, _lenient: bool) -> Decode:
    return decode_any


def _any_object(_shape: Shape, _lenient: bool) -> Decode:
    return lambda v: decode_any(as_object(v))


def _bool(shape: Shape, lenient: bool) -> Decode:
    allowed = (True, False) if lenient or not shape.enum else tuple(json.loads(e) for e in shape.enum)

    def decode(value: Any) -> Any:
        if type(value) is not bool or value not in allowed:
            raise MisfitError
        return value

    return decode


def _int(shape: Shape, lenient: bool) -> Decode:
    if lenient:
        return _int_lenient
    values = {numbers.integral(e) for e in shape.enum}
    checks = shape.checks

    def decode(value: Any) -> Any:
        if type(value) is not int:
            whole = numbers.integral(literal_of(value)) if isinstance(value, float) else None
            if whole is None:
                raise MisfitError
            value = whole
        if not -MAX_INT <= value <= MAX_INT or (values and value not in values):
            raise MisfitError
        for check in checks:
            if not limits.number_keeps(str(value), check):
                raise MisfitError
        return value

    return decode


def _int_lenient(value: Any) -> int:
    """Cut a fraction off, and bring what is too large within bounds."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:
        raise MisfitError
    if isinstance(value, float):
        value = numbers.integral(literal_of(value)) or int(max(-MAX_INT, min(MAX_INT, float(value))))
    return int(max(-MAX_INT, min(MAX_INT, value)))


def _float(shape: Shape, lenient: bool) -> Decode:
    wanted = () if lenient else tuple(numbers.key(e) for e in shape.enum)
    checks = () if lenient else shape.checks

    def decode(value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise MisfitError
        if wanted and numbers.key(literal_of(value)) not in wanted:
            raise MisfitError
        for check in checks:
            if not limits.number_keeps(literal_of(value), check):
                raise MisfitError
        try:
            number = float(value)
        except OverflowError:
            raise MisfitError from None
        if not math.isfinite(number):
            raise MisfitError
        return number

    return decode


def _string(shape: Shape, lenient: bool) -> Decode:
    values = frozenset() if lenient else frozenset(json.loads(e) for e in shape.enum)
    excepted, checks = shape.excepted, () if lenient else shape.checks

    def decode(value: Any) -> Any:
        if type(value) is not str or (values and (value in values) is excepted):
            raise MisfitError
        for check in checks:
            if not limits.text_keeps(value, check):
                raise MisfitError
        return value

    return decode


SCALARS: Final[dict[Kind, Callable[[Shape, bool], Decode]]] = {
    Kind.ANY: _any,
    Kind.OBJECT: _any_object,
    Kind.BOOL: _bool,
    Kind.INT: _int,
    Kind.FLOAT: _float,
    Kind.STRING: _string,
}
"""Make the decoder of a shape, which is lenient or not."""
