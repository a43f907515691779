"""The part of the graph that is a creator's: fields, arguments and filters beyond it do not exist (LS11)."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from api.creator_sessions import ALLOWED
from creatrail.embedded.folders import PROJECT
from tests.brand import make_creator
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.schema_walk import GRAPH, list_object_types
from tests.sessions import open_creator_session
from tests.streaming import ServedGraph
from tests.tenancy import CASES
from tests.tenancy.unknown import UNKNOWN_IDS

pytestmark = pytest.mark.feature("LS11")


@pytest.fixture
async def token(graph: Graph, acme: Tenant) -> str:
    return await open_creator_session(graph, acme.key, await make_creator(acme.account, "ann"))


async def read_messages(graph: Graph, token: str, document: str) -> set[str]:
    """What is wrong with a document, but for its fragments, of which no operation makes use."""
    answer = (await graph.post(document, api_key=token)).json()
    assert "data" not in answer, answer
    messages = {error["message"].partition(" Did you mean")[0] for error in answer["errors"]}
    return {message for message in messages if "is never used" not in message}


class TestFields:
    async def test_whatever_is_not_named_does_not_exist(self, graph: Graph, token: str) -> None:
        for kind in list_object_types():
            closed = [name for name in kind.fields if name not in ALLOWED.get(kind.name, {})]
            if not closed:
                continue
            document = f"{{ __typename }} fragment F on {kind.name} {{ {' '.join(closed)} }}"

            messages = await read_messages(graph, token, document)

            if kind.name in ALLOWED:
                assert messages == {f"Cannot query field '{name}' on type '{kind.name}'." for name in closed}
            else:
                assert messages == {f"Unknown type '{kind.name}'."}

    async def test_nor_do_arguments(self, graph: Graph, token: str) -> None:
        checked = 0
        for type_name, fields in ALLOWED.items():
            kind = GRAPH.type_map[type_name]
            for name, allowed in fields.items():
                closed = [] if isinstance(kind, GraphQLInputObjectType) else set(kind.fields[name].args) - set(allowed)  # type: ignore[attr-defined] # an object
                for argument in closed:
                    document = f"{{ __typename }} fragment F on {type_name} {{ {name}({argument}: null) }}"
                    messages = await read_messages(graph, token, document)
                    checked += 1

                    assert f"Unknown argument '{argument}' on field '{type_name}.{name}'." in messages
        assert checked >= 2

    async def test_nor_do_parts_of_a_filter(self, graph: Graph, token: str) -> None:
        everything = GRAPH.type_map["LinkFilter"]
        assert isinstance(everything, GraphQLInputObjectType)
        for name in set(everything.fields) - set(ALLOWED["LinkFilter"]):
            document = (
                f"{{ __typename }} fragment F on Creator {{ links(filter: {{ {name}: null }}) {{ nodes {{ id }} }} }}"
            )

            messages = await read_messages(graph, token, document)

            assert [message.removesuffix(".").partition(",")[0] for message in messages] == [
                f"Expected value of type 'LinkFilter' not to include unknown field '{name}'"
            ]

    async def test_everything_that_is_named_exists(self) -> None:
        for type_name, fields in ALLOWED.items():
            kind: Any = GRAPH.type_map[type_name]
            assert set(fields) <= set(kind.fields), type_name
            for name, arguments in fields.items():
                assert set(arguments) <= set(getattr(kind.fields[name], "args", ())), f"{type_name}.{name}"

    async def test_no_root_field_but_two_answers(self, graph: Graph, token: str) -> None:
        for case in CASES:
            root, name = case.field.split(".")
            if case.field not in {"Query.viewer", "Query.node"} and root != "Subscription":
                document = case.fill(UNKNOWN_IDS, UNKNOWN_IDS)

                messages = await read_messages(graph, token, document)

                assert f"Cannot query field '{name}' on type '{root}'." in messages

    async def test_the_documented_page_of_a_creator_is_theirs_to_ask(self, graph: Graph, token: str) -> None:
        document = (PROJECT / "docs/queries/08-a-creators-own-page.graphql").read_text()

        answer = await graph.ask(document, api_key=token)

        assert answer["viewer"]["creator"]["handle"] == "ann"

    async def test_a_brand_s_document_that_is_known_to_be_valid_is_not_valid_for_a_creator(
        self, graph: Graph, acme: Tenant, token: str
    ) -> None:
        document = "{ campaigns { nodes { id } } }"
        await acme.ask(document)

        assert await read_messages(graph, token, document) == {"Cannot query field 'campaigns' on type 'Query'."}
        await acme.ask(document)

    async def test_nothing_is_told_or_changed_over_a_websocket(self, served: ServedGraph, token: str) -> None:
        async with served.open_stream(token) as stream:
            for number, document in enumerate(
                ("subscription { clicks { __typename } }", "mutation { archiveLink(input: {id: 1}) { __typename } }")
            ):
                await stream.subscribe(document, operation=str(number))
                message = await stream.receive()

                assert message["type"] == "error"
                assert message["payload"][0]["message"].startswith("Cannot query field ")
