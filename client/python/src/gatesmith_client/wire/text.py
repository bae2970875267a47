"""Reading JSON text fast, with the strictness of the protocol.

The standard library's parser does the work; hooks and a few looks at the text
see to what it lets pass: repeated names, lone surrogates, nesting, the range of
numbers. Whoever gets a `MisfitError` asks `explain` what is wrong.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Final, NoReturn

from .values import RepeatedNames, WrittenFloat

_HALF_PAIR: Final = re.compile(r"\\u[dD][89abAB]|\\u[dD][c-fC-F]")
_LONE: Final = re.compile("[\ud800-\udfff]")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_LONG: Final = re.compile(r"[0-9]{300}")


class MisfitError(Exception):
    """The message does not fit. It says no more than that."""


def load(data: str | bytes, max_depth: int, *, lenient: bool) -> object:
    """Read a text. What is left in it are `WrittenFloat` and, lenient, `RepeatedNames`."""
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
    except UnicodeDecodeError:
        raise MisfitError from None
    if _LONE.search(text) or too_deep(text, max_depth):
        raise MisfitError
    try:
        value: object = _DECODERS[lenient, _LONG.search(text) is not None].decode(text)
    except (ValueError, RecursionError):
        raise MisfitError from None
    if _HALF_PAIR.search(text):
        value = whole(value, lenient=lenient)
    return value


def too_deep(text: str, max_depth: int) -> bool:
    """Report whether containers are nested deeper than that. The parser would fail on a million of them."""
    if text.count("[") + text.count("{") <= max_depth:
        return False
    depth = 0
    for bracket in _BRACKET.findall(_STRING.sub("", text)):
        depth += 1 if bracket in "[{" else -1
        if depth > max_depth:
            return True
    return False


def whole(value: object, *, lenient: bool) -> object:
    """Replace halves of surrogate pairs, which strict reading refuses."""
    if isinstance(value, str):
        if not lenient and _LONE.search(value):
            raise MisfitError
        return _LONE.sub("\ufffd", value)
    if isinstance(value, list):
        return [whole(v, lenient=lenient) for v in value]
    if isinstance(value, RepeatedNames):
        value.first = {str(whole(k, lenient=True)): whole(v, lenient=True) for k, v in value.first.items()}
        for k in list(value):
            value[str(whole(k, lenient=True))] = whole(value.pop(k), lenient=True)
        return value
    if isinstance(value, dict):
        pairs = [(str(whole(k, lenient=lenient)), whole(v, lenient=lenient)) for k, v in value.items()]
        return _pairs_lenient(pairs) if lenient else dict(pairs)
    return value


def _pairs_strict(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MisfitError
    return members


def _pairs_lenient(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    return members if len(members) == len(pairs) else RepeatedNames(pairs)


def _float_strict(literal: str) -> WrittenFloat:
    value = WrittenFloat(literal)
    if value - value != 0:  # infinite
        raise MisfitError
    return value


def _float_lenient(literal: str) -> WrittenFloat:
    value = WrittenFloat(literal)
    if value - value != 0:
        return WrittenFloat(repr(sys.float_info.max if value > 0 else -sys.float_info.max))
    return value


def _int_strict(literal: str) -> int | WrittenFloat:
    return int(literal) if len(literal) < 300 else _float_strict(literal)


def _int_lenient(literal: str) -> int | WrittenFloat:
    return int(literal) if len(literal) < 300 else _float_lenient(literal)


def _constant(literal: str) -> NoReturn:
    raise MisfitError(literal)


def _decoder(*, lenient: bool, long: bool) -> json.JSONDecoder:
    return json.JSONDecoder(
        object_pairs_hook=_pairs_lenient if lenient else _pairs_strict,
        parse_float=_float_lenient if lenient else _float_strict,
        # Integers with hundreds of digits take the way of floats: some are beyond
        # them, and all of them take Python long.
        parse_int=(_int_lenient if lenient else _int_strict) if long else None,
        parse_constant=_constant,
    )


_DECODERS: Final = {
    (lenient, long): _decoder(lenient=lenient, long=long) for lenient in (False, True) for long in (False, True)
}
