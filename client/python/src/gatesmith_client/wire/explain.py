"""Why a message was refused: where a text that is JSON departs from its shape.

This is the second pass, for refused messages alone. The order of the issues is
part of the protocol's contract: required, unexpected, members, sets.
"""

from __future__ import annotations

import json

from . import issues, limits, numbers
from .issues import InvalidMessageError, message
from .shapes import Kind, Place, Shape, Shapes
from .tree import BrokenTextError, Node, Parser, Report, from_value
from .values import is_beyond_float


def refuse_text(data: str | bytes, shapes: Shapes, place: Place, *, lenient: bool) -> InvalidMessageError:
    """Explain a text that was refused."""
    if isinstance(data, str):
        data = data.encode("utf-8", "surrogatepass")
    report = explain_text(data, shapes, place, lenient=lenient)
    return _error(report, shapes, place, null=data.strip() == b"null")


def refuse_value(value: object, shapes: Shapes, place: Place, *, lenient: bool) -> InvalidMessageError:
    """Explain a value that was refused."""
    report = Report()
    _Walker(shapes, report, lenient=lenient).walk(from_value(value), place)
    return _error(report, shapes, place, null=value is None)


def explain_text(data: bytes, shapes: Shapes, place: Place, *, lenient: bool) -> Report:
    """List what is wrong with a text: with the JSON itself, then with its shape."""
    report = Report()
    try:
        node = Parser(data, shapes.max_depth, report, lenient=lenient).parse()
    except BrokenTextError:
        return report
    _Walker(shapes, report, lenient=lenient).walk(node, place)
    return report


def _error(report: Report, shapes: Shapes, place: Place, *, null: bool) -> InvalidMessageError:
    if not report.issues:
        # In lenient reading null is as good as absent, but not as the whole.
        rule = "type" if null else issues.SYNTAX
        text = message(rule, shapes.kind_names(place)) if null else "unknown validation error"
        return InvalidMessageError((issues.Issue("", rule, text),))
    return InvalidMessageError(tuple(report.issues))


