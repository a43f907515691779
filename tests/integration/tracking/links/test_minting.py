import asyncio

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from tests.brand import make_brand, make_campaign, make_creator, make_deliverable
from tests.statements import recorded_statements
from tracking.accounts.models import Account
from tracking.domains.models import TrackingDomain
from tracking.errors import TakenError
from tracking.links.minting import LinkFields, Unminted, WantedLink, mint_link, mint_links
from tracking.links.models import Link, LinkKind
from tracking.orm import open_orm
from tracking.settings import Settings


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


async def describe(account: Account, label: str = "Flyer") -> LinkFields:
    domain = await TrackingDomain.get(account_id=account.id)
    return LinkFields(account.id, domain.id, domain.host, LinkKind.CUSTOM, "https://brand.example/", label)


async def mint(*wanted: WantedLink) -> list[int | Unminted]:
    async with in_transaction() as connection:
        return await mint_links(connection, wanted)


@pytest.mark.feature("CU10")
async def test_a_readable_slug_gets_a_number_unless_it_is_asked_for_exactly(account: Account) -> None:
    fields = await describe(account)

    made = await mint(
        WantedLink(fields, "anna"),
        WantedLink(fields, "anna"),
        WantedLink(fields, "anna", is_exact=True),
        WantedLink(fields, "ben", is_exact=True),
    )

    assert made[2] is Unminted.SLUG_TAKEN
    slugs = {link.id: (link.slug, link.is_readable) for link in await Link.all()}
    assert [slugs[each] for each in made if isinstance(each, int)] == [("anna", True), ("anna-2", True), ("ben", True)]


async def test_an_exact_slug_in_use_is_refused(account: Account) -> None:
    fields = await describe(account)

    await mint(WantedLink(fields, "anna"))

    async with in_transaction() as connection:
        with pytest.raises(TakenError) as refused:
            await mint_link(connection, fields, "anna", is_exact=True)

    assert refused.value.path == ("slug",)


@pytest.mark.feature("LO1", "LS2")
async def test_a_link_that_is_there_by_another_key_is_not_made_again(account: Account) -> None:
    campaign, creator = await make_campaign(account), await make_creator(account)
    deliverable = await make_deliverable(account, campaign)
    owners = {"campaign_id": campaign.id, "creator_id": creator.id, "deliverable_id": deliverable.id}
    fields = (await describe(account))._replace(kind=LinkKind.CAMPAIGN, **owners)

    first, second = await mint(WantedLink(fields, "anna"), WantedLink(fields, "anna"))

    assert (isinstance(first, int), second) == (True, Unminted.EXISTS)
    assert [link.slug for link in await Link.all()] == ["anna"]


async def test_parallel_calls_for_the_same_slugs_in_any_order_wait_and_never_deadlock(account: Account) -> None:
    fields = await describe(account)
    names = [WantedLink(fields, name) for name in ("anna", "ben", "cleo", "dora")]
    orders = [names, names[::-1], names[1::2] + names[::2]] * 4

    made = await asyncio.gather(*(mint(*order) for order in orders))

    assert len({link_id for ids in made for link_id in ids}) == 48
    assert {link.slug for link in await Link.all()} == {
        *("anna", "ben", "cleo", "dora"),
        *(f"{name}-{number}" for name in ("anna", "ben", "cleo", "dora") for number in range(2, 13)),
    }


async def test_any_number_takes_the_same_statements(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorded_statements(monkeypatch) as statements:
        async with open_orm(settings):
            fields = await describe(await make_brand())
            lengths = []
            for count in (1, 500):
                statements.clear()
                await mint(*[WantedLink(fields)] * count)
                lengths.append(len(statements))

    assert lengths[0] == lengths[1] > 0
