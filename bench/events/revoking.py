"""How long the streams of an API key stay open once it is revoked, over each transport."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, NamedTuple

import aiohttp

from bench.events.plan import DOCUMENT, PROTOCOL
from bench.graph_client import GraphClient
from bench.programs import BenchError
from bench.service import Service
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.graph_ids import write_graph_id
from tracking.orm import open_orm
from tracking.settings import Settings

STREAMS: Final = 10  # of each transport
# So each stream is told 20 clicks a second. Ten that hear the whole account are told more than all others together, and
# the time would be that of an api which cannot keep up.
LINKS_OF_EACH: Final = 100
DEADLINE_S: Final = 30
_REVOKE: Final = "mutation ($id: ID!) { revokeApiKey(input: {id: $id}) { __typename } }"
_SOCKET: Final = "WebSocket"
_MEDIA_TYPES: Final = {"SSE": "text/event-stream", "multipart": "multipart/mixed"}
_ACCEPT: Final = {"multipart": 'multipart/mixed;boundary="graphql";subscriptionSpec="1.0"'}

Question = Mapping[str, object]
Ending = Callable[[], Awaitable[None]]  # returns once the stream has ended


class Closed(NamedTuple):
    """Milliseconds from when the mutation was sent to the end of each stream."""

    transport: str
    ms: list[float]


async def measure_revocation(settings: Settings, service: Service) -> list[Closed]:
    url = f"http://127.0.0.1:{service.api_port}/graphql"
    account_id = service.account.account_id
    link_ids = [write_graph_id("Link", link.link_id) for link in service.account.links[:LINKS_OF_EACH]]
    question = {"query": DOCUMENT, "variables": {"filter": {"linkIds": link_ids}}}
    closed = []
    async with open_orm(settings), aiohttp.ClientSession() as session:
        admin = await create_api_key(account_id, "bench, revoking", [Scope.READ, Scope.WRITE, Scope.ADMIN])
        graph = GraphClient(session, url, admin.token)
        for transport in (_SOCKET, *_MEDIA_TYPES):
            key = await create_api_key(account_id, f"bench, {transport}", [Scope.READ])
            watching = GraphClient(session, url, key.token)
            ends = [asyncio.create_task(_note_end(await _open(watching, transport, question))) for _ in range(STREAMS)]
            closed.append(Closed(transport, await _revoke(graph, key.row.id, ends)))
    return closed


async def _note_end(ending: Ending) -> float:
    await ending()
    return time.perf_counter()


async def _revoke(graph: GraphClient, key_id: int, ends: list[asyncio.Task[float]]) -> list[float]:
    await asyncio.sleep(1)  # all of them are being told of clicks
    if any(end.done() for end in ends):
        raise BenchError("a stream ended before its key was revoked")
    sent_at = time.perf_counter()
    answer = await graph.ask(_REVOKE, id=write_graph_id("ApiKey", key_id))
    if answer["revokeApiKey"]["__typename"] != "RevokeApiKeySuccess":
        raise BenchError(f"the key was not revoked: {answer}")
    async with asyncio.timeout(DEADLINE_S):
        return [(ended_at - sent_at) * 1000 for ended_at in await asyncio.gather(*ends)]


async def _open(graph: GraphClient, transport: str, question: Question) -> Ending:
    if transport == _SOCKET:
        return await _open_socket(graph, question)
    return await _open_response(graph, transport, question)


async def _open_socket(graph: GraphClient, question: Question) -> Ending:
    socket = await graph.session.ws_connect(graph.url, protocols=[PROTOCOL], autoclose=False)
    await socket.send_json({"type": "connection_init", "payload": {"Authorization": graph.authorization}})
    await socket.receive()
    await socket.send_json({"type": "subscribe", "id": "1", "payload": question})
    await socket.receive()

    async def wait_for_end() -> None:
        while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
            if message.json()["type"] in {"error", "complete"}:
                return

    return wait_for_end


async def _open_response(graph: GraphClient, transport: str, question: Question) -> Ending:
    headers = {"Authorization": graph.authorization, "Accept": _ACCEPT.get(transport, _MEDIA_TYPES[transport])}
    response = await graph.session.post(graph.url, json=question, headers=headers)
    if response.content_type != _MEDIA_TYPES[transport]:
        raise BenchError(f"{transport} was answered {response.status} {response.content_type}")

    async def wait_for_end() -> None:
        try:
            async for _ in response.content.iter_any():
                pass
        except aiohttp.ClientError:
            return  # cut off, which ends it too

    return wait_for_end
