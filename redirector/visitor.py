"""Where a request came from: the peer, or what a proxy that we were told to trust says about it."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from tracking.settings import IpNetwork

Scope = Mapping[str, Any]
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_HOPS: Final = 20
_MAX_PEERS: Final = 10_000


class ClientAddresses:
    """Without trusted proxies nothing that a client writes about its own address is believed."""

    def __init__(self, trusted: Sequence[IpNetwork]) -> None:
        self._trusted = tuple(trusted)
        self._peers: dict[str, bool] = {}

    def find(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """The address of the client as `ipaddress` writes it; "" when it is not known."""
        client = scope["client"]
        peer: str = client[0] if client else ""
        if not self._trusted or b"x-forwarded-for" not in headers or not self._is_trusted_peer(peer):
            return peer
        return self._find_client(peer, _list_hops(scope["headers"]))

    def find_scheme(self, scope: Scope, headers: Mapping[bytes, bytes]) -> str:
        """How the client came to us, or to the proxy that it came through: "http" or "https"."""
        client = scope["client"]
        if self._trusted and client and b"x-forwarded-proto" in headers and self._is_trusted_peer(client[0]):
            nearest = headers[b"x-forwarded-proto"].rpartition(b",")[2].strip().lower()
            return "https" if nearest == b"https" else "http"
        return str(scope["scheme"])

    def _is_trusted_peer(self, peer: str) -> bool:
        """Proxies are few and come again, so each is compared with the networks once."""
        is_trusted = self._peers.get(peer)
        if is_trusted is None:
            if len(self._peers) >= _MAX_PEERS:
                self._peers.clear()
            address = _read_address(peer)
            is_trusted = self._peers[peer] = address is not None and self._is_trusted(address)
        return is_trusted

    def _is_trusted(self, address: IpAddress) -> bool:
        return any(address in network for network in self._trusted)

    def _find_client(self, peer: str, hops: Iterable[str]) -> str:
        """From our side outwards, the first address that is not a trusted proxy's: further out, anybody may write."""
        nearest = peer
        for hop in hops:
            address = _read_address(hop)
            if address is None:
                break
            nearest = str(address)
            if not self._is_trusted(address):
                break
        return nearest


def _list_hops(headers: Iterable[tuple[bytes, bytes]]) -> list[str]:
    """What all X-Forwarded-For headers say, the nearest hop first."""
    joined = b",".join(value for name, value in headers if name == b"x-forwarded-for")
    return joined.decode("latin-1").split(",")[: -MAX_HOPS - 1 : -1]


def _read_address(text: str) -> IpAddress | None:
    """Some proxies add the port. A zone could hold any text, so an address with one is none."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    if "%" in text:
        return None
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
