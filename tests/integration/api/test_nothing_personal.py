"""Networks, visitor keys and user agents never leave: no type of the graph has room for them, no answer holds them."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from graphql import GraphQLObjectType, get_named_type, is_leaf_type, is_required_argument

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.schema_walk import GRAPH, list_object_types
from tests.streaming import ServedGraph
from tests.tenancy.furniture import furnish
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clock import utc_now
from tracking.events.relay import relay_once

pytestmark = pytest.mark.feature("LO17", "LO18", "R10")

# Of what a type says by the name of a field. `hostingProvider` and `country` say where a network is, not which it is.
FORBIDDEN: Final = ("ip", "ipAddress", "address", "network", "networks", "visitorKey", "visitor", "userAgent", "digest")
WRITTEN_BY_THE_ACCOUNT: Final = {"BotLists.networks"}  # its own lists, not where a click came from
ADDRESS: Final = "198.51.100.77"
NETWORK: Final = bytes.fromhex("c63364")  # its /24
VISITOR: Final = 0xFEEDFACECAFEBEEFFEEDFACECAFEBEEF
PLANTED_AGENT: Final = b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 planted/7.7"
DEPTH: Final = 4
STREAM: Final = 'subscription { clicks(start: {since: "%s"}) { __typename ... on ClickRecorded { click { %s } } } }'


def list_secrets() -> list[str]:
    """What must not be in any answer, in every way it could be written."""
    key = VISITOR.to_bytes(16, "big")
    return [
        "198.51.100",
        NETWORK.hex(),
        str(list(NETWORK)),
        repr(NETWORK),
        key.hex(),
        str(VISITOR),
        repr(key),
        "planted/7.7",
        "AppleWebKit",
    ]


def select(kind: Any, depth: int = DEPTH) -> str:
    """Every field of a type that needs no argument, and of the types below it."""
    fields = [
        f"{name} {below}"
        for name, field in kind.fields.items()
        if not any(is_required_argument(argument) for argument in field.args.values())
        and (below := _select_below(get_named_type(field.type), depth)) is not None
    ]
    return " ".join(fields) or "__typename"


def _select_below(kind: Any, depth: int) -> str | None:
    """Nothing below a leaf; None where there is no going on."""
    if is_leaf_type(kind):
        return ""
    if depth == 0 or not isinstance(kind, GraphQLObjectType):
        return None
    return f"{{ {select(kind, depth - 1)} }}"


def list_fields() -> Iterator[tuple[str, str]]:
    for kind in list_object_types():
        for name in kind.fields:
            yield kind.name, name


async def plant(tenant: Tenant, pool: asyncpg.Pool) -> ClickEvent:
    """A click of a known address, key and user agent that was judged anew, so that it has a history too."""
    link = await make_link(tenant.account, await make_creator(tenant.account))
    event = make_event(
        tenant.account.id,
        link_id=link.id,
        creator_id=link.creator_id,
        client_ip=ADDRESS,
        visitor=VISITOR,
        user_agent=PLANTED_AGENT,
    )
    [click_id] = (await store(pool, event)).stored
    learned = {click_id: Learned(evidence=int(Reason.MANY_CLICKS))}
    await relabel_clicks(pool, tenant.account.id, learned, Cause.BEHAVIOUR)
    return event


def find_secrets(answer: str) -> list[str]:
    return [secret for secret in list_secrets() if secret in answer]


def test_no_type_of_the_graph_has_a_field_for_them() -> None:
    assert {f"{kind}.{name}" for kind, name in list_fields() if name in FORBIDDEN} == WRITTEN_BY_THE_ACCOUNT


async def test_no_answer_about_a_click_holds_them(acme: Tenant, pool: asyncpg.Pool) -> None:
    event = await plant(acme, pool)
    await furnish(acme.account, pool)
    click_type = GRAPH.type_map["Click"]
    text = f"{{ clicks(first: 5) {{ nodes {{ {select(click_type, 2)} }} }} }}"

    answer = str(await acme.ask(text))

    assert encode_id("Click", UUID(bytes=event.click_id)) in answer
    assert find_secrets(answer) == []


async def test_likeness_and_search_answer_with_clicks_alone(acme: Tenant, pool: asyncpg.Pool) -> None:
    """They compare what is not shown."""
    await plant(acme, pool)
    text = "query ($filter: ClickFilter) { clicks(filter: $filter) { nodes { id explanation device { browser } } } }"
    [planted] = (await acme.ask(text, filter={"userAgentContains": "PLANTED/7.7"}))["clicks"]["nodes"]

    answer = str(await acme.ask(text, filter={"sameNetworkAs": [planted["id"]], "sameUserAgentAs": [planted["id"]]}))

    assert planted["id"] in answer
    assert find_secrets(answer) == []


async def test_a_stream_does_not_tell_them(served: ServedGraph, acme: Tenant, pool: asyncpg.Pool) -> None:
    since = utc_now() - dt.timedelta(minutes=5)
    await plant(acme, pool)
    async with pool.acquire() as connection, connection.transaction():
        await relay_once(connection)
    async with served.open_stream(acme.key) as stream:
        await stream.subscribe(STREAM % (since.isoformat(), select(GRAPH.type_map["Click"], 2)), operation="all")

        told = [await stream.receive_event() for _ in range(2)]

    assert told[0]["__typename"] == "ClickRecorded"
    assert find_secrets(str(told)) == []


@pytest.mark.parametrize(
    "leak", [f"from {ADDRESS}", NETWORK.hex(), f"{VISITOR:032x}", PLANTED_AGENT.decode(), str({"network": NETWORK})]
)
def test_a_leak_would_be_found(leak: str) -> None:
    assert find_secrets(f"something, {leak}, something") != []
