"""What lists of creators show of each takes as many statements for many creators as for one."""

import datetime as dt

import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_link
from tests.graph import open_graph
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.campaigns.posts import NewPost, create_post
from tracking.clock import utc_now
from tracking.creators.models import Creator, Platform
from tracking.creators.profiles import add_profile, record_follower_counts
from tracking.creators.rules import FollowerReading, NewProfile
from tracking.links.service import archive_link
from tracking.settings import Settings

NODES = {
    "posts": "posts(first: 2) { nodes { url links { slug } } }",
    "notices": "notices(first: 2) { nodes { kind link { slug } } }",
    "campaigns": "campaigns(first: 2) { nodes { name } }",
    "profiles": "profiles { followerCounts(first: 2) { nodes { followers } } }",
}
COSTS = {"posts": 5, "notices": 4, "campaigns": 3, "profiles": 4}  # the key, the creators, and what hangs on them


async def populate(account: Account, count: int) -> None:
    for _ in range(count):
        creator = await make_creator(account)
        for _ in range(3):
            await _publish(account, creator)
        profile = await add_profile(account.id, creator.id, NewProfile(Platform.X, "x"))
        days = [dt.date(2026, 1, day) for day in (1, 2, 3)]
        await record_follower_counts(account.id, [FollowerReading(profile.id, day, 1) for day in days])


async def _publish(account: Account, creator: Creator) -> None:
    """A campaign with a post, whose link was archived since."""
    [member] = await join(account, await make_campaign(account), [creator])
    link = await make_link(account, creator)
    await create_post(account.id, NewPost(member.id, Platform.X, "https://x.example/1", utc_now(), (link.id,)))
    await archive_link(account.id, link.id)


@pytest.mark.parametrize("field", NODES)
@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.usefixtures("answered_once")
async def test_a_page_of_each_creator_takes_one_statement(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, field: str, count: int
) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            account = await make_brand()
            key = (await create_api_key(account.id, "test", [Scope.READ])).token
            await populate(account, count)
            await graph.ask("{ viewer { scopes } }", api_key=key)  # from now on the key's use is noted

            statements.clear()
            creators = (await graph.ask(f"{{ creators {{ nodes {{ {NODES[field]} }} }} }}", api_key=key))["creators"]

    pages = [
        creator[field] if field != "profiles" else creator[field][0]["followerCounts"] for creator in creators["nodes"]
    ]
    assert [len(page["nodes"]) for page in pages] == [2] * count
    assert len(statements) == COSTS[field]
