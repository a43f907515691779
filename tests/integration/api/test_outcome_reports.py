"""What clicks were worth, on every node that is reported on: by either moment, and null where nobody could know."""

import datetime as dt
from typing import Any, ClassVar, Final
from uuid import uuid4

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import join, make_campaign, make_creator, make_deliverable
from tests.clicking import make_event, store
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert, know_conversions, show
from tracking.campaigns.models import Stage
from tracking.links.models import Link
from tracking.messages.models import Channel, Message
from tracking.offers.service import OfferFields, create_offer
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("LO16", "R12")

CLICKED_AT = dt.datetime(2026, 5, 31, 23, tzinfo=dt.UTC)
BOUGHT_AT = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
MAY = {"days": {"from": "2026-05-01", "to": "2026-05-31"}}
JUNE = {"days": {"from": "2026-06-01", "to": "2026-06-30"}}
EVER = {"preset": "LIFETIME"}
WORTH = """
    fragment worth on Metrics {
        uniqueClicks conversions conversionRate impressions
        grossValue { amountMinor currency } refunds { amountMinor currency }
        netValue { amountMinor currency } payout { amount currency }
    }
"""
ACCOUNT = (
    "query ($range: DateRange!, $by: ConversionDating) { viewer { account {"
    " report(range: $range, conversionsBy: $by) { totals { ...worth } } } } }" + WORTH
)
EVERYWHERE = (
    """
    query ($range: DateRange!, $by: ConversionDating, $offer: ID!, $message: ID!) {
        viewer { account { report(range: $range, conversionsBy: $by) { ...whole } } }
        campaigns(first: 1) { nodes {
            report(range: $range, conversionsBy: $by) { ...whole }
            creators(first: 1) { nodes {
                report(range: $range, conversionsBy: $by) { ...whole }
                creator { report(range: $range, conversionsBy: $by) { ...whole } }
                links(first: 1) { nodes { report(range: $range, conversionsBy: $by) { ...whole } } }
            } }
        } }
        offer: node(id: $offer) { ... on Offer { report(range: $range, conversionsBy: $by) { ...whole } } }
        message: node(id: $message) { ... on Message { report(range: $range, conversionsBy: $by) { ...whole } } }
    }
    fragment whole on Report { totals { ...worth } series(grain: DAY) { at metrics { ...worth } } }
    """
    + WORTH
)


def euros(minor: int) -> list[dict[str, Any]]:
    return [{"amountMinor": minor, "currency": "EUR"}]


async def make_labels(tenant: Tenant) -> dict[str, int]:
    """A link of a creator in a campaign; an offer and a message's slot that its clicks belong to as well."""
    campaign = await make_campaign(tenant.account)
    await make_deliverable(tenant.account, campaign)
    creator = await make_creator(tenant.account)
    await join(tenant.account, campaign, [creator], Stage.ACCEPTED)
    link = await Link.get(campaign_id=campaign.id)
    message = await Message.create(
        account=tenant.account,
        name="Hi",
        channel=Channel.EMAIL,
        template="Hi",
        campaign=campaign,
        domain_id=link.domain_id,
    )
    offer = await create_offer(tenant.account.id, OfferFields("Rain week", "https://brand.example/"))
    return {
        "campaign_id": campaign.id,
        "creator_id": creator.id,
        "link_id": link.id,
        "message_id": message.id,
        "slot": 1,
        "offer_id": offer.id,
    }


async def sell(tenant: Tenant, pool: asyncpg.Pool) -> dict[str, int]:
    """Two people click on the last of May; one buys for 12.50 EUR on the first of June and gives 2.50 EUR back."""
    labels = await make_labels(tenant)
    at_ms = int(CLICKED_AT.timestamp() * 1_000)
    whose: dict[str, Any] = {**labels}
    clicks = [make_event(tenant.account.id, at_ms=at_ms, visitor=visitor, **whose) for visitor in (1, 2)]
    await store(pool, *clicks, backfill=True)
    earned = {"click_id": uuid4(), "clicked_at": CLICKED_AT, "occurred_at": BOUGHT_AT, **labels}
    await convert(pool, tenant.account.id, txn_id="A", payout_minor=125, payout_currency="EUR", **earned)
    await convert(
        pool, tenant.account.id, txn_id="A", event="refund", part="1", value_minor=-250, is_counted=False, **earned
    )
    await know_conversions(pool, tenant.account.id, CLICKED_AT)
    await fold_all(pool)
    return labels


