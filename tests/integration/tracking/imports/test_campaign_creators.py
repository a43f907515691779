import pytest

from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.integration.tracking.imports.files import bring, count, list_problems
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, CampaignCreator, Stage
from tracking.imports.models import Import, ImportKind
from tracking.links.models import Link
from tracking.links.service import archive_link

pytestmark = pytest.mark.usefixtures("orm")


@pytest.fixture
async def account() -> Account:
    return await make_brand()


@pytest.fixture
async def campaign(account: Account) -> Campaign:
    campaign = await make_campaign(account)
    await Campaign.filter(id=campaign.id).update(external_id="summer")
    await make_deliverable(account, campaign)
    for handle in ("anna", "berta", "carl"):
        await make_creator(account, handle)
    return campaign


async def bring_stages(account: Account, campaign: Campaign, *rows: list[str]) -> Import:
    content = [["creator_handle", "stage"], *rows]
    return await bring(account, ImportKind.CAMPAIGN_CREATORS, content, campaign_id=campaign.id)


async def list_stages() -> dict[str, str]:
    rows = await CampaignCreator.all().select_related("creator").order_by("creator__handle")
    return {row.creator.handle: row.stage.value for row in rows}


async def list_link_owners() -> list[str]:
    links = await Link.filter(archived_at__isnull=True).select_related("creator").order_by("creator__handle")
    return [link.creator.handle for link in links if link.creator]


@pytest.mark.feature("CU11", "LS2")
async def test_past_applied_each_gets_a_link_with_the_row(account: Account, campaign: Campaign) -> None:
    rows = (["Anna", "accepted"], ["@berta", ""], ["carl", "Declined"], ["carl", "ACTIVE"])

    done = await bring_stages(account, campaign, *rows)
    again = await bring_stages(account, campaign, *rows[:2], rows[3])

    assert (count(done), count(again)) == ((3, 1, 0, 0), (0, 0, 3, 0))
    assert await list_stages() == {"anna": "ACCEPTED", "berta": "APPLIED", "carl": "ACTIVE"}
    assert await list_link_owners() == ["anna", "carl"]


@pytest.mark.feature("LS3")
async def test_a_promotion_makes_anew_what_was_archived_and_a_repeat_does_not(
    account: Account, campaign: Campaign
) -> None:
    await bring_stages(account, campaign, ["anna", "ACCEPTED"])
    await archive_link(account.id, (await Link.get()).id)
    await bring_stages(account, campaign, ["anna", "ACTIVE"])
    owners = [await list_link_owners()]
    for stage in ("APPLIED", "ACCEPTED"):
        await bring_stages(account, campaign, ["anna", stage])
        owners.append(await list_link_owners())

    assert owners == [[], [], ["anna"]]


async def test_an_empty_stage_leaves_a_creator_where_they_are(account: Account, campaign: Campaign) -> None:
    await join(account, campaign, [await make_creator(account, "dora")], Stage.ACTIVE)

    assert count(await bring_stages(account, campaign, ["dora", ""])) == (0, 0, 1, 0)
    assert await list_stages() == {"dora": "ACTIVE"}


@pytest.mark.feature("R11")
async def test_what_a_row_names_is_of_this_account_or_unknown(account: Account, campaign: Campaign) -> None:
    other = await make_brand("other")
    await make_creator(other, "foreign")
    await Campaign.filter(id=(await make_campaign(other)).id).update(external_id="theirs")
    rows = [
        ["campaign_external_id", "creator_external_id", "creator_handle", "stage"],
        ["summer", "", "foreign", ""],
        ["theirs", "", "anna", ""],
        ["", "", "anna", ""],
        ["summer", "", "", ""],
        ["summer", "m9", "anna", "NOWHERE"],
        ["summer", "", "anna", ""],
    ]

    done = await bring(account, ImportKind.CAMPAIGN_CREATORS, rows)

    assert count(done) == (1, 0, 0, 5)
    assert await list_problems(done) == [
        (2, "creator_handle", "NOT_FOUND"),
        (3, "campaign_external_id", "NOT_FOUND"),
        (4, "campaign_external_id", "REQUIRED"),
        (5, "creator_external_id", "REQUIRED"),
        (6, "creator_external_id", "NOT_FOUND"),
        (6, "stage", "INVALID"),
    ]
