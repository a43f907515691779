"""A creator's session is the Campaign Manager: what is theirs, and nothing else exists (LS11)."""

import pytest

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_link
from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tests.sessions import open_creator_session
from tracking.campaigns.models import CampaignCreator, Post, PostLink, Stage
from tracking.clock import utc_now
from tracking.creators.models import Creator, CreatorNotice, NoticeKind, Platform
from tracking.links.models import Link

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
          posts(first: 10) { nodes { id platform url links { id } } }
          notices { nodes { kind createdAt link { id } replacement { id } } }
        }
      }
    }
"""
NODE = "query ($id: ID!) { node(id: $id) { __typename id } }"
pytestmark = pytest.mark.feature("LS11")


async def open_session(tenant: Tenant, creator: Creator) -> str:
    return await open_creator_session(tenant.graph, tenant.key, creator)


@pytest.fixture
async def ann(acme: Tenant) -> Creator:
    return await make_creator(acme.account, "ann")


async def make_post(member: CampaignCreator, url: str) -> Post:
    return await Post.create(
        account_id=member.account_id,
        campaign_creator_id=member.id,
        platform=Platform.TIKTOK,
        url=url,
        published_at=utc_now(),
    )


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

    async def test_their_posts_show_their_links_alone(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        of_ann, of_ben = await join(acme.account, await make_campaign(acme.account), [ann, ben])
        own, foreign = await make_link(acme.account, ann), await make_link(acme.account, ben)
        post, _ = [await make_post(member, f"https://social.example/{member.id}") for member in (of_ann, of_ben)]
        for link in (own, foreign):  # no use case would carry the second one
            await PostLink.create(post_id=post.id, link_id=link.id)

        viewer = (await graph.ask(OWN, api_key=await open_session(acme, ann)))["viewer"]

        assert viewer["creator"]["posts"]["nodes"] == [
            {
                "id": encode_id("Post", post.id),
                "platform": "TIKTOK",
                "url": f"https://social.example/{of_ann.id}",
                "links": [{"id": encode_id("Link", own.id)}],
            }
        ]

    async def test_a_filter_reaches_no_campaign_of_others(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        campaign = await make_campaign(acme.account)
        await join(acme.account, campaign, [ben], Stage.ACTIVE)
        query = """query ($id: ID) { viewer { creator { links(filter: {campaignId: $id}) { nodes { id } } } } }"""

        answer = await graph.ask(query, api_key=await open_session(acme, ann), id=encode_id("Campaign", campaign.id))

        assert answer["viewer"]["creator"]["links"]["nodes"] == []

    @pytest.mark.parametrize("given", [{"anyTag": ["vip"]}, {"kinds": ["CREATOR"]}, {"search": "a"}])
    async def test_a_variable_filters_by_nothing_that_a_document_may_not(
        self, graph: Graph, acme: Tenant, ann: Creator, given: dict[str, object]
    ) -> None:
        await make_link(acme.account, ann)
        query = "query ($filter: LinkFilter) { viewer { creator { links(filter: $filter) { nodes { id } } } } }"
        token = await open_session(acme, ann)

        assert await graph.refuse(query, api_key=token, filter=given) == "GRAPHQL_VALIDATION_FAILED"
        assert len((await graph.ask(query, api_key=token, filter={}))["viewer"]["creator"]["links"]["nodes"]) == 1


class TestNodes:
    async def test_what_is_theirs_is_found_by_its_id(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        campaign = await make_campaign(acme.account)
        [member] = await join(acme.account, campaign, [ann])
        link = await make_link(acme.account, ann)
        post = await make_post(member, "https://social.example/1")
        token = await open_session(acme, ann)

        for type_name, key in (("Creator", ann.id), ("Campaign", campaign.id), ("Link", link.id), ("Post", post.id)):
            node = (await graph.ask(NODE, api_key=token, id=encode_id(type_name, key)))["node"]

            assert node == {"__typename": type_name, "id": encode_id(type_name, key)}

    async def test_what_is_not_theirs_answers_as_unknown(self, graph: Graph, acme: Tenant, ann: Creator) -> None:
        ben = await make_creator(acme.account, "ben")
        shared, of_ben = await make_campaign(acme.account), await make_campaign(acme.account)
        membership_of_ann, membership_of_ben = await join(acme.account, shared, [ann, ben], Stage.ACTIVE)
        await join(acme.account, of_ben, [ben])
        link_of_ben = await make_link(acme.account, ben)
        post_of_ben = await make_post(membership_of_ben, "https://social.example/1")
        token = await open_session(acme, ann)

        for type_name, key in (
            ("Account", acme.account.id),
            ("Creator", ben.id),
            ("Campaign", of_ben.id),
            ("Link", link_of_ben.id),
            ("CampaignCreator", membership_of_ben.id),
            ("CampaignCreator", membership_of_ann.id),
            ("Post", post_of_ben.id),
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