SOLD = {
    "conversions": 1,
    "grossValue": euros(1250),
    "refunds": euros(250),
    "netValue": euros(1000),
    "payout": [{"amount": "1.25", "currency": "EUR"}],
    "impressions": None,
}
NOT_SOLD = {"conversions": 0, "grossValue": [], "refunds": [], "netValue": [], "payout": [], "impressions": None}
IN_MAY = {"uniqueClicks": 2, "conversionRate": 0.5}
IN_JUNE = {"uniqueClicks": 0, "conversionRate": None}


@pytest.mark.feature("LO10", "TR21", "TR9")
@pytest.mark.parametrize(
    ("wanted", "by", "expected"),
    [
        (EVER, "CONVERSION_TIME", {**SOLD, **IN_MAY}),
        (EVER, "CLICK_TIME", {**SOLD, **IN_MAY}),
        (MAY, "CONVERSION_TIME", {**NOT_SOLD, **IN_MAY}),  # the rate is that of May's clicks all the same
        (MAY, "CLICK_TIME", {**SOLD, **IN_MAY}),
        (JUNE, "CONVERSION_TIME", {**SOLD, **IN_JUNE}),
        (JUNE, "CLICK_TIME", {**NOT_SOLD, **IN_JUNE}),
    ],
)
async def test_every_node_tells_the_same_of_a_range_by_either_moment(
    acme: Tenant, pool: asyncpg.Pool, wanted: dict[str, Any], by: str, expected: dict[str, Any]
) -> None:
    labels = await sell(acme, pool)
    nodes = {"offer": encode_id("Offer", labels["offer_id"]), "message": encode_id("Message", labels["message_id"])}

    data = await acme.ask(EVERYWHERE, range=wanted, by=by, **nodes)

    [campaign] = data["campaigns"]["nodes"]
    [member] = campaign["creators"]["nodes"]
    [link] = member["links"]["nodes"]
    subjects = [data["viewer"]["account"], campaign, member, member["creator"], link, data["offer"], data["message"]]
    assert [subject["report"]["totals"] for subject in subjects] == [expected] * 7
    for subject in subjects:
        points = [point["metrics"] for point in subject["report"]["series"]]
        assert sum(point["conversions"] for point in points if point["conversions"]) == expected["conversions"]
        assert [net for point in points for net in point["netValue"] or []] == expected["netValue"]


