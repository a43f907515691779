"""Rule 11 for the whole graph: whatever one account has is unknown to the other."""

from collections.abc import Collection
from typing import Any

import asyncpg
import httpx2
import pytest

from tests.integration.api.conftest import Tenant
from tests.schema_walk import list_id_arguments, list_node_types, list_root_fields
from tests.streaming import ServedGraph
from tests.tenancy import CASES, clicks, conversions, jobs
from tests.tenancy.cases import Case, Ids
from tests.tenancy.furniture import furnish
from tests.tenancy.unknown import UNKNOWN_IDS
from tracking.accounts.models import Role, User
from tracking.events.relay import relay_once

pytestmark = pytest.mark.feature("R11", "TR14")

# The filters of each stream that take ids, and what it tells of what it finds.
STREAMS = {
    "clicks": ("ClickFilter", clicks.FILTERS, "ClickRecorded"),
    "conversions": ("ConversionFilter", conversions.FILTERS, "ConversionRecorded"),
}
# Those that are about things by id, each with what they are asked for.
STREAMS_OF_IDS = {
    "linkStats": ("linkIds", ['linkStats(linkIds: ["$Link"]) { linkId }']),
    "jobProgress": ("id", [f'jobProgress(id: "${name}") {{ id status }}' for name in jobs.KINDS]),
}
COVERED_BY_STREAM = {f"Subscription.{name}.filter.{each}" for name, (_, ids, _) in STREAMS.items() for each in ids}
COVERED_BY_STREAM |= {f"Subscription.{name}.{argument}" for name, (argument, _) in STREAMS_OF_IDS.items()}
ALL_STREAMS = frozenset((*STREAMS, *STREAMS_OF_IDS))


@pytest.fixture
async def of_acme(acme: Tenant, pool: asyncpg.Pool) -> Ids:
    return await furnish(acme.account, pool)


@pytest.fixture
async def of_other(other: Tenant, pool: asyncpg.Pool) -> Ids:
    return await furnish(other.account, pool)


async def answer(tenant: Tenant, query: str) -> Any:
    return (await tenant.graph.post(query, api_key=tenant.key)).json()


async def read_everything(pool: asyncpg.Pool, account_id: int) -> dict[str, list[str]]:
    """Every row of an account, as text."""
    tables = await pool.fetch(
        "SELECT DISTINCT table_name AS name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND column_name = 'account_id' AND table_name NOT LIKE 'click\\_%'"
    )
    return {
        table["name"]: [
            row["row"]
            for row in await pool.fetch(
                f"SELECT t::text AS row FROM {table['name']} AS t WHERE account_id = $1 ORDER BY 1", account_id
            )
        ]
        for table in tables
        if table["name"] != "api_key"  # notes when it was used
    }


async def open_session(tenant: Tenant, own: Ids, person: str) -> str:
    """Of the tenant's own user or creator. A user may all that ADMIN may."""
    await User.filter(account_id=tenant.account.id).update(role=Role.ADMIN)
    given = f'{person.lower()}Id: "{own.nodes[person]}", ttlS: 600'
    made = await tenant.ask(
        f"mutation {{ createSessionToken(input: {{ {given} }}) {{ ... on CreateSessionTokenSuccess {{ token }} }} }}"
    )
    token: str = made["createSessionToken"]["token"]
    return token


def read_answer(response: httpx2.Response, asked_about: Ids) -> str:
    """Without what a client has said itself: the id, and the places in the document that depend on its length."""
    answer = response.json()
    for error in answer.get("errors", []):
        error.pop("locations", None)
    text = str(answer)
    for value in asked_about.marks.values():
        text = text.replace(value, "…")
    return text


async def hear(served: ServedGraph, token: str, case: Case, about: Ids) -> str:
    """What a stream tells first."""
    async with served.open_stream(token) as stream:
        await stream.subscribe(case.fill(about, about))
        text = str(await stream.receive()).replace("'type': 'error', 'payload': [", "'errors': [")
    for value in about.marks.values():
        text = text.replace(value, "…")
    return text


def find_uncovered_fields(cases: Collection[Case], streams: Collection[str]) -> set[str]:
    """Root fields without a case, and cases of none."""
    return ({case.field for case in cases} | {f"Subscription.{name}" for name in streams}) ^ list_root_fields()


def find_uncovered_ids(cases: Collection[Case], by_stream: Collection[str]) -> set[str]:
    """Arguments that take an id and have no case, and cases of none."""
    return set().union(*(case.covers for case in cases), by_stream) ^ list_id_arguments()


