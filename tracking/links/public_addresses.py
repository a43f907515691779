"""Which addresses of the internet are public: what a stranger's URL may make us connect to. Pure."""

import ipaddress
from typing import Final

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# The standard library calls these global, but they are relays, tunnels, or addresses of a past in which they were not.
_REFUSED: Final = tuple(
    ipaddress.ip_network(network)
    for network in ("192.88.99.0/24", "::/96", "64:ff9b:1::/48", "2001::/23", "2002::/16", "fec0::/10")
)


def is_public(address: IpAddress) -> bool:
    """Not ours, not the machine's, not the provider's; an IPv4 address inside an IPv6 one is judged as itself."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
    if address.is_multicast or address.is_reserved or address.is_unspecified or not address.is_global:
        return False
    return not any(address in network for network in _REFUSED)
