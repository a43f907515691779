"""Networks as numbers: read from CIDR, merged, written again. Pure, and quick enough for lists of 300,000 lines."""

import ipaddress
import socket
from collections.abc import Iterable
from typing import Final, NamedTuple

# A wider network is no provider's: it would call half of the world one.
SHORTEST_PREFIXES: Final = {4: 8, 6: 16}
_BITS: Final = {4: 32, 6: 128}
_FAMILIES: Final = {4: socket.AF_INET, 6: socket.AF_INET6}
_IPV4_MAPPED: Final = bytes(10) + b"\xff\xff"


class Network(NamedTuple):
    """In the order of these fields a network comes right before those that it holds."""

    version: int
    first: int
    prefix: int

    @property
    def last(self) -> int:
        return self.first + (1 << _BITS[self.version] - self.prefix) - 1

    def __str__(self) -> str:
        standard = ipaddress.IPv4Network if self.version == 4 else ipaddress.IPv6Network
        return str(standard((self.first, self.prefix)))


class InvalidNetworkError(ValueError):
    """Says what was given and what would be right."""


def read_network(text: str) -> Network:
    """CIDR, or an address, which is a network of one. Raises InvalidNetworkError."""
    address, slash, length = text.partition("/")
    version = 6 if ":" in address else 4
    try:
        first = int.from_bytes(socket.inet_pton(_FAMILIES[version], address), "big")
    except (OSError, ValueError):
        raise InvalidNetworkError(f"{text[:60]!r} is no network: expected one such as 203.0.113.0/24") from None
    bits = _BITS[version]
    prefix = bits if not slash else int(length) if length.isascii() and length.isdecimal() and len(length) < 4 else -1
    shortest = SHORTEST_PREFIXES[version]
    if not shortest <= prefix <= bits:
        raise InvalidNetworkError(f"{text[:60]!r} is not usable: expected a length from /{shortest} to /{bits}")
    network = Network(version, first >> bits - prefix << bits - prefix, prefix)
    if network.first != first:
        raise InvalidNetworkError(f"{text[:60]!r} goes on after its /{prefix}: expected {network}")
    return network


def merge_networks(networks: Iterable[Network]) -> list[Network]:
    """The same addresses in the fewest networks, sorted. None gets wider than `read_network` would read again."""
    merged: list[Network] = []
    for wanted in sorted(networks):
        network = wanted
        if merged and merged[-1].version == network.version and network.first <= merged[-1].last:
            continue
        while merged and _are_halves(merged[-1], network):
            network = Network(network.version, merged.pop().first, network.prefix - 1)
        merged.append(network)
    return merged


def _are_halves(lower: Network, upper: Network) -> bool:
    """Of one network. `lower` comes before `upper`."""
    return (
        lower.prefix == upper.prefix > SHORTEST_PREFIXES[upper.version]
        and lower.version == upper.version
        and lower.first ^ upper.first == 1 << _BITS[upper.version] - upper.prefix
    )


def pack_address(text: str) -> bytes | None:
    """The 4 or 16 bytes of an address; None when it is not one. IPv4 inside IPv6 is IPv4. By the C library: `ipaddress`
    takes 15 µs.
    """
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        packed = socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    return packed[12:] if packed.startswith(_IPV4_MAPPED) else packed
