import asyncio
from collections import Counter

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, CampaignCreator, Stage
from tracking.campaigns.service import set_stage
from tracking.campaigns.stages import Move, set_stages
from tracking.errors import InvalidInputError, NotFoundError
from tracking.links.generation import generate_missing_links
from tracking.links.models import Link
from tracking.links.service import archive_link

pytestmark = pytest.mark.usefixtures("orm")
Setting = tuple[Account, Campaign, list[CampaignCreator]]


@pytest.fixture
async def setting(orm: TortoiseContext) -> Setting:
    """Two deliverables, and five creators who applied."""
    account = await make_brand()
    campaign = await make_campaign(account)
    for _ in range(2):
        await make_deliverable(account, campaign, slug_template="{creator}")
    return account, campaign, await join(account, campaign, [await make_creator(account) for _ in range(5)])


async def count_links() -> dict[int | None, int]:
    return dict(Counter([link.creator_id for link in await Link.filter(archived_at=None)]))


@pytest.mark.feature("LS2", "LO1")
async def test_all_are_moved_and_have_their_links(setting: Setting) -> None:
    account, _, members = setting

    outcomes = await set_stages(account.id, [Move(member.id, Stage.ACCEPTED) for member in members])

    assert [(each.membership and each.membership.stage, each.error) for each in outcomes] == [
        (Stage.ACCEPTED, None)
    ] * 5
    assert await count_links() == {member.creator_id: 2 for member in members}


@pytest.mark.feature("LS2", "LO1")
async def test_promoted_twice_at_once_each_link_is_made_once(setting: Setting) -> None:
    account, _, members = setting
    moves = [Move(member.id, Stage.ACCEPTED) for member in members]
    calls = [set_stages(account.id, order) for order in (moves, moves[::-1]) * 3]

    await asyncio.gather(*calls, generate_missing_links(), set_stage(account.id, members[0].id, Stage.ACTIVE))

    assert await count_links() == {member.creator_id: 2 for member in members}
    assert await Link.all().count() == 10


async def test_creators_of_several_campaigns_are_moved_in_one_call(setting: Setting) -> None:
    account, _, members = setting
    other = await make_campaign(account, "Winter")
    await make_deliverable(account, other)
    [elsewhere] = await join(account, other, [await make_creator(account)])

    await set_stages(account.id, [Move(elsewhere.id, Stage.ACTIVE), Move(members[0].id, Stage.COMPLETED)])

    assert await count_links() == {elsewhere.creator_id: 1, members[0].creator_id: 2}


@pytest.mark.feature("LS3", "LS7")
async def test_only_who_is_promoted_again_gets_a_new_link_for_an_archived_one(setting: Setting) -> None:
    account, _, members = setting
    first, second, *_ = members
    await set_stages(account.id, [Move(first.id, Stage.ACCEPTED), Move(second.id, Stage.ACCEPTED)])
    for link in await Link.all():
        await archive_link(account.id, link.id)
    await set_stage(account.id, first.id, Stage.APPLIED)

    await set_stages(account.id, [Move(first.id, Stage.ACTIVE), Move(second.id, Stage.ACTIVE)])

    assert await count_links() == {first.creator_id: 2}
    replaced = await Link.filter(creator_id=first.creator_id).exclude(archived_at=None)
    assert all(link.replaced_by_id is not None for link in replaced)


async def test_any_move_is_allowed_and_takes_no_link_away(setting: Setting) -> None:
    account, _, [member, *_] = setting
    for stage in (Stage.COMPLETED, Stage.DECLINED, Stage.ACTIVE, Stage.APPLIED, Stage.ACCEPTED, Stage.DECLINED):
        [outcome] = await set_stages(account.id, [Move(member.id, stage)])
        assert outcome.membership is not None
        assert outcome.membership.stage is stage
        assert await count_links() == {member.creator_id: 2}


async def test_one_that_cannot_be_moved_does_not_hold_up_the_others(setting: Setting) -> None:
    account, _, [first, second, *_] = setting
    moves = [
        Move(first.id, Stage.ACCEPTED),
        Move(10**15, Stage.ACCEPTED),
        Move(first.id, Stage.DECLINED),
        Move(first.id, Stage.ACCEPTED),
        Move(second.id, Stage.ACTIVE),
    ]

    outcomes = await set_stages(account.id, moves)

    assert [(type(each.error), each.error and each.error.path) for each in outcomes] == [
        (type(None), None),
        (NotFoundError, ("items", "1", "id")),
        (InvalidInputError, ("items", "2", "stage")),
        (type(None), None),
        (type(None), None),
    ]
    assert [(await CampaignCreator.get(id=each.id)).stage for each in (first, second)] == [Stage.ACCEPTED, Stage.ACTIVE]


@pytest.mark.parametrize("count", [0, 1_001])
async def test_a_call_has_one_to_a_thousand(setting: Setting, count: int) -> None:
    account, _, [member, *_] = setting

    with pytest.raises(InvalidInputError) as refused:
        await set_stages(account.id, [Move(member.id, Stage.ACCEPTED)] * count)

    assert refused.value.path == ("items",)


@pytest.mark.feature("R11")
async def test_the_creators_of_another_account_are_unknown(setting: Setting) -> None:
    _, _, members = setting
    stranger = await make_brand("stranger")

    outcomes = await set_stages(stranger.id, [Move(member.id, Stage.ACCEPTED) for member in members])

    assert {type(each.error) for each in outcomes} == {NotFoundError}
    assert await Link.all().count() == 0


async def test_history_has_each_move_once(setting: Setting, pool: asyncpg.Pool) -> None:
    account, _, [member, *_] = setting

    for stage in (Stage.ACCEPTED, Stage.ACCEPTED, Stage.DECLINED):
        await set_stage(account.id, member.id, stage)

    rows = await pool.fetch(
        "SELECT subject_id, action, before->>'stage', after->>'stage' FROM history_entry"
        " WHERE subject_type = 'CampaignCreator' ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (member.id, "STAGE_CHANGED", "APPLIED", "ACCEPTED"),
        (member.id, "STAGE_CHANGED", "ACCEPTED", "DECLINED"),
    ]
