"""One HTTP request to a program of ours on this machine, straight to its port: no proxy and no name is in the way."""

import asyncio
import http.client
from collections.abc import Mapping
from typing import Final, NamedTuple

DEADLINE_S: Final = 5
_KEPT_BODY_BYTES: Final = 1_000_000
_ANY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 -- replaced, not bound


class Answer(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: bytes


class NoAnswerError(Exception):
    """Nobody listens, or nobody answers in time; the message says which."""


async def ask(
    address: tuple[str, int],
    path: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> Answer:
    """GET, or POST when there is a body. `address` is what the program listens on."""
    return await asyncio.to_thread(_ask, address, path, headers or {}, body)


def _ask(address: tuple[str, int], path: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    host, port = address
    connection = http.client.HTTPConnection(_ANY_ADDRESS.get(host, host), port, timeout=DEADLINE_S)
    try:
        connection.request("GET" if body is None else "POST", path, body=body, headers=dict(headers))
        response = connection.getresponse()
        return Answer(response.status, dict(response.getheaders()), response.read(_KEPT_BODY_BYTES))
    except TimeoutError:
        raise NoAnswerError(f"{host}:{port} does not answer within {DEADLINE_S} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"{host}:{port} does not answer: {error}") from error
    finally:
        connection.close()
