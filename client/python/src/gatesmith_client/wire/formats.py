"""The formats that are asserted. A format that is not known says nothing."""

from __future__ import annotations

import re
from calendar import monthrange
from typing import Final

from . import uri

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")

# Padded, no white space, and no bits set that the padding cuts off, so that no
# two texts stand for the same bytes.
_BASE64: Final = re.compile(
    r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=|[A-Za-z0-9+/][AQgw]==)?",
)

# The verdict of the validators that the protocol is tested against, which let a
# number of two characters be a sign and a digit: T+1:-0:+9Z.
_TWO: Final = r"([0-9]{2}|\+[0-9]|-0)"
_DATE_TIME: Final = re.compile(
    rf"([0-9]{{4}})-([0-9]{{2}})-([0-9]{{2}})[Tt]{_TWO}:{_TWO}:{_TWO}(?:\.[0-9]+)?(?:[Zz]|([+-]){_TWO}:{_TWO})",
)
_DAY: Final = 24 * 60


def valid(name: str, text: str) -> bool:
    """Report whether a text is of the named format."""
    if name == "date-time":
        return is_date_time(text)
    if name == "uuid":
        return _UUID.fullmatch(text) is not None
    if name == "uri":
        return uri.is_absolute(text)
    if name == "base64":
        return _BASE64.fullmatch(text) is not None
    return True


def is_date_time(text: str) -> bool:
    """Report whether a text is a date and time as RFC 3339 has it, leap seconds included."""
    m = _DATE_TIME.fullmatch(text)
    if m is None:
        return False
    year, month, day, hour, minute, second = (int(part) for part in m.groups()[:6])
    if not (1 <= month <= 12 and 1 <= day <= _days(year, month)):
        return False
    offset_hour, offset_minute = int(m[8] or 0), int(m[9] or 0)
    if max(hour, offset_hour) > 23 or max(minute, offset_minute) > 59 or second > 60:
        return False
    if second < 60:
        return True
    # A leap second comes only at the end of a day in UTC.
    offset = offset_hour * 60 + offset_minute
    return (hour * 60 + minute - (-offset if m[7] == "-" else offset)) % _DAY == _DAY - 1


def _days(year: int, month: int) -> int:
    return monthrange(year or 400, month)[1]  # the calendar has no year 0, which is a leap year