class TestBeforeAnythingCouldBeKnown:
    """LO16: null is not 0."""

    async def ask(self, tenant: Tenant, wanted: dict[str, Any]) -> dict[str, Any]:
        totals: dict[str, Any] = (await tenant.ask(ACCOUNT, range=wanted))["viewer"]["account"]["report"]["totals"]
        return {name: totals[name] for name in ("conversions", "grossValue", "refunds", "netValue", "payout")}

    NULL: Final = dict.fromkeys(("conversions", "grossValue", "refunds", "netValue", "payout"))
    ZERO: ClassVar[dict[str, Any]] = {"conversions": 0, "grossValue": [], "refunds": [], "netValue": [], "payout": []}

    async def test_an_account_without_key_secret_or_conversion_has_null(self, acme: Tenant) -> None:
        assert [await self.ask(acme, wanted) for wanted in (EVER, MAY, JUNE)] == [self.NULL] * 3

    async def test_it_is_null_until_then_and_zero_from_then_on(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await know_conversions(pool, acme.account.id, dt.datetime(2026, 6, 1, tzinfo=dt.UTC))

        assert [await self.ask(acme, wanted) for wanted in (MAY, JUNE, EVER)] == [self.NULL, self.ZERO, self.ZERO]

    async def test_a_range_in_whose_midst_it_was_is_zero(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await know_conversions(pool, acme.account.id, dt.datetime(2026, 5, 31, 23, 59, tzinfo=dt.UTC))

        assert await self.ask(acme, MAY) == self.ZERO

    async def test_what_was_brought_in_later_is_told(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await sell(acme, pool)
        await know_conversions(pool, acme.account.id, dt.datetime(2026, 11, 1, tzinfo=dt.UTC))

        assert (await self.ask(acme, JUNE))["conversions"] == 1

    async def test_another_accounts_key_is_not_mine(self, acme: Tenant, other: Tenant, pool: asyncpg.Pool) -> None:
        await know_conversions(pool, other.account.id, dt.datetime(2026, 5, 1, tzinfo=dt.UTC))

        assert await self.ask(acme, EVER) == self.NULL

    async def test_points_are_null_until_then_too(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await know_conversions(pool, acme.account.id, dt.datetime(2026, 5, 2, 12, tzinfo=dt.UTC))
        query = """query ($range: DateRange!) { viewer { account { report(range: $range) {
            series(grain: DAY) { metrics { conversions conversionRate netValue { currency } } } } } } }"""

        days = {"days": {"from": "2026-05-01", "to": "2026-05-03"}}
        report = (await acme.ask(query, range=days))["viewer"]["account"]["report"]

        assert [tuple(point["metrics"].values()) for point in report["series"]] == [
            (None, None, None),
            (0, None, []),
            (0, None, []),
        ]


async def test_currencies_stand_side_by_side_in_order_and_what_is_zero_is_left_out(
    acme: Tenant, pool: asyncpg.Pool
) -> None:
    for minor, currency in ((700, "USD"), (900, "JPY"), (1250, "EUR"), (-1250, "EUR"), (-800, "GBP")):
        await convert(pool, acme.account.id, value_minor=minor, value_currency=currency, is_counted=minor > 0)
    await convert(pool, acme.account.id, value_minor=None, payout_minor=5, payout_currency="KWD")
    await fold_all(pool)

    totals = (await acme.ask(ACCOUNT, range=EVER))["viewer"]["account"]["report"]["totals"]

    listed = {
        name: [(each["currency"], each["amountMinor"]) for each in totals[name]]
        for name in ("grossValue", "refunds", "netValue")
    }
    assert listed == {
        "grossValue": [("EUR", 1250), ("JPY", 900), ("USD", 700)],
        "refunds": [("EUR", 1250), ("GBP", 800)],
        "netValue": [("GBP", -800), ("JPY", 900), ("USD", 700)],
    }
    assert totals["payout"] == [{"amount": "0.005", "currency": "KWD"}]
    assert totals["conversions"] == 4


@pytest.mark.feature("IM13")
async def test_impressions_are_null_for_what_never_had_one(acme: Tenant, pool: asyncpg.Pool) -> None:
    labels = await make_labels(acme)
    await show(pool, acme.account.id, 3, campaign_id=labels["campaign_id"])
    await fold_all(pool)
    query = """query ($range: DateRange!) {
        viewer { account { report(range: $range) { totals { impressions conversions } } } }
        campaigns { nodes { report(range: $range) { totals { impressions } } } }
        creators { nodes { report(range: $range) { totals { impressions } } totals { impressions } } } }"""

    told = []
    for wanted in (EVER, JUNE):
        data = await acme.ask(query, range=wanted)
        [campaign], [creator] = data["campaigns"]["nodes"], data["creators"]["nodes"]
        reports = [each["report"]["totals"]["impressions"] for each in (data["viewer"]["account"], campaign, creator)]
        told.append([*reports, creator["totals"]["impressions"]])

    assert told == [[3, 3, None, None], [0, 0, None, None]]
    assert data["viewer"]["account"]["report"]["totals"]["conversions"] is None


@pytest.mark.feature("TR4")
async def test_a_contacts_own_link_has_what_it_earned(acme: Tenant, pool: asyncpg.Pool) -> None:
    labels = await make_labels(acme)
    contact = await pool.fetchval(
        "INSERT INTO contact (account_id, external_id, name, created_at) VALUES ($1, 'C-1', '', now()) RETURNING id",
        acme.account.id,
    )
    await pool.execute("UPDATE link SET contact_id = $2 WHERE id = $1", labels["link_id"], contact)
    earned = {**labels, "contact_id": contact}
    await convert(pool, acme.account.id, click_id=uuid4(), payout_minor=10, payout_currency="JPY", **earned)
    await convert(pool, acme.account.id, value_minor=-250, is_counted=False, **earned)
    await convert(pool, acme.account.id, status=2, **earned)
    await convert(pool, acme.account.id, **labels)
    await fold_all(pool)

    query = "query ($id: ID!) { node(id: $id) { ... on Link { report(range: { preset: LIFETIME }) { asOf } totals {"
    query += " ...worth } } } }" + WORTH
    link = (await acme.ask(query, id=encode_id("Link", labels["link_id"])))["node"]

    assert link["report"] is None
    assert link["totals"] == {
        "uniqueClicks": 0,
        "conversions": 2,
        "conversionRate": None,
        "impressions": None,
        "grossValue": euros(2500),
        "refunds": euros(250),
        "netValue": euros(2250),
        "payout": [{"amount": "10", "currency": "JPY"}],
    }
