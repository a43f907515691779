"""A brand with a key: follows its links over HTTP and asks the graph, as its audience and its tools do."""

import asyncio
import secrets
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from gql import Client, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.websockets import WebsocketsTransport
from tortoise.context import TortoiseContext

from tests.e2e.system import System
from tests.waiting import DEADLINE_S
from tracking.accounts.models import Scope
from tracking.accounts.service import create_account, create_api_key
from tracking.orm import describe_orm

PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36"
PERSONS_HEADERS = {
    "User-Agent": PERSON,
    "Accept": "text/html,application/xhtml+xml,*/*;q=0.8",
    "Accept-Language": "en-US,en;q=0.9",
    "Sec-Fetch-Mode": "navigate",
}

CREATE_CREATOR = """
    mutation {
      createCreators(input: {creators: [{handle: "ann", externalId: "ann"}]}) {
        ... on CreateCreatorsSuccess { items { node { id } } }
      }
    }
"""
CREATE_LINK = """
    mutation ($given: CreateCreatorLinkInput!) {
      createCreatorLink(input: $given) { ... on CreateCreatorLinkSuccess { link { id slug shortUrl } } }
    }
"""
LINK_TOTALS = """
    query ($id: ID!) {
      node(id: $id) {
        ... on Link {
          totals {
            totalClicks humanClicks suspectClicks botClicks previewFetches prefetches testClicks
            countedClicks uniqueClicks repeatClicks
          }
        }
      }
    }
"""
CLICKS = """
    subscription ($start: StreamStart) {
      clicks(start: $start) {
        __typename
        ... on ClickRecorded { cursor click { id counting link { slug } verdict { verdict class } } }
        ... on ClickReclassified { cursor click { id counting } }
        ... on StreamReady { cursor }
      }
    }
"""


@dataclass(frozen=True)
class Link:
    id: str
    slug: str
    shortUrl: str  # noqa: N815 -- as the graph names it


class Listener:
    """What an open subscription told, one event after the other."""

    def __init__(self, events: AsyncGenerator[dict[str, Any], None]) -> None:
        self._events = events

    async def hear(self) -> dict[str, Any]:
        """The next event; TimeoutError when none comes for long."""
        told = await asyncio.wait_for(anext(self._events), DEADLINE_S)
        event: dict[str, Any] = told["clicks"]
        return event


@dataclass(frozen=True)
class Brand:
    system: System
    account_id: int
    host: str
    token: str

    @property
    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    async def ask(self, document: str, operation: str | None = None, /, **variables: Any) -> Any:
        """What the only field of a query or mutation answers. Raises what gql raises when the answer has errors."""
        [answer] = (await self.ask_all(document, operation, **variables)).values()
        return answer

    async def ask_all(self, document: str, operation: str | None = None, /, **variables: Any) -> dict[str, Any]:
        """The same, with the names of its fields."""
        url = f"http://127.0.0.1:{self.system.settings.api_port}/graphql"
        request = gql(document)
        request.variable_values, request.operation_name = variables, operation
        async with Client(transport=AIOHTTPTransport(url=url, headers=self._authorization)) as session:
            answer: dict[str, Any] = await session.execute(request)
        return answer

    async def create_link(self, destination_url: str) -> Link:
        """A link of a new creator whose member id is `ann`."""
        created = await self.ask(CREATE_CREATOR)
        [creator] = created["items"]
        given = {"creatorId": creator["node"]["id"], "destinationUrl": destination_url}
        answer = await self.ask(CREATE_LINK, given=given)
        return Link(**answer["link"])

    async def read_totals(self, link: Link) -> dict[str, int]:
        """The counters of a link that are not 0."""
        totals = (await self.ask(LINK_TOTALS, id=link.id))["totals"]
        return {name: count for name, count in totals.items() if count}

    @asynccontextmanager
    async def listening(self, start: dict[str, Any] | None = None) -> AsyncIterator[Listener]:
        """An open subscription to the clicks, which begins with what `start` says."""
        url = f"ws://127.0.0.1:{self.system.settings.api_port}/graphql"
        transport = WebsocketsTransport(
            url=url,
            init_payload=dict(self._authorization),
            subprotocols=[WebsocketsTransport.GRAPHQLWS_SUBPROTOCOL],
        )
        request = gql(CLICKS)
        request.variable_values = {"start": start}
        async with Client(transport=transport) as session:
            events = session.subscribe(request)
            yield Listener(events)
            await events.aclose()

    async def follow(
        self, slug: str, *, method: str = "GET", redirector: str = "redirector", **headers: str
    ) -> httpx2.Response:
        """What the redirector answers to a person, unless the headers say that it is somebody else."""
        port = self.system.programs[redirector].port
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx2.AsyncClient(timeout=30) as client:
            return await client.request(
                method,
                f"http://127.0.0.1:{port}/{slug}",
                headers={**PERSONS_HEADERS, "Host": self.host, **named},
            )


async def make_brand(system: System) -> Brand:
    slug = f"brand-{secrets.token_hex(4)}"
    async with TortoiseContext() as context:
        await context.init(config=describe_orm(system.settings.database_url))
        account = await create_account("Brand", slug)
        key = await create_api_key(account.id, "end to end", list(Scope))
    return Brand(system, account.id, f"{slug}.localhost", key.token)
