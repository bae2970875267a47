"""A JSON text taken apart by hand, with the literals of its scalars.

It is slow, and only for messages that were refused: it says what is wrong with
the JSON itself, in every value, also in those that the schema takes as they are.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from . import issues
from .issues import Issue, message
from .values import is_beyond_float, literal_of


@dataclass(slots=True)
class Node:
    """A value: the first character of its text says of what kind it is."""

    first: str
    literal: str = ""  # of a number, true, false or null
    text: str = ""  # of a string
    items: list[Node] = field(default_factory=list)
    members: list[tuple[str, Node]] = field(default_factory=list)

    @property
    def is_number(self) -> bool:
        """Report whether it is a number."""
        return self.first == "-" or self.first.isdigit()


class Report:
    """The issues found so far, and the place at hand."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []
        self.path: list[str] = []

    @property
    def full(self) -> bool:
        """Whether there is no room for another issue; then nothing more needs looking at."""
        return len(self.issues) >= issues.MAX_ISSUES

    def add(self, rule: str, argument: str = "", member: str = "") -> None:
        """Add an issue of the value at hand."""
        name = issues.clip(member, issues.MAX_NAME)
        if member:
            argument = argument.replace(member, name, 1)
        path = issues.clip("".join(self.path), issues.MAX_PATH)
        issue = Issue(path, rule, message(rule, argument), name)
        # A member that stands twice in its object would give its issues twice.
        if not self.full and issue not in self.issues:
            self.issues.append(issue)

    def enter(self, name: str) -> None:
        """Make a member the value at hand."""
        self.path.append("/" + name.replace("~", "~0").replace("/", "~1"))

    def leave(self) -> None:
        """Go back to what is around the value at hand."""
        self.path.pop()


class BrokenTextError(Exception):
    """The text cannot be read further, and not be compared with a shape."""


_SPACE: Final = re.compile(rb"[ \t\n\r]*")
_LITERAL: Final = re.compile(rb"true|false|null")
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBERLIKE: Final = re.compile(rb"-?(?:0|[0-9]+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?")
_PLAIN: Final = re.compile(rb'[^"\\\x00-\x1f]*')
_HEX: Final = re.compile(rb"[0-9A-Fa-f]{4}")
_ESCAPES: Final = dict(zip(b'"\\/bfnrt', '"\\/\b\f\n\r\t', strict=True))
_ESCAPED: Final = re.compile("[\udc80-\udcff]+")


