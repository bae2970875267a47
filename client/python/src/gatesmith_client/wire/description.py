"""What a protocol says of its methods and events, beside their types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from .codec import Codec

P = TypeVar("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Access:
    """Who may use a method or receives an event. Without a scope the role alone decides."""

    roles: tuple[str, ...]
    scope: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Method(Generic[P, R]):
    """A request that a client may make, with params `P` and result `R`."""

    name: str
    group: str
    params: Codec[P]
    result: Codec[R]
    access: Access
    aliases: tuple[str, ...] = ()
    writes: bool = False
    """It changes the server's state."""
    retryable: bool = False
    """A client may repeat it by itself after it lost the connection."""
    key: str = ""
    """The params member that is the idempotency key, or ""."""
    blocks: bool = False
    """It waits by design: no default timeout should cut it."""
    wait: str = ""
    """The params member that bounds the wait, in milliseconds, or ""."""
    early: bool = False
    """Its result comes as soon as the work is taken on."""
    not_offered: str = ""
    """Why the reference server does not serve it, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Generic[P]):
    """A message that the server pushes, with payload `P`."""

    name: str
    payload: Codec[P]
    access: Access
    broadcast: bool = False
    peer: bool = False
    """It may be meant for one connection alone; then it has no number."""


class Rights:
    """Who may do what, as the schema has it."""

    def __init__(self, scoped: Mapping[str, bool], implies: Mapping[str, tuple[str, ...]]) -> None:
        self.scoped: Final = scoped
        """The roles, and whether each is limited by scopes."""
        self.implies: Final = implies
        """The scopes, and all that each one grants besides itself."""

    def granted(self, scopes: Iterable[str]) -> frozenset[str]:
        """Give the scopes with all that they imply. Scopes that are not known grant nothing more."""
        held = set(scopes)
        for scope in tuple(held):
            held.update(self.implies.get(scope, ()))
        return frozenset(held)

    def refusal(self, access: Access, role: str, scopes: Iterable[str]) -> str | None:
        """Say why a role with some scopes has no access, in the words of servers; None when it has."""
        if role not in access.roles:
            return f"unauthorized role: {role}"
        if access.scope is None or not self.scoped[role] or access.scope in self.granted(scopes):
            return None
        return f"missing scope: {access.scope}"
