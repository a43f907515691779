"""Somebody asks every api for totals each second, whatever is cut off: answers or errors that say so, never others."""

import asyncio
import threading
from collections import Counter
from http import HTTPStatus
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from tests.chaos.hosts.system import PORT_OF, HostedSystem
from tests.chaos.site import Site
from tests.waiting import eventually
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.orm import open_orm

APIS: Final = ("api", "api 2")
EVERY_S: Final = 1.0
PATIENCE_S: Final = 15.0  # more than an api takes to say that it cannot answer
QUESTION: Final = "{ links(first: 100) { nodes { totals { totalClicks } } } }"
ANSWERED: Final = "answered"
CLEAN: Final = "clean errors"
UNREACHED: Final = "unreached"
FELL: Final = "fewer clicks than before"


class Asking:
    """A thread, since what disturbs holds up the test's own loop."""

    def __init__(self) -> None:
        self.found: Counter[tuple[str, str]] = Counter()  # by api, and what came of it
        self._highest = dict.fromkeys(APIS, 0)
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, system: HostedSystem, site: Site) -> None:
        self._thread = threading.Thread(target=lambda: asyncio.run(self._keep_asking(system, site)))
        self._thread.start()

    def stop(self) -> None:
        self._ending.set()
        if self._thread:
            self._thread.join()

    async def _keep_asking(self, system: HostedSystem, site: Site) -> None:
        token = await make_token(system, site)
        await asyncio.gather(*(self._keep_asking_one(system, api, token) for api in APIS))

    async def _keep_asking_one(self, system: HostedSystem, api: str, token: str) -> None:
        while not self._ending.is_set():
            try:
                answer = await ask_for_totals(system, api, token)
            except httpx2.TransportError:
                self.found[api, UNREACHED] += 1
            else:
                self.found[api, self._judge(api, answer)] += 1
            await asyncio.sleep(EVERY_S)

    def _judge(self, api: str, answer: httpx2.Response) -> str:
        if answer.status_code == HTTPStatus.SERVICE_UNAVAILABLE:
            return CLEAN
        given = answer.json()
        if answer.status_code != HTTPStatus.OK:
            return f"{answer.status_code}: {answer.text}"
        if "errors" in given:
            codes = {error["extensions"]["code"] for error in given["errors"]}
            return CLEAN if codes <= {"INTERNAL_ERROR"} else f"errors: {codes}"
        clicks = add_up(given)
        if clicks < self._highest[api]:
            return FELL
        self._highest[api] = clicks
        return ANSWERED

    def count(self, outcome: str) -> dict[str, int]:
        return {api: self.found[api, outcome] for api in APIS}

    def describe(self) -> str:
        totals = ((outcome, sum(self.count(outcome).values())) for outcome in (ANSWERED, CLEAN, UNREACHED))
        return ", ".join(f"{outcome}: {total}" for outcome, total in totals) + "; the same totals in the end"

    @property
    def unclean(self) -> list[tuple[str, str]]:
        """Whatever is neither an answer nor an error that a client may be given."""
        return [each for each in self.found if each[1] not in {ANSWERED, CLEAN, UNREACHED}]


async def make_token(system: HostedSystem, site: Site) -> str:
    async with open_orm(system.settings):
        return (await create_api_key(site.account_id, "hosts", list(Scope))).token


async def ask_for_totals(system: HostedSystem, api: str, token: str) -> httpx2.Response:
    """On a connection of its own, so that no silent one is asked again."""
    url = f"http://{system.find_host(api).address}:{PORT_OF['api']}/graphql"
    async with httpx2.AsyncClient(timeout=PATIENCE_S) as client:
        return await client.post(url, json={"query": QUESTION}, headers={"Authorization": f"Bearer {token}"})


def add_up(answer: Any) -> int:
    return sum(node["totals"]["totalClicks"] for node in answer["data"]["links"]["nodes"])


async def find_totals(system: HostedSystem, site: Site, expected: int) -> None:
    """Every api comes to tell so many clicks."""
    token = await make_token(system, site)
    for api in APIS:

        async def read(api: str = api) -> int:
            answer = await ask_for_totals(system, api, token)
            return add_up(answer.json()) if answer.status_code == HTTPStatus.OK else -1

        await eventually(read, expected.__eq__)
