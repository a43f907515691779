import asyncio
import datetime as dt
from typing import Any, NamedTuple

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, CampaignCreator, Post, PostLink, Stage
from tracking.campaigns.posts import NewPost, create_post, delete_post, update_post
from tracking.creators.models import Creator, Platform
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.links.models import Link

pytestmark = pytest.mark.feature("CU8")
URL = "https://video.example/watch?v=1"
AT = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)


class Setting(NamedTuple):
    account: Account
    creator: Creator
    campaign: Campaign
    member: CampaignCreator
    link_ids: tuple[int, ...]

    def note(self, **given: Any) -> NewPost:
        fields = {"campaign_creator_id": self.member.id, "platform": Platform.YOUTUBE, "url": URL, "published_at": AT}
        return NewPost(**{**fields, **given})


@pytest.fixture
async def setting(orm: TortoiseContext) -> Setting:
    """A creator with a link of the campaign and one for everything."""
    account = await make_brand()
    creator, campaign = await make_creator(account), await make_campaign(account)
    await make_deliverable(account, campaign)
    [member] = await join(account, campaign, [creator], Stage.ACCEPTED)
    await make_link(account, creator)
    return Setting(account, creator, campaign, member, tuple(sorted([link.id for link in await Link.all()])))


async def read_links(post_id: int) -> list[int]:
    return [row.link_id for row in await PostLink.filter(post_id=post_id).order_by("link_id")]


async def test_a_post_carries_links_of_its_creator(setting: Setting) -> None:
    post_id = await create_post(setting.account.id, setting.note(link_ids=setting.link_ids * 2))

    stored = await Post.get(id=post_id)
    assert (stored.platform, stored.url, stored.published_at) == (Platform.YOUTUBE, URL, AT)
    assert await read_links(post_id) == list(setting.link_ids)


@pytest.mark.feature("R11")
async def test_other_links_are_refused_by_their_place(setting: Setting) -> None:
    account, own = setting.account, setting.link_ids[0]
    elsewhere = await make_campaign(account, "Winter")
    await make_deliverable(account, elsewhere)
    await join(account, elsewhere, [setting.creator], Stage.ACCEPTED)
    stranger = await make_brand("stranger")
    refusals = {
        (await make_link(account, await make_creator(account))).id: InvalidInputError,
        (await Link.get(campaign_id=elsewhere.id)).id: InvalidInputError,
        (await make_link(stranger, await make_creator(stranger))).id: NotFoundError,
        10**15: NotFoundError,
    }

    for link_id, error in refusals.items():
        with pytest.raises(error) as refused:
            await create_post(account.id, setting.note(link_ids=(own, link_id)))
        assert isinstance(refused.value, DomainError)
        assert refused.value.path == ("linkIds", "1")
    assert await Post.all().count() == 0


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"url": "javascript:alert(1)"}, ("url",)),
        ({"published_at": dt.datetime(2026, 5, 1)}, ("publishedAt",)),  # noqa: DTZ001 -- what is refused
        ({"link_ids": (1,) * 51}, ("linkIds",)),
        ({"campaign_creator_id": 10**15}, ("campaignCreatorId",)),
    ],
)
async def test_what_is_wrong_is_named(setting: Setting, given: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(DomainError) as refused:
        await create_post(setting.account.id, setting.note(**given))

    assert refused.value.path == path
    assert await Post.all().count() == 0


async def test_an_address_is_noted_once(setting: Setting) -> None:
    calls = [create_post(setting.account.id, setting.note()) for _ in range(5)]

    answers = await asyncio.gather(*calls, return_exceptions=True)

    assert sum(isinstance(answer, int) for answer in answers) == 1
    assert sum(isinstance(answer, TakenError) for answer in answers) == 4


async def test_a_repeat_with_its_key_answers_with_the_first_post(setting: Setting) -> None:
    calls = [create_post(setting.account.id, setting.note(), idempotency_key="k1") for _ in range(5)]

    answers = await asyncio.gather(*calls)

    assert len(set(answers)) == 1
    assert await Post.all().count() == 1


async def test_only_what_is_named_changes(setting: Setting) -> None:
    first, second = setting.link_ids
    post_id = await create_post(setting.account.id, setting.note(link_ids=(first,)))

    await update_post(setting.account.id, post_id, {"platform": Platform.TIKTOK})
    assert await read_links(post_id) == [first]
    await update_post(setting.account.id, post_id, {"link_ids": (second,)})

    stored = await Post.get(id=post_id)
    assert (stored.platform, stored.url, await read_links(post_id)) == (Platform.TIKTOK, URL, [second])


async def test_a_refused_change_changes_nothing(setting: Setting) -> None:
    await create_post(setting.account.id, setting.note(url="https://video.example/other"))
    post_id = await create_post(setting.account.id, setting.note(link_ids=setting.link_ids))
    stranger = await make_brand("stranger")

    with pytest.raises(TakenError):
        await update_post(setting.account.id, post_id, {"url": "https://video.example/other"})
    with pytest.raises(NotFoundError):
        await update_post(setting.account.id, post_id, {"platform": Platform.X, "link_ids": (10**15,)})
    with pytest.raises(NotFoundError):
        await update_post(stranger.id, post_id, {"platform": Platform.X})

    stored = await Post.get(id=post_id)
    assert (stored.platform, stored.url, await read_links(post_id)) == (Platform.YOUTUBE, URL, list(setting.link_ids))


@pytest.mark.feature("LO8")
async def test_a_deleted_post_leaves_its_links_and_a_line_of_history(setting: Setting, pool: asyncpg.Pool) -> None:
    post_id = await create_post(setting.account.id, setting.note(link_ids=setting.link_ids))
    stranger = await make_brand("stranger")
    with pytest.raises(NotFoundError):
        await delete_post(stranger.id, post_id)

    await delete_post(setting.account.id, post_id)

    assert (await Post.all().count(), await PostLink.all().count()) == (0, 0)
    assert await Link.filter(archived_at=None).count() == 2
    told = await pool.fetchval("SELECT before->>'url' FROM history_entry WHERE action = 'POST_DELETED'")
    assert told == URL
