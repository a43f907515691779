import asyncio
import json
from decimal import Decimal

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import join, make_brand, make_campaign, make_creator
from tracking.accounts.models import Account
from tracking.campaigns.deals import Deal, NewDeal, read_deal, set_deal
from tracking.campaigns.models import CampaignCreator
from tracking.errors import InvalidInputError, NotFoundError

Setting = tuple[Account, CampaignCreator]
HISTORY = """
    SELECT subject_id, action, before, after FROM history_entry WHERE subject_type = 'CampaignCreator' ORDER BY id
"""
FEE = NewDeal("EUR", flat_fee=Decimal("1250.50"))


@pytest.fixture
async def setting(orm: TortoiseContext) -> Setting:
    account = await make_brand()
    [member] = await join(account, await make_campaign(account), [await make_creator(account)])
    return account, member


async def read(member: CampaignCreator) -> Deal | None:
    return read_deal(await CampaignCreator.get(id=member.id))


@pytest.mark.feature("CU3", "CU4")
async def test_a_deal_is_set_as_a_whole_and_null_takes_it_away(setting: Setting) -> None:
    account, member = setting

    await set_deal(account.id, member.id, FEE)
    assert await read(member) == Deal("EUR", flat_fee_minor=125050)
    await set_deal(account.id, member.id, NewDeal("USD", commission_rate=Decimal("0.1")))
    assert await read(member) == Deal("USD", commission_rate=Decimal("0.1"))
    await set_deal(account.id, member.id, None)
    assert await read(member) is None


@pytest.mark.feature("CU3")
async def test_each_change_is_in_history_once_with_what_was_before(setting: Setting, pool: asyncpg.Pool) -> None:
    account, member = setting

    for deal in (FEE, FEE, None, None):
        await set_deal(account.id, member.id, deal)

    rows = await pool.fetch(HISTORY)
    assert [(row["subject_id"], row["action"]) for row in rows] == [
        (member.id, "DEAL_SET"),
        (member.id, "DEAL_CLEARED"),
    ]
    nothing, agreed = {"currency": None, "flatFee": None}, {"currency": "EUR", "flatFee": "1250.50"}
    assert [(json.loads(row["before"]), json.loads(row["after"])) for row in rows] == [
        (nothing, agreed),
        (agreed, nothing),
    ]


async def test_what_is_refused_keeps_the_deal(setting: Setting) -> None:
    account, member = setting
    stranger = await make_brand("stranger")
    await set_deal(account.id, member.id, FEE)

    with pytest.raises(InvalidInputError) as refused:
        await set_deal(account.id, member.id, NewDeal("JPY", flat_fee=Decimal("1.5")))
    with pytest.raises(NotFoundError):
        await set_deal(stranger.id, member.id, None)

    assert refused.value.path == ("deal", "flatFee")
    assert await read(member) == Deal("EUR", flat_fee_minor=125050)


async def test_parallel_deals_leave_one_and_a_history_without_gaps(setting: Setting, pool: asyncpg.Pool) -> None:
    account, member = setting
    deals = [NewDeal("EUR", flat_fee=Decimal(fee)) for fee in range(1, 9)]

    await asyncio.gather(*(set_deal(account.id, member.id, deal) for deal in deals))

    rows = [(json.loads(row["before"]), json.loads(row["after"])) for row in await pool.fetch(HISTORY)]
    fees = [(before["flatFee"], after["flatFee"]) for before, after in rows]
    assert len(fees) == 8
    assert [was for was, _ in fees] == [None, *(became for _, became in fees[:-1])]
    last = await read(member)
    assert last is not None
    assert str(Decimal(last.flat_fee_minor or 0).scaleb(-2)) == fees[-1][1]