class _Walker:
    """Compares a tree with a shape."""

    def __init__(self, shapes: Shapes, report: Report, *, lenient: bool) -> None:
        self.shapes = shapes
        self.report = report
        self.lenient = lenient

    def walk(self, node: Node, place: Place) -> None:
        shape = self.shapes.at(place.shape)
        if self.report.full or shape.kind is Kind.ANY:
            return
        if node.first == "n":
            if not place.nullable and not self.lenient:
                self.report.add("type", self.shapes.kind_names(place))
        elif self.fits(node, shape):
            self.inside(node, shape)
        else:
            self.report.add("type", self.shapes.kind_names(place))

    def fits(self, node: Node, shape: Shape) -> bool:
        """Report whether a value is of the kind that the shape wants."""
        kind, c = shape.kind, node.first
        if kind is Kind.ANY:
            return True
        if kind is Kind.BOOL:
            return c in "tf"
        if kind is Kind.INT:
            return node.is_number and (self.lenient or numbers.is_integer(node.literal))
        if kind is Kind.FLOAT:
            return node.is_number
        if kind is Kind.STRING:
            return c == '"'
        if kind is Kind.ARRAY:
            return c == "["
        if kind is Kind.BY_KIND:
            return self.branch(node, shape) is not None
        return c == "{"

    def branch(self, node: Node, shape: Shape) -> Shape | None:
        """Give the branch of a union by kind that a value is of."""
        branches = (self.shapes.at(k) for k in shape.kinds)
        return next((b for b in branches if self.fits(node, b)), None)

    def inside(self, node: Node, shape: Shape) -> None:
        """Look at a value whose kind fits."""
        kind = shape.kind
        if kind in (Kind.BOOL, Kind.INT, Kind.FLOAT, Kind.STRING):
            self.scalar(node, shape)
        elif kind is Kind.ARRAY:
            self.array(node, shape)
        elif kind is Kind.MAP:
            for name, value in node.members:
                self.member(name, value, shape.elem)
        elif kind is Kind.STRUCT:
            self.object(node, shape)
        elif kind is Kind.TAGGED:
            self.tagged(node, shape)
        elif kind is Kind.BY_KIND and (branch := self.branch(node, shape)):
            self.inside(node, branch)

    def member(self, name: str, value: Node, place: Place) -> None:
        self.report.enter(name)
        self.walk(value, place)
        self.report.leave()

    def scalar(self, node: Node, shape: Shape) -> None:
        if self.lenient or (node.is_number and not self.in_range(node.literal, shape.kind)):
            return
        if shape.enum and _listed(node, shape.enum) == shape.excepted:
            rule = "const" if shape.const else "not" if shape.excepted else "enum"
            self.report.add(rule, ", ".join(shape.enum))
            return
        for check in shape.checks:
            kept = (
                limits.text_keeps(node.text, check) if node.first == '"' else limits.number_keeps(node.literal, check)
            )
            if not kept:
                self.report.add(check.rule, check.limit)

    def in_range(self, literal: str, kind: Kind) -> bool:
        """Report an integer that is not exact everywhere. Limits say nothing about a number out of range."""
        if is_beyond_float(literal):
            # Of a text the parser has said so already, but not of a value.
            self.report.add(issues.RANGE, issues.BEYOND_FLOAT)
            return False
        if kind is Kind.FLOAT or numbers.integral(literal) is not None:
            return True
        self.report.add(issues.RANGE, issues.BEYOND_INT)
        return False

    def array(self, node: Node, shape: Shape) -> None:
        if not self.lenient:
            for check in shape.checks:
                if not _items_keep(node, check.rule, check.limit):
                    self.report.add(check.rule, check.limit)
        for n, item in enumerate(node.items):
            if self.report.full:
                return
            self.member(str(n), item, shape.elem)

    def object(self, node: Node, shape: Shape) -> None:
        names = {name for name, _ in node.members}
        if not self.lenient:
            for want in shape.members:
                if want.required and want.name not in names:
                    self.report.add("required", want.name, want.name)
            known = {want.name for want in shape.members}
            for name, _ in node.members:
                if not shape.open and name not in known:
                    self.report.add(issues.UNEXPECTED, name, name)
        for want in shape.members:
            # Strict reading has reported a member that stands there twice, but
            # lenient reading takes it, and either must fit.
            for name, value in node.members:
                if name == want.name and not self.report.full:
                    self.member(name, value, want.place)
        if not self.lenient:
            self.sets(names, shape)

    def sets(self, names: set[str], shape: Shape) -> None:
        """Check which members must come together."""
        for check in shape.sets:
            complete = sum(names.issuperset(s) for s in check.sets)
            words = ["'" + "' and '".join(s) + "'" for s in check.sets]
            if check.one and complete != 1:
                self.report.add("oneOf", ", ".join(words))
            elif not check.one and complete == 0:
                self.report.add("anyOf", " or ".join(words))

    def tagged(self, node: Node, shape: Shape) -> None:
        """Follow the branch that the tag chooses. Without one nothing can be said about the others."""
        # Where lenient reading has several tags, the first one counts.
        tag = next((value for name, value in node.members if name == shape.tag), None)
        if tag is None:
            self.report.add("required", shape.tag, shape.tag)
            return
        self.report.enter(shape.tag)
        chosen = shape.rest
        if tag.first != '"':
            chosen = -1
            self.report.add("type", "string")
        else:
            chosen = next((v.shape for v in shape.variants if v.tag == tag.text), shape.rest)
            if chosen < 0:
                self.report.add("enum", ", ".join(json.dumps(v.tag, ensure_ascii=False) for v in shape.variants))
        self.report.leave()
        if chosen >= 0:
            self.walk(node, Place(chosen))


def _listed(node: Node, literals: tuple[str, ...]) -> bool:
    if node.first == '"':
        return node.text in (json.loads(v) for v in literals if v.startswith('"'))
    if not node.is_number:
        return node.literal in literals
    own = numbers.key(node.literal)
    return any(numbers.key(v) == own for v in literals if v[0] in "-0123456789")


def _items_keep(node: Node, rule: str, limit: str) -> bool:
    if rule == "minItems":
        return len(node.items) >= limits.count(limit)
    if rule == "maxItems":
        return len(node.items) <= limits.count(limit)
    if rule != "uniqueItems":
        return True
    # Items that are not scalars count as different: their kind is wrong already.
    keys = [_scalar_key(item) for item in node.items if item.first not in "[{"]
    return len(keys) == len(set(keys))


def _scalar_key(node: Node) -> object:
    if node.first == '"':
        return ("text", node.text)
    return numbers.key(node.literal) if node.is_number else node.literal
