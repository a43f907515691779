"""How long a connection may say nothing before its other end counts as gone: a host that is cut off closes nothing."""

import socket
from typing import Any, Final

SILENCE_S: Final = 5
PROBES: Final = 3
GONE_AFTER_S: Final = SILENCE_S * PROBES

_WANTED: Final = {
    "TCP_KEEPIDLE": SILENCE_S,
    "TCP_KEEPINTVL": SILENCE_S,
    "TCP_KEEPCNT": PROBES,
    "TCP_USER_TIMEOUT": GONE_AFTER_S * 1_000,  # of what was sent and not acknowledged; Linux alone has it
}
SOCKET_OPTIONS: Final[dict[int, int]] = {
    getattr(socket, name): value for name, value in _WANTED.items() if hasattr(socket, name)
}


def watch_for_silence(sock: Any) -> None:
    """Only TCP can be silent."""
    if sock.family in {socket.AF_INET, socket.AF_INET6}:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in SOCKET_OPTIONS.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
