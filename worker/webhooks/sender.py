"""One attempt at one delivery: a POST to a stranger's host, and what came of it."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final, NamedTuple

import httpcore2
import structlog
from ada_url import URL

from tracking.clock import utc_now
from tracking.webhooks.deliveries import Due, Problem, write_body
from tracking.webhooks.schedule import read_patience_s
from tracking.webhooks.signing import sign
from worker.network_failures import name_failure
from worker.public_network import PublicNetwork, read_url

USER_AGENT: Final = b"Creatrail-Webhooks/1.0"
MAX_ANSWER_BYTES: Final = 64 * 1024
KEPT_ANSWER_BYTES: Final = 2 * 1024
# Servers commonly close what rests for five seconds; who comes late sends into a connection that is being closed.
_REST_S: Final = 3.0
_PORTS: Final = frozenset({"", "80", "443"})

log = structlog.get_logger()


class Target(NamedTuple):
    """An endpoint as it was a moment ago. `secrets` is empty when none of them can be opened."""

    url: str
    secrets: tuple[bytes, ...]
    is_enabled: bool = True


class Answer(NamedTuple):
    status_code: int | None = None
    problem: Problem | None = None
    text: str | None = None
    patience_s: float | None = None


class Caller:
    """The connections to one endpoint, kept while they are used. `connections` bounds how many there are."""

    def __init__(self, network: PublicNetwork, ssl_context: ssl.SSLContext, connections: int) -> None:
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=ssl_context,
            network_backend=network,
            max_connections=connections,
            keepalive_expiry=_REST_S,
        )

    async def post(self, url: str, headers: list[tuple[bytes, bytes]], body: bytes, timeout_s: float) -> Answer:
        """Raises what httpcore2 and PublicNetwork raise, and TimeoutError. A status that came is never lost."""
        status, text, patience_s = None, b"", None
        more: Any = {"headers": headers, "content": body, "extensions": {"timeout": {"connect": timeout_s / 2}}}
        try:
            async with (
                _patient_timeout(timeout_s),
                self._pool.stream("POST", read_url(url), **more) as response,
            ):
                retry_after = next((value for name, value in response.headers if name.lower() == b"retry-after"), b"")
                patience_s = read_patience_s(response.status, retry_after.decode("latin-1"), utc_now())
                status = response.status
                async for chunk in response.aiter_stream():
                    text += chunk
                    if len(text) > MAX_ANSWER_BYTES:
                        break
        except Exception:
            if status is None:
                raise
        return Answer(status, text=_write_text(text), patience_s=patience_s)

    async def aclose(self) -> None:
        await self._pool.aclose()


class Sender:
    """`allows_private` is for tests and closed networks: http, any address and any port may then be called."""

    def __init__(
        self, *, timeout_s: float, allows_private: bool = False, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._allows_private = allows_private
        self._ssl_context = ssl_context or ssl.create_default_context()
        self._network = PublicNetwork(allows_private=allows_private)

    def open_caller(self, connections: int) -> Caller:
        return Caller(self._network, self._ssl_context, connections)

    async def send(self, caller: Caller, target: Target, due: Due) -> Answer:
        """Never raises for anything that the other side does."""
        if not target.secrets:
            return Answer(problem=Problem.NO_SECRET)
        if not self._allows_private and not _is_allowed(target.url):
            return Answer(problem=Problem.REFUSED_ADDRESS)
        body = write_body(due)
        try:
            return await caller.post(target.url, _write_headers(target.secrets, due, body), body, self._timeout_s)
        except Exception as error:
            problem = Problem(name_failure(error) or Problem.NOT_SENT)
            if problem is Problem.NOT_SENT:  # a fault of ours, which must not hold up the others
                log.exception("webhook not sent", endpoint_id=due.endpoint_id, delivery_id=str(due.id))
            return Answer(problem=problem)


@asynccontextmanager
async def _patient_timeout(timeout_s: float) -> AsyncIterator[None]:
    """As asyncio's, but for how long this process was too busy to look, which is nobody else's fault."""
    loop = asyncio.get_running_loop()
    until_s = loop.time() + timeout_s

    async with asyncio.timeout(None) as timeout:

        def end() -> None:
            timeout.reschedule(loop.time() + min(loop.time() - until_s, timeout_s))

        timer = loop.call_at(until_s, end)
        try:
            yield
        finally:
            timer.cancel()


def _is_allowed(url: str) -> bool:
    parsed = URL(url)
    return parsed.protocol == "https:" and parsed.port in _PORTS


def _write_headers(secrets: tuple[bytes, ...], due: Due, body: bytes) -> list[tuple[bytes, bytes]]:
    at_s = int(utc_now().timestamp())
    return [
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
        (b"User-Agent", USER_AGENT),
        (b"Webhook-Id", due.webhook_id.encode()),
        (b"Webhook-Timestamp", str(at_s).encode()),
        (b"Webhook-Signature", sign(secrets, due.webhook_id, at_s, body).encode()),
    ]


def _write_text(content: bytes) -> str:
    """As PostgreSQL takes it."""
    return content[:KEPT_ANSWER_BYTES].decode("utf-8", "replace").replace("\0", "")
