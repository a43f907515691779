"""What no log line, page of metrics or trace may hold: tokens, keys, e-mail addresses, whole addresses of people.

What programs of their own log is searched when their state folder goes (`tests/servers.py`), what is printed and logged
in the process of the tests when each is over (`leak_check.py`).
"""

import re
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import Final

TOKENS: Final = re.compile(r"\b(?:ct_[a-z]{2,10}_[A-Za-z0-9]{8}_[A-Za-z0-9]{40}|whsec_[A-Za-z0-9+/]{32,}=*)")
BEARERS: Final = re.compile(r"\bBearer [A-Za-z0-9._-]{20,}")
E_MAILS: Final = re.compile(r"\b[\w.+-]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{2,63})+")
ADDRESSES: Final = re.compile(
    r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?!\w|\.\w)|(?<![\w.:])(?=(?:[0-9a-f]*:){3})[0-9a-f:]{6,39}(?![\w:])",
    re.IGNORECASE,
)
IPV6_REST: Final = (1 << 80) - 1  # of an address, beside its /48
HOSTS_OF_TESTS: Final = ip_network("198.18.0.0/15")  # see tests/chaos/hosts/network.py
KEPT_CHARS: Final = 60


def find_leaks(text: str, planted: Iterable[str] = ()) -> list[str]:
    """What must not stand there, each once, with a little of what stands before it."""
    found = [match for pattern in (TOKENS, BEARERS, E_MAILS) for match in pattern.finditer(text)]
    found += [match for match in ADDRESSES.finditer(text) if _is_whole_address(match[0])]
    found += [match for value in planted for match in re.finditer(re.escape(value), text)]
    return sorted({text[max(0, match.start() - KEPT_CHARS) : match.end()].strip() for match in found})


def check_logs(folder: Path) -> None:
    """Raises AssertionError when a log below this folder tells what it must not."""
    for path in sorted(folder.rglob("*.log")):
        leaks = find_leaks(path.read_text(errors="replace"))
        assert leaks == [], f"{path.name} tells what no log may tell"


def _is_whole_address(text: str) -> bool:
    """Not a network as we keep them, nor one of this machine itself, nor of the hosts that tests make on it."""
    try:
        address: IPv4Address | IPv6Address = ip_address(text)
    except ValueError:
        return False
    if address.is_loopback or address.is_unspecified or address in HOSTS_OF_TESTS:
        return False
    return not text.endswith(".0") if address.version == 4 else bool(int(address) & IPV6_REST)