class Parser:
    """Takes a text apart and reports what is wrong with it."""

    def __init__(self, data: bytes, max_depth: int, report: Report, *, lenient: bool) -> None:
        self.data = data
        self.max_depth = max_depth
        self.report = report
        self.lenient = lenient
        self.at = 0

    def parse(self) -> Node:
        """Take the whole text apart."""
        self.space()
        node = self.value(self.max_depth)
        self.space()
        if self.at < len(self.data):
            raise self.syntax("expected nothing after the value")
        return node

    def space(self) -> None:
        """Pass white space."""
        if m := _SPACE.match(self.data, self.at):
            self.at = m.end()

    def peek(self) -> bytes:
        """Give the next byte, or none at the end."""
        return self.data[self.at : self.at + 1]

    def syntax(self, expected: str) -> BrokenTextError:
        """Report text that is not JSON, with the position: a broken text has no reliable structure."""
        self.report.path.clear()
        self.report.add(issues.SYNTAX, f"{self.at}: {expected}")
        return BrokenTextError()

    def value(self, depth: int) -> Node:
        """Pass a value; depth is how many containers may still be opened."""
        c = self.peek()
        if c == b'"':
            text, wrong = self.string()
            for what in wrong:
                self.report.add(issues.UTF8, what)
            return Node('"', text=text)
        if c in (b"{", b"["):
            if depth <= 0:
                # Going on would do the work that the limit is to spare.
                self.report.add(issues.DEPTH, str(self.max_depth))
                raise BrokenTextError
            return self.object(depth - 1) if c == b"{" else self.array(depth - 1)
        if c == b"-" or c.isdigit():
            return self.number()
        if m := _LITERAL.match(self.data, self.at):
            self.at = m.end()
            return Node(m[0][:1].decode(), literal=m[0].decode())
        raise self.syntax("expected a value")

    def object(self, depth: int) -> Node:
        """Pass an object."""
        node = Node("{")
        names: set[str] = set()
        self.at += 1
        self.space()
        if self.peek() == b"}":
            self.at += 1
            return node
        if self.peek() != b'"':
            raise self.syntax("expected a member name or '}'")
        while not self.report.full:
            self.member(depth, node, names)
            self.space()
            if self.peek() == b"}":
                self.at += 1
                return node
            if self.peek() != b",":
                raise self.syntax("expected ',' or '}' after a member")
            self.at += 1
            self.space()
            if self.peek() != b'"':
                raise self.syntax("expected a member name")
        raise BrokenTextError

    def member(self, depth: int, node: Node, names: set[str]) -> None:
        """Pass a member."""
        name, wrong = self.string()
        for what in wrong:
            self.report.add(issues.UTF8, f"{what} in a property name", name)
        # Bad characters are all replaced alike, so names that have some can't be
        # told apart.
        if not wrong and not self.lenient:
            if name in names:
                self.report.add(issues.DUPLICATE, name, name)
            names.add(name)
        self.space()
        if self.peek() != b":":
            raise self.syntax("expected ':' after a member name")
        self.at += 1
        self.space()
        self.report.enter(name)
        node.members.append((name, self.value(depth)))
        self.report.leave()

    def array(self, depth: int) -> Node:
        """Pass an array."""
        node = Node("[")
        self.at += 1
        self.space()
        if self.peek() == b"]":
            self.at += 1
            return node
        while not self.report.full:
            self.report.enter(str(len(node.items)))
            node.items.append(self.value(depth))
            self.report.leave()
            self.space()
            if self.peek() == b"]":
                self.at += 1
                return node
            if self.peek() != b",":
                raise self.syntax("expected ',' or ']' after an item")
            self.at += 1
            self.space()
        raise BrokenTextError

    def number(self) -> Node:
        """Pass a number. Lenient reading takes one of any size."""
        # It goes on as far as it can: 1.e is a malformed number, not a 1.
        m = _NUMBERLIKE.match(self.data, self.at)
        if m is None or not _NUMBER.fullmatch(m[0]):
            raise self.syntax("malformed number")
        self.at = m.end()
        literal = m[0].decode()
        if not self.lenient and is_beyond_float(literal):
            self.report.add(issues.RANGE, issues.BEYOND_FLOAT)
        return Node(literal[0], literal=literal)

    def string(self) -> tuple[str, list[str]]:
        """Pass a string: its text, bad characters replaced, and what is wrong with its characters."""
        parts: list[str] = []
        bad = lone = False
        self.at += 1
        while self.at < len(self.data):
            if m := _PLAIN.match(self.data, self.at):
                part = m[0].decode("utf-8", "surrogateescape")
                fixed = _ESCAPED.sub("\ufffd", part)
                bad = bad or fixed != part
                parts.append(fixed)
                self.at = m.end()
            c = self.peek()
            if c == b'"':
                self.at += 1
                wrong = [issues.BAD_UTF8] if bad else []
                if lone and not self.lenient:
                    wrong.append(issues.LONE_SURROGATE)
                return "".join(parts), wrong
            if c == b"\\":
                text, whole = self.escape()
                lone = lone or not whole
                parts.append(text)
            elif c:
                raise self.syntax("control character in a string")
        raise self.syntax("expected '\"' at the end of a string")

    def escape(self) -> tuple[str, bool]:
        """Pass an escape; half a surrogate pair is replaced, and not whole."""
        c = self.data[self.at + 1 : self.at + 2]
        if c and c[0] in _ESCAPES:
            self.at += 2
            return _ESCAPES[c[0]], True
        first = self.hex4(self.at + 2) if c == b"u" else None
        if first is None:
            raise self.syntax("malformed escape in a string")
        if not 0xD800 <= first < 0xE000:
            self.at += 6
            return chr(first), True
        if self.data[self.at + 6 : self.at + 8] == b"\\u":
            second = self.hex4(self.at + 8)
            if second is None:
                raise self.syntax("malformed escape in a string")
            if first < 0xDC00 <= second < 0xE000:
                self.at += 12
                return chr(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)), True
        self.at += 6
        return "\ufffd", False

    def hex4(self, at: int) -> int | None:
        """Read four hexadecimal digits."""
        m = _HEX.match(self.data, at)
        return int(m[0], 16) if m else None


def from_value(value: object) -> Node:
    """Give the tree of a value that was read already."""
    if value is None:
        return Node("n", literal="null")
    if isinstance(value, bool):
        return Node("t", literal="true") if value else Node("f", literal="false")
    if isinstance(value, (int, float)):
        literal = literal_of(value)
        return Node(literal[0], literal=literal)
    if isinstance(value, str):
        return Node('"', text=value)
    if isinstance(value, dict):
        return Node("{", members=[(str(name), from_value(v)) for name, v in value.items()])
    if isinstance(value, (list, tuple)):
        return Node("[", items=[from_value(v) for v in value])
    msg = f"{type(value).__name__} is no JSON value: expected None, bool, int, float, str, list or dict"
    raise TypeError(msg)
