"""Numbers as they are written.

They are compared with limits by their digits, not as floats have them. The work
is in proportion to the digits written, whatever the exponent says.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from .issues import MAX_INT

_FAR: Final = 1 << 30  # beyond what the digits of any message make up for


class Decimal(NamedTuple):
    """Digits, without zeros at either end, times a power of ten. Zero has no digits."""

    negative: bool
    digits: str
    exponent: int


def parse(literal: str) -> Decimal:
    """Take a literal apart."""
    unsigned = literal.removeprefix("-")
    mantissa, _, written = unsigned.replace("E", "e").partition("e")
    exponent = _bounded(written) if written else 0
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent -= len(fraction)
    short = digits.rstrip("0")
    return Decimal(unsigned != literal and short != "", short, exponent + len(digits) - len(short))


def _bounded(exponent: str) -> int:
    if len(exponent.lstrip("+-0")) > 10:
        return -_FAR if exponent[0] == "-" else _FAR
    return max(-_FAR, min(_FAR, int(exponent)))


def is_integer(literal: str) -> bool:
    """Report whether a number is mathematically an integer."""
    d = parse(literal)
    return not d.digits or d.exponent >= 0


def integral(literal: str) -> int | None:
    """Give the value of a literal that is an integer within ±MAX_INT, else None."""
    d = parse(literal)
    if not d.digits:
        return 0
    if d.exponent < 0 or len(d.digits) + d.exponent > 16:
        return None
    n = int(d.digits + "0" * d.exponent)
    if n > MAX_INT:
        return None
    return -n if d.negative else n


def compare(a: str, b: str) -> int:
    """Compare two literals: -1, 0 or 1."""
    x, y = parse(a), parse(b)
    if x.negative != y.negative:
        return -1 if x.negative else 1
    order = _compare_magnitudes(x, y)
    return -order if x.negative else order


def _compare_magnitudes(x: Decimal, y: Decimal) -> int:
    if not x.digits or not y.digits:
        return bool(x.digits) - bool(y.digits)
    # The place of the first digit decides, then the digits one by one.
    top, other = len(x.digits) + x.exponent, len(y.digits) + y.exponent
    if top != other:
        return -1 if top < other else 1
    return (x.digits > y.digits) - (x.digits < y.digits)


def multiple_of(literal: str, of: str) -> bool:
    """Report whether a number is an exact multiple of another."""
    a, b = parse(literal), parse(of)
    if not a.digits:
        return True
    # The digits of a end in no zero, so they are no multiple of ten: where a has
    # decimal places that b lacks, it is no multiple of b.
    shift = a.exponent - b.exponent
    if not b.digits or shift < 0:
        return False
    divisor = int(b.digits)
    return _remainder(a.digits, divisor) * pow(10, shift, divisor) % divisor == 0


def _remainder(digits: str, divisor: int) -> int:
    """Divide a long decimal, some digits at a time, so that time is linear."""
    rest = 0
    for i in range(0, len(digits), 18):
        part = digits[i : i + 18]
        rest = (rest * 10 ** len(part) + int(part)) % divisor
    return rest


def key(literal: str) -> tuple[bool, str, int]:
    """Give equal numbers the same key, and different ones different keys."""
    return parse(literal)
