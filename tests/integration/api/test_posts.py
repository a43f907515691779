from typing import Any

import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_link
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.posts import NewPost, create_post
from tracking.clock import utc_now
from tracking.creators.models import Platform
from tracking.settings import Settings

pytestmark = pytest.mark.feature("CU8")
POST = "id platform url publishedAt links { slug } campaignCreator { creator { handle } }"
CREATE = f"""
    mutation ($input: CreatePostInput!) {{
        createPost(input: $input) {{
            ... on CreatePostSuccess {{ post {{ {POST} }} }}
            ... on UserError {{ code path }}
        }}
    }}
"""
UPDATE = f"""
    mutation ($input: UpdatePostInput!) {{
        updatePost(input: $input) {{
            ... on UpdatePostSuccess {{ post {{ {POST} }} }}
            ... on UserError {{ code path }}
        }}
    }}
"""
DELETE = """
    mutation ($id: ID!) {
        deletePost(input: { id: $id }) {
            ... on DeletePostSuccess { campaignCreator { posts { url } links { nodes { slug } } } }
            ... on UserError { code path }
        }
    }
"""
SETTING = """
    { campaigns { nodes { creators { nodes { id posts { url } } } } } links { nodes { id slug } } }
"""
LIST = """
    query ($filter: PostFilter, $orderBy: OrderDirection = DESC, $first: Int, $after: String) {
        creators { nodes { posts(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
            nodes { id url } pageInfo { endCursor }
        } } }
    }
"""


@pytest.fixture
async def ids(acme: Tenant) -> dict[str, str]:
    """Of the creator in the campaign, and of a link by its slug."""
    creator = await make_creator(acme.account, "ada")
    await join(acme.account, await make_campaign(acme.account), [creator])
    await make_link(acme.account, creator, slug="bio")
    setting = await acme.ask(SETTING)
    [member] = setting["campaigns"]["nodes"][0]["creators"]["nodes"]
    return {"member": member["id"], **{link["slug"]: link["id"] for link in setting["links"]["nodes"]}}


async def create(tenant: Tenant, member_id: str, name: str = "1", **given: Any) -> dict[str, Any]:
    fields = {
        "campaignCreatorId": member_id,
        "platform": "YOUTUBE",
        "url": f"https://video.example/{name}",
        "publishedAt": f"2026-05-0{name}T12:00:00Z",
        **given,
    }
    answer: dict[str, Any] = (await tenant.ask(CREATE, input=fields))["createPost"]
    return answer


async def test_a_post_names_its_creator_and_the_links_that_it_carries(acme: Tenant, ids: dict[str, str]) -> None:
    post = (await create(acme, ids["member"], linkIds=[ids["bio"]]))["post"]
    changed = (await acme.ask(UPDATE, input={"id": post["id"], "platform": "TIKTOK", "linkIds": []}))["updatePost"]
    by_id = await acme.ask("query ($id: ID!) { node(id: $id) { ... on Post { url } } }", id=post["id"])

    assert post == {
        "id": post["id"],
        "platform": "YOUTUBE",
        "url": "https://video.example/1",
        "publishedAt": "2026-05-01T12:00:00Z",
        "links": [{"slug": "bio"}],
        "campaignCreator": {"creator": {"handle": "ada"}},
    }
    assert changed["post"] == {**post, "platform": "TIKTOK", "links": []}
    assert by_id["node"] == {"url": "https://video.example/1"}


@pytest.mark.feature("LO8")
async def test_a_deleted_post_leaves_its_links(acme: Tenant, ids: dict[str, str]) -> None:
    post = (await create(acme, ids["member"], linkIds=[ids["bio"]]))["post"]

    answer = await acme.ask(DELETE, id=post["id"])

    assert answer["deletePost"]["campaignCreator"]["posts"] == []
    assert [link["slug"] for link in (await acme.ask(SETTING))["links"]["nodes"]] == ["bio"]
    assert (await acme.ask(DELETE, id=post["id"]))["deletePost"] == {"code": "NOT_FOUND", "path": ["id"]}


