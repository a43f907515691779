import asyncio

import asyncpg
import pytest
from tortoise.transactions import in_transaction

from tests.brand import make_brand, make_campaign, make_creator, make_link
from tests.waiting import eventually
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, CampaignStatus
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import choose_link_domain
from tracking.domains.service import archive_domain, create_domain, update_domain
from tracking.errors import InvalidInputError, NotFoundError
from tracking.links.models import Link

pytestmark = [pytest.mark.usefixtures("orm"), pytest.mark.feature("TR2")]


@pytest.fixture
async def account() -> Account:
    return await make_brand()


async def add(account: Account, host: str, *, is_verified: bool = True) -> TrackingDomain:
    domain = await create_domain(account.id, host)
    if is_verified:
        await TrackingDomain.filter(id=domain.id).update(verified_at=utc_now())
    return domain


class TestPrecedence:
    async def test_the_default_comes_last(self, account: Account) -> None:
        assert (await choose_link_domain(account.id)).host == "acme.localhost"

    async def test_the_campaigns_comes_before_it(self, account: Account) -> None:
        campaign, domain = await make_campaign(account), await add(account, "summer.brand.example")
        await Campaign.filter(id=campaign.id).update(domain_id=domain.id)

        assert (await choose_link_domain(account.id, campaign_id=campaign.id)).id == domain.id

    async def test_a_campaign_without_one_leaves_it_to_the_default(self, account: Account) -> None:
        campaign = await make_campaign(account)

        assert (await choose_link_domain(account.id, campaign_id=campaign.id)).host == "acme.localhost"

    async def test_the_one_asked_for_comes_first(self, account: Account) -> None:
        campaign, domain = await make_campaign(account), await add(account, "summer.brand.example")
        await Campaign.filter(id=campaign.id).update(domain_id=domain.id)
        wanted = await add(account, "go.brand.example")

        assert (await choose_link_domain(account.id, domain_id=wanted.id, campaign_id=campaign.id)).id == wanted.id

    async def test_an_unverified_choice_of_the_campaign_is_said_to_be_its(self, account: Account) -> None:
        campaign = await make_campaign(account)
        domain = await add(account, "summer.brand.example", is_verified=False)
        await Campaign.filter(id=campaign.id).update(domain_id=domain.id)

        with pytest.raises(InvalidInputError) as refused:
            await choose_link_domain(account.id, campaign_id=campaign.id)
        assert refused.value.path == ("campaignId",)

    async def test_a_foreign_one_is_unknown(self, account: Account) -> None:
        foreign = await add(await make_brand("other"), "go.other.example")

        with pytest.raises(NotFoundError):
            await choose_link_domain(account.id, domain_id=foreign.id)

    async def test_an_archived_one_takes_no_links(self, account: Account) -> None:
        domain = await add(account, "go.brand.example")
        await archive_domain(account.id, domain.id)

        with pytest.raises(InvalidInputError):
            await choose_link_domain(account.id, domain_id=domain.id)


class TestArchive:
    async def test_one_with_a_link_that_works_stays(self, account: Account) -> None:
        link = await make_link(account, await make_creator(account))

        with pytest.raises(InvalidInputError) as refused:
            await archive_domain(account.id, link.domain_id)
        assert refused.value.path == ("id",)
        assert (await TrackingDomain.get(id=link.domain_id)).archived_at is None

    async def test_one_with_archived_links_may_go_and_they_answer_on(self, account: Account) -> None:
        link = await make_link(account, await make_creator(account))
        await Link.filter(id=link.id).update(archived_at=utc_now())

        archived = await archive_domain(account.id, link.domain_id)

        assert archived.archived_at is not None
        assert (archived.is_default, archived.verified_at is not None) == (False, True)

    async def test_one_that_a_campaign_chose_stays_until_that_is_archived(self, account: Account) -> None:
        campaign, domain = await make_campaign(account), await add(account, "summer.brand.example")
        await Campaign.filter(id=campaign.id).update(domain_id=domain.id)

        with pytest.raises(InvalidInputError):
            await archive_domain(account.id, domain.id)

        await Campaign.filter(id=campaign.id).update(status=CampaignStatus.ARCHIVED)
        assert (await archive_domain(account.id, domain.id)).archived_at is not None

    async def test_the_default_stays_while_there_is_another(self, account: Account) -> None:
        other = await add(account, "go.brand.example")
        local = await TrackingDomain.get(host="acme.localhost")

        with pytest.raises(InvalidInputError):
            await archive_domain(account.id, local.id)

        await update_domain(account.id, other.id, is_default=True)
        assert (await archive_domain(account.id, local.id)).archived_at is not None

    async def test_archiving_again_changes_nothing(self, account: Account) -> None:
        domain = await add(account, "go.brand.example")

        first, again = [await archive_domain(account.id, domain.id) for _ in range(2)]

        assert again.archived_at == first.archived_at

    async def test_a_link_being_made_keeps_it(self, account: Account, pool: asyncpg.Pool) -> None:
        domain, creator = await add(account, "go.brand.example"), await make_creator(account)
        link = await make_link(account, creator)
        is_chosen = asyncio.Event()

        async def archive() -> None:
            await is_chosen.wait()
            await archive_domain(account.id, domain.id)

        archiving = asyncio.create_task(archive())  # outside of the transaction, which a task would join
        async with in_transaction():
            await choose_link_domain(account.id, domain_id=domain.id)
            is_chosen.set()
            await eventually(lambda: pool.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"))
            await Link.filter(id=link.id).update(domain_id=domain.id)

        with pytest.raises(InvalidInputError):
            await archiving
