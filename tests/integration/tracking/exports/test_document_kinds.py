"""The exports that the documents name, with their columns, from what was really clicked and bought."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from api.ids import encode_id
from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable, make_link
from tests.clicking import BOT, make_event, read_totals, store
from tests.closing import at_ms, days
from tests.messaging import for_contacts, make_contacts, make_message
from tests.outcomes import convert
from tracking.accounts.models import Account, User
from tracking.campaigns.models import CampaignCreator, Stage
from tracking.contacts.models import Contact
from tracking.creators.models import CreatorProfile, FollowerCount, Platform
from tracking.exports.kinds.registered import LAYOUTS
from tracking.exports.layouts import Asked, find_layout
from tracking.exports.models import ExportKind
from tracking.exports.parameters import ExportParameters, store_parameters
from tracking.links.models import Link, LinkKind, SystemLinkKind
from tracking.links.service import archive_link
from tracking.messages.models import Message
from tracking.reports.fold import fold_all

FIRST = days(1, 1)
_visitors = itertools.count(1)


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


async def read(pool: asyncpg.Pool, account: Account, kind: ExportKind, **wanted: Any) -> list[dict[str, Any]]:
    """The rows by column, everything folded."""
    await fold_all(pool)
    layout = find_layout(kind)
    as_of = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    asked = Asked(account.id, store_parameters(ExportParameters(**wanted)), as_of, public_port=8080)
    names = [column.name for column in layout.columns]
    assert (await layout.estimate_rows(pool, asked) or 0) >= 0
    return [dict(zip(names, row, strict=True)) async for row in layout.read_rows(pool, asked)]


def of_first_day() -> dict[str, Any]:
    return {"range_start": FIRST.start, "range_end": FIRST.end}


def pick(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


async def visit(pool: asyncpg.Pool, link: Link, *, day: int = 1, times: int = 1, **changes: Any) -> None:
    """By other people each time, with all that the link passes on to its clicks."""
    names = ("campaign_id", "creator_id", "message_id", "slot", "contact_id", "offer_id", "sharer_id")
    labels = {name: getattr(link, name) for name in names}
    events = [
        make_event(link.account_id, link_id=link.id, at_ms=at_ms(day), visitor=next(_visitors), **{**labels, **changes})
        for _ in range(times)
    ]
    await store(pool, *events, backfill=True)


def test_every_kind_that_is_made_here_has_a_layout_with_a_dictionary() -> None:
    assert len({layout.kind for layout in LAYOUTS}) == len(LAYOUTS)
    assert all(column.description for layout in LAYOUTS for column in layout.columns)


@pytest.mark.feature("IM16")
class TestLinksSummary:
    async def test_it_has_both_addresses_type_and_clicks_of_the_range(
        self, account: Account, pool: asyncpg.Pool
    ) -> None:
        ann = await make_creator(account, "ann")
        bio = await make_link(account, ann, slug="ann-bio", label="Bio")
        old = await make_link(account, ann, slug="ann-old", label="Old")
        await visit(pool, bio, day=1, times=3)
        await visit(pool, bio, day=1, times=1, user_agent=BOT)
        await visit(pool, bio, day=2, times=7)
        await visit(pool, old, day=1, times=2)
        await archive_link(account.id, old.id)

        rows = await read(pool, account, ExportKind.LINKS_SUMMARY, **of_first_day())

        url = "https://brand.example/bio"
        assert tuple(rows[0].items()) == (
            ("name", "Bio"),
            ("original_url", url),
            ("trackable_url", "http://acme.localhost:8080/ann-bio"),
            ("type", "CREATOR"),
            ("total_clicks", 4),
        )
        assert pick(rows, "name", "total_clicks") == [("Bio", 4), ("Old", 2)]
        assert pick(await read(pool, account, ExportKind.LINKS_SUMMARY), "total_clicks") == [(11,), (2,)]

    async def test_contacts_own_links_stand_together_by_place_in_the_text(
        self, account: Account, pool: asyncpg.Pool
    ) -> None:
        contacts = await make_contacts(account, 3)
        await make_message(account, "Hi https://brand.example/rain", for_contacts(contacts), tracks_plain_urls=True)
        for link in await Link.filter(kind=LinkKind.RECIPIENT):
            await visit(pool, link, times=2)

        rows = await read(pool, account, ExportKind.LINKS_SUMMARY)

        told = [row for row in rows if row["type"] == "RECIPIENT"]
        assert pick(told, "name", "total_clicks") == [("url_1", 2), ("News #1", 6)]  # the first is for everybody else
        assert [row["trackable_url"] is None for row in told] == [False, True]
        assert sum(row["total_clicks"] for row in rows) == (await read_totals(pool, account.id))["human_clicks"] == 8

    async def test_what_is_deleted_and_what_is_anothers_is_left_out(self, account: Account, pool: asyncpg.Pool) -> None:
        other = await make_brand("other")
        await make_link(other, await make_creator(other))
        gone = await make_link(account, await make_creator(account))
        at = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
        await Link.filter(id=gone.id).update(kind=LinkKind.CUSTOM, creator_id=None, archived_at=at, deleted_at=at)

        assert await read(pool, account, ExportKind.LINKS_SUMMARY) == []


class TestActionsAndUsers:
    @pytest.fixture
    async def sam(self, account: Account) -> User:
        return await User.create(account=account, name="Sam", external_id="U-1")

    @pytest.mark.feature("IM17", "IM18", "IM19", "IM14")
    async def test_clicks_by_action_by_user_and_by_both(self, account: Account, sam: User, pool: asyncpg.Pool) -> None:
        idle = await User.create(account=account, name="Idle")
        first = await _write_message(account, "Vote", sam)
        second = await _write_message(account, "Donate", sam)
        for message_id, times, day in ((first, 3, 1), (second, 2, 1), (first, 5, 2)):
            labels = {"message_id": message_id, "sharer_id": sam.id, "link_id": 70}
            events = [make_event(account.id, at_ms=at_ms(day), visitor=n, **labels) for n in range(times)]
            await store(pool, *events, backfill=True)

        actions = await read(pool, account, ExportKind.ACTIONS_ALL_TYPES, **of_first_day())
        users = await read(pool, account, ExportKind.USER_ACTIVITY_ALL, **of_first_day())
        both = await read(pool, account, ExportKind.USER_ACTIVITY_BY_TYPE, **of_first_day())
        one = await read(pool, account, ExportKind.USER_ACTIVITY_BY_TYPE, message_ids=[first])

        assert pick(actions, "action_id", "action", "clicks") == [
            (encode_id("Message", first), "Vote", 3),
            (encode_id("Message", second), "Donate", 2),
        ]
        assert pick(users, "user", "user_external_id", "user_activities_clicks") == [
            ("Sam", "U-1", 5),
            (idle.name, None, 0),
        ]
        assert pick(both, "user", "action", "clicks") == [("Sam", "Vote", 3), ("Sam", "Donate", 2)]
        assert pick(one, "user", "action", "clicks") == [("Sam", "Vote", 8)]


async def _write_message(account: Account, name: str, sharer: User) -> int:
    message = await make_message(account, "Hi")
    await Message.filter(id=message.id).update(name=name, sharer_id=sharer.id)
    message_id: int = message.id
    return message_id


@pytest.mark.feature("IM20", "IM13")
async def test_contacts_have_their_own_clicks_and_those_of_whom_they_shared_with(
    account: Account, pool: asyncpg.Pool
) -> None:
    kim, lee = await make_contacts(account, 2)
    share = await _write_share_link(account, kim)
    await visit(pool, share, times=4)
    for n in range(3):
        event = make_event(account.id, link_id=71, message_id=9, slot=1, contact_id=kim.id, at_ms=at_ms(n + 1))
        await store(pool, event, backfill=True)

    rows = await read(pool, account, ExportKind.CONTACTS)

    names = ("contact_id", "external_id", "link_clicks", "contact_referral_link_clicks")
    assert pick(rows, *names) == [
        (encode_id("Contact", kim.id), "c1", 3, 4),
        (encode_id("Contact", lee.id), "c2", 0, 0),
    ]


async def _write_share_link(account: Account, contact: Contact) -> Link:
    link = await make_link(account, await make_creator(account))
    await Link.filter(id=link.id).update(
        kind=LinkKind.SYSTEM, system_kind=SystemLinkKind.SHARE, referring_contact_id=contact.id
    )
    return link


@pytest.mark.feature("LO11")
async def test_a_creators_profile_has_the_clicks_of_all_campaigns_and_of_archived_links(
    account: Account, pool: asyncpg.Pool
) -> None:
    ann, bob = await make_creator(account, "ann"), await make_creator(account, "bob")
    profile = await CreatorProfile.create(account_id=account.id, creator=ann, platform=Platform.TIKTOK, handle="ann.t")
    for day, followers in ((1, 10), (2, 20)):
        await FollowerCount.create(
            account_id=account.id, profile=profile, counted_on=dt.date(2026, 3, day), followers=followers
        )
    for name in ("Spring", "Summer"):
        await join(account, await make_campaign(account, name), [ann])
    link = await make_link(account, ann)
    for campaign_id in (1, 2, None):
        await visit(pool, link, times=2, campaign_id=campaign_id)
    await archive_link(account.id, link.id)
    await convert(pool, account.id, creator_id=ann.id, payout_minor=300, payout_currency="USD", value_currency="USD")
    await convert(pool, account.id, creator_id=ann.id)

    [row] = await read(pool, account, ExportKind.CREATOR_PROFILE, creator_id=ann.id)
    rows = await read(pool, account, ExportKind.CREATOR_PROFILE)

    assert pick(rows, "handle", "total_clicks") == [("ann", 6), ("bob", 0)]
    assert row == rows[0]
    assert (row["profiles"], row["campaigns"], row["links_in_use"], row["archived_links"]) == (
        "TIKTOK ann.t 20",
        2,
        0,
        1,
    )
    assert (row["unique_clicks"] + row["repeat_clicks"], row["human_clicks"]) == (6, 6)
    money = ("conversions", "currency", "gross_value", "refunds", "net_value", "payout", "other_currencies")
    amounts = map(Decimal, ("12.50", "0.00", "12.50", "3.00"))
    assert [row[name] for name in money] == [2, "USD", *amounts, "EUR"]
    assert [rows[1][name] for name in money] == [None, "USD", None, None, None, None, None]
    assert bob.id != ann.id


@pytest.mark.feature("LO12", "CU4", "CU6", "CU7", "CU12")
class TestCampaignPerformance:
    async def test_creators_and_what_is_nobodys_add_up_to_the_campaign(
        self, account: Account, pool: asyncpg.Pool
    ) -> None:
        campaign = await make_campaign(account)
        ann, bob, guest = [await make_creator(account, handle) for handle in ("ann", "bob", "guest")]
        await make_deliverable(account, campaign)
        await join(account, campaign, [ann], Stage.ACCEPTED)
        await join(account, campaign, [bob])
        await CampaignCreator.filter(creator_id=ann.id).update(deal_currency="EUR", flat_fee_minor=10_000)
        await _count_followers(account, ann.id, 80)
        link = await Link.get(creator_id=ann.id)
        await visit(pool, link, times=4)
        await visit(pool, link, times=2, creator_id=None)
        guests = await make_link(account, guest)
        await Link.filter(id=guests.id).update(campaign_id=campaign.id)
        await visit(pool, guests, times=1, campaign_id=campaign.id)
        sold = {"campaign_id": campaign.id, "creator_id": ann.id, "occurred_at": FIRST.start}
        await convert(pool, account.id, **sold, click_id=link_click(), clicked_at=FIRST.start)

        rows = await read(pool, account, ExportKind.CAMPAIGN_PERFORMANCE, campaign_id=campaign.id, **of_first_day())

        assert pick(rows, "part", "handle", "stage", "links", "total_clicks") == [
            ("CREATOR", "ann", "ACCEPTED", 1, 4),
            ("CREATOR", "bob", "APPLIED", 0, 0),
            ("CREATOR", "guest", None, 1, 1),
            ("NONE", None, None, 0, 2),
            ("TOTAL", None, None, 2, 7),
        ]
        rates = ("followers", "click_through_rate", "conversion_rate", "cost_per_unique_click", "return_on_fee")
        assert [rows[0][name] for name in rates] == [80, 4 / 80, 1 / 4, Decimal("25.00"), 0.125]
        assert [rows[1][name] for name in rates] == [None, None, None, None, None]
        for name in ("total_clicks", "human_clicks", "unique_clicks", "conversions"):
            assert sum(row[name] or 0 for row in rows[:-1]) == rows[-1][name]

    async def test_of_another_account_it_says_nothing(self, account: Account, pool: asyncpg.Pool) -> None:
        other = await make_brand("other")
        foreign = await make_campaign(other)
        await join(other, foreign, [await make_creator(other)])

        assert await read(pool, account, ExportKind.CAMPAIGN_PERFORMANCE, campaign_id=foreign.id) == []


async def _count_followers(account: Account, creator_id: int, followers: int) -> None:
    profile = await CreatorProfile.create(
        account_id=account.id, creator_id=creator_id, platform=Platform.YOUTUBE, handle="x"
    )
    await FollowerCount.create(
        account_id=account.id, profile=profile, counted_on=dt.date(2026, 1, 1), followers=followers
    )


def link_click() -> UUID:
    """The id of some click."""
    return UUID(bytes=make_event(1).click_id)