@pytest.mark.parametrize(
    ("given", "code", "path"),
    [
        ({"url": "https://video.example/1"}, "TAKEN", ["url"]),
        ({"url": "javascript:1"}, "INVALID_INPUT", ["url"]),
        ({"linkIds": ["garbage"]}, "NOT_FOUND", ["linkIds", "0"]),
        ({"campaignCreatorId": "garbage"}, "NOT_FOUND", ["campaignCreatorId"]),
    ],
)
async def test_what_can_be_wrong_is_data(
    acme: Tenant, ids: dict[str, str], given: dict[str, Any], code: str, path: list[str]
) -> None:
    await create(acme, ids["member"])

    answer = await create(acme, ids["member"], "2", **given)

    assert (answer["code"], answer["path"]) == (code, path)


async def test_a_repeat_after_the_post_was_deleted_says_so(acme: Tenant, ids: dict[str, str]) -> None:
    post = (await create(acme, ids["member"], idempotencyKey="k1"))["post"]
    assert (await create(acme, ids["member"], idempotencyKey="k1"))["post"] == post

    await acme.ask(DELETE, id=post["id"])

    assert (await create(acme, ids["member"], idempotencyKey="k1"))["code"] == "NOT_FOUND"


async def test_they_are_filtered_ordered_and_paged(acme: Tenant, ids: dict[str, str]) -> None:
    for name, given in (("2", {}), ("1", {"linkIds": [ids["bio"]]}), ("3", {"platform": "X"})):
        await create(acme, ids["member"], name, **given)

    async def ask(**variables: Any) -> tuple[str, str]:
        posts = (await acme.ask(LIST, **variables))["creators"]["nodes"][0]["posts"]
        return "".join(post["url"][-1] for post in posts["nodes"]), posts["pageInfo"]["endCursor"]

    assert (await ask())[0] == "321"
    found, cursor = await ask(orderBy="ASC", first=2)
    assert (found, (await ask(orderBy="ASC", first=2, after=cursor))[0]) == ("12", "3")
    assert (await ask(filter={"platforms": ["X"]}))[0] == "3"
    assert (await ask(filter={"linkId": ids["bio"]}))[0] == "1"
    assert (await ask(filter={"publishedFrom": "2026-05-02T12:00:00Z", "publishedTo": "2026-05-03T12:00:00Z"}))[
        0
    ] == "2"
    assert (await ask(filter={"campaignId": "garbage"}))[0] == ""


@pytest.mark.feature("R11")
async def test_the_post_of_another_account_is_unknown(acme: Tenant, other: Tenant, ids: dict[str, str]) -> None:
    post = (await create(acme, ids["member"]))["post"]

    assert (await other.ask("query ($id: ID!) { node(id: $id) { id } }", id=post["id"]))["node"] is None
    assert (await other.ask(UPDATE, input={"id": post["id"]}))["updatePost"]["code"] == "NOT_FOUND"
    assert (await other.ask(DELETE, id=post["id"]))["deletePost"]["code"] == "NOT_FOUND"


async def publish(account: Account, count: int) -> None:
    """A creator with two posts, as often as asked."""
    campaign = await make_campaign(account)
    for _ in range(count):
        creator = await make_creator(account)
        [member] = await join(account, campaign, [creator])
        link = await make_link(account, creator)
        for name in ("a", "b"):
            post = NewPost(member.id, Platform.X, f"https://x.example/{name}", utc_now(), (link.id,))
            await create_post(account.id, post)


@pytest.mark.parametrize("count", [1, 8])
@pytest.mark.usefixtures("answered_once")
async def test_posts_and_their_links_take_as_many_statements_for_any_number_of_creators(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    asked = """
        { campaigns(first: 1) { nodes { creators { nodes { deal { currency } posts { links { slug } } } } } } }
    """
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            await publish(account, count)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            [campaign] = (await graph.ask(asked, api_key=key))["campaigns"]["nodes"]

    assert [len(creator["posts"]) for creator in campaign["creators"]["nodes"]] == [2] * count
    assert len(statements) == 7  # the key, the time zone, campaigns, their creators, posts, their links, the links
