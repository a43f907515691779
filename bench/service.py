"""The whole service as real processes on real stores, for benches that follow a click through all of it."""

import asyncio
import http.client
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.account import BenchAccount
from bench.programs import BenchError, Program, run_program
from bench.stores import Stores, find_free_port
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.orm import open_orm
from tracking.settings import Settings

PROGRAMS = ("worker --ingest", "worker --jobs", "api", "redirector")


@dataclass(frozen=True)
class Service:
    stores: Stores
    account: BenchAccount
    redirector_port: int
    api_port: int
    api_key: str
    programs: Mapping[str, Program]

    def click(self, slug: str, headers: str) -> str:
        """Follow a link as a browser does; where it leads."""
        return self._get(f"/{slug}", headers, http.HTTPStatus.FOUND).headers["Location"]

    def report(self, click_id: str, txn_id: str) -> None:
        """A sale by a click."""
        query = urlencode({"click_id": click_id, "txn_id": txn_id, "revenue": "12.50", "currency": "EUR"})
        self._get(f"/conv?{query}", "User-Agent: bench", http.HTTPStatus.ACCEPTED)

    def _get(self, path: str, headers: str, expected: http.HTTPStatus) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.redirector_port)
        try:
            connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", self.account.host)
            for line in headers.splitlines():
                connection.putheader(*line.split(": ", 1))
            connection.endheaders()
            answer = connection.getresponse()
            if answer.status != expected:
                raise BenchError(f"{path} was answered {answer.status}")
            return answer
        finally:
            connection.close()


@contextmanager
def open_service(
    stores: Stores, account: BenchAccount, programs: Sequence[str] = PROGRAMS, **chosen: str
) -> Iterator[Service]:
    """With default settings, but for ports and what is chosen."""
    api_key = asyncio.run(_make_api_key(stores.make_settings(), account.account_id))
    redirector_port, api_port = find_free_port(), find_free_port()
    environment = stores.make_environment(
        API_PORT=str(api_port),
        REDIRECTOR_PORT=str(redirector_port),
        REDIRECTOR_OPS_PORT=str(find_free_port()),
        PUBLIC_PORT=str(redirector_port),
        **chosen,
    )
    with ExitStack() as running:
        started = {}
        for program in programs:
            log = stores.folder / f"{program.replace(' --', '-')}.log"
            arguments = ["creatrail", *program.split()]
            started[program] = running.enter_context(run_program(program, arguments, environment, log))
        yield Service(stores, account, redirector_port, api_port, api_key, started)


async def _make_api_key(settings: Settings, account_id: int) -> str:
    async with open_orm(settings):
        return (await create_api_key(account_id, "bench", [Scope.READ])).token