class TestCoverage:
    def test_every_root_field_has_a_case(self) -> None:
        assert find_uncovered_fields(CASES, ALL_STREAMS) == set()

    def test_every_argument_that_takes_an_id_has_a_case(self) -> None:
        assert find_uncovered_ids(CASES, COVERED_BY_STREAM) == set()

    @pytest.mark.parametrize("name", ["clicks", "conversions", "linkStats", "jobProgress"])
    def test_a_stream_that_nobody_asks_about_is_found(self, name: str) -> None:
        arguments = {each for each in COVERED_BY_STREAM if each.startswith(f"Subscription.{name}.")}

        assert find_uncovered_fields(CASES, ALL_STREAMS - {name}) == {f"Subscription.{name}"}
        assert find_uncovered_ids(CASES, COVERED_BY_STREAM - arguments) == arguments != set()

    def test_a_webhook_that_nobody_asks_about_is_found(self) -> None:
        others = [case for case in CASES if case.field != "Mutation.replayWebhook"]

        assert find_uncovered_fields(others, ALL_STREAMS) == {"Mutation.replayWebhook"}
        assert find_uncovered_ids(others, COVERED_BY_STREAM) == {
            "Mutation.replayWebhook.input.events.deliveryId",
            "Mutation.replayWebhook.input.events.range.webhookId",
        }

    def test_every_node_type_has_an_id_to_ask_for(self) -> None:
        assert set(UNKNOWN_IDS.nodes) == list_node_types()


class TestTwoAccounts:
    async def test_a_foreign_id_answers_as_an_unknown_one_and_changes_nothing(
        self, acme: Tenant, other: Tenant, of_acme: Ids, of_other: Ids, pool: asyncpg.Pool
    ) -> None:
        """To the key of the other account and to its people: each question is put in the same words to all."""
        before = await read_everything(pool, acme.account.id)
        sessions = [await open_session(other, of_other, person) for person in ("User", "Creator")]

        for case in (case for case in CASES if case.is_about_an_id):
            about_foreign, about_unknown = case.fill(of_other, of_acme), case.fill(of_other, UNKNOWN_IDS)
            foreign = await answer(other, about_foreign)
            assert foreign == await answer(other, about_unknown), case.query
            assert "errors" not in foreign, foreign
            for token in sessions:
                foreign_answer = await other.graph.post(about_foreign, api_key=token)
                unknown_answer = await other.graph.post(about_unknown, api_key=token)
                assert read_answer(foreign_answer, of_acme) == read_answer(unknown_answer, UNKNOWN_IDS), case.query

        assert await read_everything(pool, acme.account.id) == before

    async def test_the_same_questions_find_what_is_ones_own(self, acme: Tenant, of_acme: Ids) -> None:
        """Else the test above would hold for a graph that finds nothing at all."""
        for case in (case for case in CASES if case.is_about_an_id and case.finds_own):
            unknown = await answer(acme, case.fill(of_acme, UNKNOWN_IDS))
            own = await answer(acme, case.fill(of_acme, of_acme))
            assert own != unknown, case.query
            assert "errors" not in own, own

    async def test_nothing_foreign_is_listed(self, other: Tenant, of_acme: Ids, of_other: Ids) -> None:
        for case in (case for case in CASES if not case.is_about_an_id):
            listed = str(await answer(other, case.query))
            assert [name for name, value in of_acme.nodes.items() if value in listed] == [], case.query
            if case.field.startswith("Query."):
                assert [name for name, value in of_other.nodes.items() if value in listed] != [], case.query

    async def test_a_stream_of_a_foreign_id_is_refused_as_of_an_unknown_one(
        self, served: ServedGraph, acme: Tenant, other: Tenant, of_acme: Ids, of_other: Ids
    ) -> None:
        sessions = [await open_session(other, of_other, person) for person in ("User", "Creator")]
        for query in (query for _, queries in STREAMS_OF_IDS.values() for query in queries):
            case = Case("", f"subscription {{ {query} }}")
            for token in (other.key, *sessions):
                answers = [await hear(served, token, case, about) for about in (of_acme, UNKNOWN_IDS)]
                assert answers[0] == answers[1], query
                assert "errors" in answers[0]
            assert "errors" not in await hear(served, acme.key, case, of_acme), query

    @pytest.mark.parametrize("name", STREAMS)
    async def test_a_stream_about_foreign_ids_tells_nothing(
        self, served: ServedGraph, acme: Tenant, other: Tenant, of_acme: Ids, pool: asyncpg.Pool, *, name: str
    ) -> None:
        """One's own stream of the same event is read to its end; the other's has told nothing by then."""
        input_type, filters, recorded = STREAMS[name]
        subscription = f"subscription ($filter: {input_type}) {{ {name}(filter: $filter) {{ __typename }} }}"
        async with served.open_stream(other.key) as stream:
            async with served.open_stream(acme.key) as own:
                for argument, type_name in filters.items():
                    wanted = {argument: [of_acme.nodes[type_name]]}
                    await stream.subscribe(subscription, operation=argument, filter=wanted)
                    assert (await stream.receive_event())["__typename"] == "StreamReady"
                    await own.subscribe(subscription, operation=argument, filter=wanted)
                    assert (await own.receive_event())["__typename"] == "StreamReady"
                async with pool.acquire() as connection, connection.transaction():
                    await relay_once(connection)
                told = [await own.receive_event() for _ in filters]
            await stream.subscribe("{ __typename }", operation="last")
            next_message = await stream.receive()

        assert [event["__typename"] for event in told] == [recorded] * len(filters)
        assert next_message["id"] == "last"
