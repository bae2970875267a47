"""The types of a protocol as data, as generated packages hold them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

NO_SHAPE: Final = -1


class Kind(enum.Enum):
    """What a value is made of."""

    ANY = "any"
    OBJECT = "object"
    BOOL = "boolean"
    INT = "integer"
    FLOAT = "number"
    STRING = "string"
    ARRAY = "array"
    MAP = "map"
    STRUCT = "struct"
    TAGGED = "tagged"
    BY_KIND = "by kind"


@dataclass(frozen=True, slots=True)
class Place:
    """A shape where it is used."""

    shape: int
    nullable: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A property of a struct."""

    name: str
    attribute: str
    """The dataclass's attribute; "" for a constant, which has none."""
    place: Place
    required: bool = False


@dataclass(frozen=True, slots=True)
class Variant:
    """A branch of a tagged union."""

    tag: str
    shape: int


@dataclass(frozen=True, slots=True)
class Sets:
    """Demands that at least one, or exactly one, of the sets of members is present."""

    sets: tuple[tuple[str, ...], ...]
    one: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """A limit: the schema's keyword, and its number as a literal, or the pattern or format."""

    rule: str
    limit: str


@dataclass(frozen=True, slots=True)
class Shape:
    """One type."""

    kind: Kind
    members: tuple[Member, ...] = ()
    open: bool = False
    """A struct that keeps members it does not know."""
    sets: tuple[Sets, ...] = ()
    elem: Place = Place(NO_SHAPE)
    """What arrays and maps hold."""
    tag: str = ""
    """The discriminator of a tagged union."""
    variants: tuple[Variant, ...] = ()
    rest: int = NO_SHAPE
    """The open branch of a tagged union, or NO_SHAPE."""
    kinds: tuple[int, ...] = ()
    """The branches of a union by JSON kind."""
    enum: tuple[str, ...] = ()
    """The values allowed, as JSON literals."""
    const: bool = False
    """`enum` has one value, given by const."""
    excepted: bool = False
    """`enum` lists the strings that are not allowed."""
    checks: tuple[Check, ...] = ()


ANYTHING: Final = Shape(Kind.ANY)


class Shapes:
    """The table of all types of a protocol."""

    def __init__(self, max_depth: int, shapes: tuple[Shape, ...]) -> None:
        self.max_depth: Final = max_depth
        self.shapes: Final = shapes

    def at(self, shape: int) -> Shape:
        """Give a shape. A place without one takes any value."""
        return self.shapes[shape] if shape >= 0 else ANYTHING

    def kind_names(self, place: Place) -> str:
        """Word the kinds that may stand at a place: "string or null"."""
        shape = self.at(place.shape)
        branches = [self.at(k) for k in shape.kinds] if shape.kind is Kind.BY_KIND else [shape]
        names = [_kind_name(b.kind) for b in branches]
        return " or ".join([*names, "null"] if place.nullable else names)


_SCALARS: Final = (Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING, Kind.ARRAY)


def _kind_name(kind: Kind) -> str:
    return kind.value if kind in _SCALARS else "object"
