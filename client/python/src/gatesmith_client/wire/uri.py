"""Which texts are absolute URIs: the verdict of Go's net/url and net/netip.

The validators that the protocol is tested against use those, so every client
has to agree with them, odd as some of it is.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Final

_SCHEME: Final = re.compile(rb"[A-Za-z][A-Za-z0-9+.-]*:")
_CONTROL: Final = re.compile(rb"[\x00-\x1f\x7f]")
_BAD_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_PORT: Final = re.compile(rb"(?::[0-9]*)?")
_USERINFO: Final = re.compile(rb"[A-Za-z0-9\-._:~!$&'()*+,;=%@]*")
# In a host only bytes beyond ASCII, and the percent sign, are written as escapes.
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9!\"$&'()*+,\-.:;<=>\[\]_~\x80-\xff]|%25|%[89A-Fa-f][0-9A-Fa-f])*")


def is_absolute(text: str) -> bool:
    """Report whether a text is an absolute URI."""
    data, _, fragment = text.encode("utf-8", "surrogatepass").partition(b"#")
    scheme = _SCHEME.match(data)
    if scheme is None or _CONTROL.search(data) or _BAD_ESCAPE.search(fragment):
        return False
    rest = data[scheme.end() :].partition(b"?")[0]
    if not rest.startswith(b"/"):
        return True  # opaque, such as mailto:ada@example.test
    if rest.startswith(b"//"):
        authority, slash, path = rest[2:].partition(b"/")
        rest = slash + path
        if not _authority(authority):
            return False
    return not _BAD_ESCAPE.search(rest)


def _authority(authority: bytes) -> bool:
    user, _, host = authority.rpartition(b"@")
    if not _USERINFO.fullmatch(user) or _BAD_ESCAPE.search(user):
        return False
    if b"[" in host:
        return _literal(host)
    # One colon at most: net/url lets some lists of hosts with ports through, but
    # those have a colon in the host's name, which is refused in turn.
    _, _, port = host.partition(b":")
    return (not port or port.isdigit()) and _HOST.fullmatch(host) is not None


def _literal(host: bytes) -> bool:
    """Check an IPv6 address in brackets; one with a zone is none that all could reach."""
    address, bracket, port = host[1:].rpartition(b"]")
    if not host.startswith(b"[") or b"[" in host[1:] or not bracket or not _PORT.fullmatch(port):
        return False
    try:
        ipaddress.IPv6Address(address.decode("ascii"))
    except ValueError:
        return False
    return b"%" not in address
