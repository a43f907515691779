"""What went wrong with a call to a stranger's host, in a word that webhooks and checks of destinations share. Pure."""

from collections.abc import Iterator
from typing import Any, Final

import httpcore2

from worker.public_network import NameNotFoundError, NoConnectionError, RefusedAddressError

_WORDS: Final[tuple[tuple[Any, str], ...]] = (
    (NameNotFoundError, "DNS"),
    (RefusedAddressError, "REFUSED_ADDRESS"),
    ((httpcore2.TimeoutException, TimeoutError), "TIMEOUT"),
    (NoConnectionError, "NO_CONNECTION"),
    (httpcore2.ConnectError, "TLS"),  # what is left of connecting once there is a connection
    ((httpcore2.NetworkError, httpcore2.ProtocolError), "NO_HTTP"),
)


def name_failure(error: Exception) -> str | None:
    """None: it was not the other side, but us."""
    causes = list(_list_causes(error))
    for kind, word in _WORDS:
        if any(isinstance(cause, kind) for cause in causes):
            return word
    return None


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
