"""What is kept of an address, its /24 or /48 (rule 10), and the networks that clicks can be compared with. Pure."""

from ipaddress import ip_network
from typing import Final

from tracking.errors import InvalidInputError

KEPT_BITS: Final = {4: 24, 6: 48}
_IPV4_BYTES: Final = KEPT_BITS[4] // 8
_IPV6_BYTES: Final = KEPT_BITS[6] // 8


def shorten(packed: bytes) -> bytes:
    """All that is kept of an address of 4 or 16 bytes."""
    return packed[:_IPV4_BYTES] if len(packed) == 4 else packed[:_IPV6_BYTES]


def check_network(text: str) -> str:
    """CIDR as it is written everywhere. Raises InvalidInputError, without a path."""
    text = text.strip()
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        raise InvalidInputError(f"{text[:60]!r} is no network: give one such as 203.0.113.0/24") from None
    kept_bits = KEPT_BITS[network.version]
    if network.prefixlen > kept_bits:
        wider = network.supernet(new_prefix=kept_bits)
        raise InvalidInputError(f"of an address no more than its /{kept_bits} is stored: give {wider}, or a wider one")
    try:
        return str(ip_network(text))
    except ValueError:
        raise InvalidInputError(f"{text} begins before this address: give {network}") from None
