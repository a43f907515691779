"""Looks at what nameservers say of a domain. Anybody may have written it: whatever it is, a look ends in time."""

import asyncio
import ipaddress
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.nameserver import Do53Nameserver

from tracking.domains.rules import name_verification_record
from tracking.settings import Settings

LOOK_DEADLINE_S: Final = 5.0
TRY_DEADLINE_S: Final = 1.5
MAX_VALUES_KEPT: Final = 10
MAX_VALUE_CHARS_KEPT: Final = 255

_FAILURES = (dns.exception.DNSException, OSError, TimeoutError, ValueError)


class Proof(StrEnum):
    """UNANSWERED proves nothing: no nameserver gave an answer that could be read."""

    PRESENT = "PRESENT"
    MISSING = "MISSING"
    UNANSWERED = "UNANSWERED"


class Sighting(NamedTuple):
    """What one look saw. `points_here` is None when nobody said where "here" is, or nobody answered."""

    proof: Proof
    points_here: bool | None
    found: dict[str, list[str]]


class _Seen(NamedTuple):
    """The values at a name, and the names that it stands for."""

    values: list[str]
    aliases: list[str]


class _Place(NamedTuple):
    points_here: bool | None
    found: dict[str, list[str]]


class DomainLooker:
    """Asks `DNS_RESOLVERS`, or the nameservers of the system. Holds no socket, so there is nothing to close."""

    def __init__(self, settings: Settings, *, deadline_s: float = LOOK_DEADLINE_S) -> None:
        self._deadline_s = deadline_s
        self._nameservers = settings.dns_resolvers
        self._names = {host for host in settings.public_hosts if not is_address(host)}
        self._addresses = {host for host in settings.public_hosts if is_address(host)}

    async def look(self, host: str, token: str) -> Sighting:
        """Never raises for what nameservers do, and ends at the deadline."""
        resolver = self._open_resolver()
        if resolver is None:
            return Sighting(Proof.UNANSWERED, None, {})
        texts, place = await asyncio.gather(
            _ask(resolver, name_verification_record(host), "TXT"), self._look_at_place(resolver, host)
        )
        seen = sorted(texts.values, key=lambda value: value != token) if texts else []
        found = {"TXT": seen, **place.found}
        proof = Proof.UNANSWERED if texts is None else Proof.PRESENT if token in seen else Proof.MISSING
        return Sighting(proof, place.points_here, {kind: _shorten(values) for kind, values in found.items()})

    async def _look_at_place(self, resolver: dns.asyncresolver.Resolver, host: str) -> _Place:
        if not self._names and not self._addresses:
            return _Place(None, {})
        places = [host, *sorted(self._names)]
        kinds = ("A", "AAAA")
        seen = await asyncio.gather(*(_ask(resolver, place, kind) for place in places for kind in kinds))
        own, ours = seen[: len(kinds)], seen[len(kinds) :]
        aliases = {alias for each in own if each for alias in each.aliases}
        addresses = {value for each in own if each for value in each.values}
        here = self._addresses.union(*(each.values for each in ours if each))
        points_here = bool(aliases & self._names or addresses & here)
        is_unsure = not points_here and None in seen
        values = [each.values if each else [] for each in own]
        found = {"CNAME": sorted(aliases), **dict(zip(kinds, values, strict=True))}
        return _Place(None if is_unsure else points_here, found)

    def _open_resolver(self) -> dns.asyncresolver.Resolver | None:
        """None on a system that names no nameserver."""
        try:
            resolver = dns.asyncresolver.Resolver(configure=not self._nameservers)
        except dns.resolver.NoResolverConfiguration:
            return None
        if self._nameservers:
            resolver.nameservers = [Do53Nameserver(each.address, each.port) for each in self._nameservers]
        resolver.timeout, resolver.lifetime = min(TRY_DEADLINE_S, self._deadline_s), self._deadline_s
        return resolver


async def _ask(resolver: dns.asyncresolver.Resolver, name: str, kind: str) -> _Seen | None:
    """None when no nameserver gave a usable answer. That there is no such name or record is an answer."""
    try:
        async with asyncio.timeout(resolver.lifetime):
            answer = await resolver.resolve(f"{name}.", kind, raise_on_no_answer=False, search=False)
        aliases = [_read_name(record.target) for rrset in answer.chaining_result.cnames for record in rrset]
        return _Seen([_read_record(record) for record in answer.rrset or ()], aliases)
    except dns.resolver.NXDOMAIN:
        return _Seen([], [])
    except _FAILURES:
        return None


def is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _read_record(record: Any) -> str:
    """The strings of a TXT record are one text; bytes that are none are shown as such."""
    if hasattr(record, "strings"):
        return b"".join(record.strings).decode("utf-8", "backslashreplace")
    return str(ipaddress.ip_address(record.address))


def _read_name(name: Any) -> str:
    return str(name.to_text(omit_final_dot=True)).lower()


def _shorten(values: Iterable[str]) -> list[str]:
    """PostgreSQL holds no NUL; and who looks wants to see the first few."""
    kept = [value[:MAX_VALUE_CHARS_KEPT].replace("\0", "\N{REPLACEMENT CHARACTER}") for value in values]
    return kept[:MAX_VALUES_KEPT]
