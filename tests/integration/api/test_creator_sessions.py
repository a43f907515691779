"""A creator's session is the Campaign Manager: what is theirs, and nothing else exists (LS11)."""

from typing import Any

import pytest
from graphql import GraphQLInputObjectType

from api.creator_sessions import ALLOWED
from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_link
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.schema_walk import GRAPH, list_object_types
from tests.streaming import ServedGraph
from tests.tenancy import CASES
from tests.tenancy.unknown import UNKNOWN_IDS
from tracking.campaigns.models import Stage
from tracking.creators.models import Creator, CreatorNotice, NoticeKind
from tracking.links.models import Link

CREATE = """
    mutation ($creator: ID!) {
      createSessionToken(input: {creatorId: $creator}) { ... on CreateSessionTokenSuccess { token } }
    }
"""
OWN = """
    {
      viewer {
        expiresAt
        creator {
          id handle name
          totals { uniqueClicks repeatClicks countedClicks }
          campaigns(first: 10) { nodes { id name status startsAt endsAt } pageInfo { hasNextPage } }
          links(first: 100, filter: {isArchived: null}) {
            edges {
              cursor
              node {
                id shortUrl host slug label destinationUrl createdAt archivedAt
                replacedBy { id } totals { uniqueClicks repeatClicks countedClicks } qrCodeUrl(format: PNG, sizePx: 256)
              }
            }
          }
          notices { nodes { kind createdAt link { id } replacement { id } } }
        }
      }
    }
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
pytestmark = pytest.mark.feature("LS11")


async def open_session(tenant: Tenant, creator: Creator) -> str:
    answer = await tenant.ask(CREATE, creator=encode_id("Creator", creator.id))
    token: str = answer["createSessionToken"]["token"]
    return token


@pytest.fixture
async def ann(acme: Tenant) -> Creator:
    return await make_creator(acme.account, "ann")


@pytest.fixture
async def token(acme: Tenant, ann: Creator) -> str:
    return await open_session(acme, ann)


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


class TestRows:
    async def test_a_creator_sees_their_own_campaigns_and_links(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        shared, of_ben = await make_campaign(acme.account, "Shared"), await make_campaign(acme.account, "Ben's")
        await join(acme.account, shared, [ann, ben], Stage.ACTIVE)
        await join(acme.account, of_ben, [ben])
        link = await make_link(acme.account, ann, slug="ann-bio", label="Bio")
        await make_link(acme.account, ben)

        viewer = (await graph.ask(OWN, api_key=await open_session(acme, ann)))["viewer"]

        creator = viewer["creator"]
        assert (creator["id"], creator["handle"]) == (encode_id("Creator", ann.id), "ann")
        assert [node["name"] for node in creator["campaigns"]["nodes"]] == ["Shared"]
        [edge] = creator["links"]["edges"]
        assert (edge["node"]["id"], edge["node"]["label"]) == (encode_id("Link", link.id), "Bio")
        assert edge["node"]["shortUrl"].endswith("/ann-bio")
        assert edge["node"]["totals"] == {"uniqueClicks": 0, "repeatClicks": 0, "countedClicks": 0}

    async def test_the_link_of_another_creator_is_no_replacement_that_they_see(
        self, graph: Graph, acme: Tenant, ann: Creator
    ) -> None:
        ben = await make_creator(acme.account, "ben")
        first, second, third = [await make_link(acme.account, creator) for creator in (ann, ann, ben)]
        await Link.filter(id=first.id).update(replaced_by_id=second.id)
        await Link.filter(id=second.id).update(replaced_by_id=third.id)

        viewer = (await graph.ask(OWN, api_key=await open_session(acme, ann)))["viewer"]

        nodes = [edge["node"] for edge in viewer["creator"]["links"]["edges"]]
        assert [(node["id"], node["replacedBy"]) for node in nodes] == [
            (encode_id("Link", second.id), None),
            (encode_id("Link", first.id), {"id": encode_id("Link", second.id)}),
        ]

    async def test_their_notices_name_no_link_of_another_creator(
        self, graph: Graph, acme: Tenant, ann: Creator
    ) -> None:
        ben = await make_creator(acme.account, "ben")
        first, second = await make_link(acme.account, ann), await make_link(acme.account, ben)
        for creator in (ann, ben):
            await CreatorNotice.create(
                account_id=acme.account.id,
                creator_id=creator.id,
                kind=NoticeKind.LINK_ARCHIVED,
                link_id=first.id,
                replacement_id=second.id,
            )

        viewer = (await graph.ask(OWN, api_key=await open_session(acme, ann)))["viewer"]

        [notice] = viewer["creator"]["notices"]["nodes"]
        assert (notice["kind"], notice["link"], notice["replacement"]) == (
            "LINK_ARCHIVED",
            {"id": encode_id("Link", first.id)},
            None,
        )

    async def test_a_filter_reaches_no_campaign_of_others(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        campaign = await make_campaign(acme.account)
        await join(acme.account, campaign, [ben], Stage.ACTIVE)
        query = """query ($id: ID) { viewer { creator { links(filter: {campaignId: $id}) { nodes { id } } } } }"""

        answer = await graph.ask(query, api_key=await open_session(acme, ann), id=encode_id("Campaign", campaign.id))

        assert answer["viewer"]["creator"]["links"]["nodes"] == []


class TestNodes:
    async def test_what_is_theirs_is_found_by_its_id(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        campaign = await make_campaign(acme.account)
        await join(acme.account, campaign, [ann])
        link = await make_link(acme.account, ann)
        token = await open_session(acme, ann)

        for type_name, key in (("Creator", ann.id), ("Campaign", campaign.id), ("Link", link.id)):
            node = (await graph.ask(NODE, api_key=token, id=encode_id(type_name, key)))["node"]

            assert node == {"__typename": type_name, "id": encode_id(type_name, key)}

    async def test_what_is_not_theirs_answers_as_unknown(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        shared, of_ben = await make_campaign(acme.account), await make_campaign(acme.account)
        [_, membership_of_ben] = await join(acme.account, shared, [ann, ben], Stage.ACTIVE)
        [membership_of_ann] = [each for each in await join(acme.account, shared, [ann]) if each]
        await join(acme.account, of_ben, [ben])
        link_of_ben = await make_link(acme.account, ben)
        token = await open_session(acme, ann)

        for type_name, key in (
            ("Account", acme.account.id),
            ("Creator", ben.id),
            ("Campaign", of_ben.id),
            ("Link", link_of_ben.id),
            ("CampaignCreator", membership_of_ben.id),
            ("CampaignCreator", membership_of_ann.id),
            ("Link", 2**62),
        ):
            assert await graph.ask(NODE, api_key=token, id=encode_id(type_name, key)) == {"node": None}

    @pytest.mark.feature("R11")
    async def test_nothing_of_another_account_is_found(
        self, graph: Graph, acme: Tenant, other: Tenant, ann: Creator
    ) -> None:
        theirs = await make_creator(other.account, "ann")
        link = await make_link(other.account, theirs)
        token = await open_session(acme, ann)

        for global_id in (encode_id("Creator", theirs.id), encode_id("Link", link.id)):
            assert await graph.ask(NODE, api_key=token, id=global_id) == {"node": None}
