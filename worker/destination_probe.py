"""One look at one destination: does anything answer there? It follows redirects by hand and reads no bodies."""

import asyncio
import ssl
from typing import Final

import httpcore2
import structlog
from ada_url import URL

from tracking.links.destination_checks import Outcome, Problem, judge_problem, judge_status
from worker.network_failures import name_failure
from worker.public_network import PublicNetwork, read_url

USER_AGENT: Final = "Mozilla/5.0 (compatible; CreatrailLinkCheck/1.0)"
MAX_REDIRECTS: Final = 5
STEP_TIMEOUT_S: Final = 10.0
DEADLINE_S: Final = 40.0

_PORTS: Final = frozenset({"", "80", "443", "8080", "8443"})
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_TIMEOUTS: Final = dict.fromkeys(("connect", "read", "write", "pool"), STEP_TIMEOUT_S)
_HEADERS: Final[dict[bytes | str, bytes | str]] = {
    "User-Agent": USER_AGENT,
    "Accept": "text/html,*/*;q=0.5",
    "X-Scanner": "link-check",  # so that it counts as no person where it meets a tracking link on its way
}

log = structlog.get_logger()


class _ProblemError(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


class DestinationProbe:
    """`allows_private` is for tests and closed networks: any address and any port may then be looked at."""

    def __init__(self, *, allows_private: bool = False, ssl_context: ssl.SSLContext | None = None) -> None:
        self._allows_private = allows_private
        self._ssl_context = ssl_context or ssl.create_default_context()

    async def look(self, url: str) -> Outcome:
        """Never raises for anything that the other side does."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._follow(url)
        except _ProblemError as error:
            return judge_problem(error.problem)
        except Exception as error:
            problem = Problem(name_failure(error) or Problem.NOT_CHECKED)
            if problem is Problem.NOT_CHECKED:  # a fault of ours, which must not hold up the others
                log.exception("destination not checked", host=url.split("/", 3)[2])
            return judge_problem(problem)

    async def _follow(self, url: str) -> Outcome:
        for _ in range(MAX_REDIRECTS + 1):
            self._check_port(url)
            status, location = await self._ask_politely(url)
            if status not in _REDIRECTS or not location:
                return judge_status(status)
            target = _join(url, location)
            if target is None:
                return Outcome(is_broken=False)
            url = target
        raise _ProblemError(Problem.TOO_MANY_REDIRECTS)

    def _check_port(self, url: str) -> None:
        if not self._allows_private and URL(url).port not in _PORTS:
            raise _ProblemError(Problem.PORT_NOT_CHECKED)

    async def _ask_politely(self, url: str) -> tuple[int, str]:
        """By HEAD, and by GET where that is not understood or refused."""
        try:
            status, location = await self._ask("HEAD", url)
        except (httpcore2.ReadError, httpcore2.RemoteProtocolError):
            return await self._ask("GET", url)
        return (status, location) if status < 400 else await self._ask("GET", url)

    async def _ask(self, method: str, url: str) -> tuple[int, str]:
        """Status and Location. A connection of its own: it ends unread, however much the other side has to say."""
        network = PublicNetwork(allows_private=self._allows_private)
        async with (
            httpcore2.AsyncConnectionPool(ssl_context=self._ssl_context, network_backend=network) as pool,
            pool.stream(method, read_url(url), headers=_HEADERS, extensions={"timeout": _TIMEOUTS}) as response,
        ):
            headers: dict[bytes, bytes] = {name.lower(): value for name, value in response.headers}
            return response.status, headers.get(b"location", b"").decode("latin-1")


def _join(url: str, location: str) -> str | None:
    """Where a redirect leads; None when out of the web, into an app."""
    try:
        target = URL(location, base=url)
    except ValueError:
        raise _ProblemError(Problem.BAD_REDIRECT) from None
    if target.protocol not in {"http:", "https:"}:
        return None
    target.hash = ""
    return str(target.href)
